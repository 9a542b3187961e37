"""The notebooks show what was really run, name nobody's sentences, and the bench that they rest on measures rightly."""

import json
import re
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from default_corpus import default_corpus
from hypothesis import given
from hypothesis import strategies as st
from variant_features import FEATURES
from variants import Bench, best_offsets, macro_f1, moved_priors, replicates, tally

from bias_detect.corpus.duplicates import normalise
from bias_detect.labels import shown
from bias_detect.model.linear import linear_pipeline
from bias_detect.model.metrics import classification_figures

FOLDER = Path(__file__).parents[1] / "notebooks"
REAL = FOLDER.parent / "data" / "real"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
WINDOW = 8  # words in a row that two texts do not share by chance

notebooks = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def code_cells(path: Path) -> list[dict]:
    return [cell for cell in cells(path) if cell["cell_type"] == "code"]


def texts(path: Path) -> str:
    """Return all that can be read in a notebook: sources and outputs, without the bytes of figures."""
    found = ["".join(cell["source"]) for cell in cells(path)]
    for cell in code_cells(path):
        for output in cell["outputs"]:
            found.append("".join(output.get("text", "")))
            found += ["".join(text) for kind, text in output.get("data", {}).items() if kind.startswith("text/")]
    return "\n".join(found)


def windows(text: str) -> set[str]:
    words = re.findall(r"[^\W\d_]+", normalise(text))  # without numbers: zeros in a row stand in any table
    return {" ".join(words[place : place + WINDOW]) for place in range(len(words) - WINDOW + 1)}


def test_there_is_a_notebook_on_each_of_what_people_do():
    assert {"audit", "model_selection", "study", "why"} <= {path.stem for path in NOTEBOOKS}


@notebooks
def test_a_notebook_was_run_from_top_to_bottom_without_an_error(path):
    found = code_cells(path)
    assert [cell["execution_count"] for cell in found] == list(range(1, len(found) + 1))
    outputs = [output for cell in found for output in cell["outputs"]]
    assert {output["output_type"] for output in outputs} <= {"stream", "display_data", "execute_result"}
    assert [output["text"] for output in outputs if output.get("name") == "stderr"] == []
    assert sum(bool(cell["outputs"]) for cell in found) > len(found) / 2


@notebooks
def test_a_notebook_is_small_and_names_no_place_on_a_machine(path):
    assert path.stat().st_size < 1_000_000
    assert re.findall(r"(?:/work|/tmp|/root|/home|/Users|[A-Z]:\\)\S*|\S*site-packages\S*", texts(path)) == []


@notebooks
def test_a_notebook_holds_no_sentence_of_a_real_report(path, shared):
    own = windows(texts(path))
    assert len(own) > 1000
    table = default_corpus()
    reports = pd.read_csv(shared / "pfd" / "reports.csv")[["circumstances", "concerns"]].fillna("").stack()
    others = pd.Series([file.read_text(encoding="utf-8") for file in (shared / "inquiries").glob("*report.md")])
    for text in pd.concat([table.loc[table["source"] != "composed", "sentence"], reports, others]):
        assert not own & windows(text), f"stands in a public report: {own & windows(text)}"


def run_cells(chosen: list[dict], name: str, monkeypatch) -> dict[str, object]:
    """Run cells one after the other, as a person would from the folder of the notebook; return what they made."""
    monkeypatch.chdir(FOLDER)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("MPLBACKEND", "agg")
    space: dict[str, object] = {}
    for cell in chosen:
        exec(compile("".join(cell["source"]), name, "exec"), space)
    return space


def test_the_light_cells_run_anywhere(monkeypatch, capsys):
    path = FOLDER / "model_selection.ipynb"
    light = [cell for cell in code_cells(path) if "light" in cell["metadata"].get("tags", ())]
    assert light
    run_cells(light, path.name, monkeypatch)
    printed = capsys.readouterr().out
    assert [name for name in FEATURES if f"{name} (" not in printed] == []


def test_the_notebook_on_the_audit_runs_and_its_shares_hold_the_truth(tmp_path, monkeypatch):
    path = FOLDER / "audit.ipynb"
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    space = run_cells(code_cells(path), path.name, monkeypatch)
    result, truth = space["result"], space["true"]
    assert result.summary["documents"] == {
        "found": 86, "scored": 84, "duplicates": 1, "failed": 1, "skipped": 0, "hidden": 0
    }  # fmt: skip
    assert result.failures["document"].tolist() == ["damaged.pdf"]
    prevalence = result.summary["prevalence"]
    assert prevalence["lead"] == "prediction_powered"
    for method in ("adjusted", "prediction_powered"):
        for label, share in prevalence["by_method"][method].items():
            assert share["low"] <= truth[label] <= share["high"], (method, label)
    raw = prevalence["by_method"]["raw"]["explanatory"]
    assert not raw["low"] <= truth["explanatory"] <= raw["high"]
    years = result.groups.query("column == 'year'").set_index("value")["corrected_hindsight_biased"]
    assert years[:4].min() > years[4:].max()


def test_the_notebook_on_a_study_runs_from_raw_text_to_the_table(tmp_path, monkeypatch):
    path = FOLDER / "study.ipynb"
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    space = run_cells(code_cells(path), path.name, monkeypatch)
    gold, metrics, shares = space["gold"], space["metrics"], space["shares"]
    assert (1 / space["sample"]["inclusion"]).sum() == pytest.approx(1563, abs=40)  # all sentences that were read
    assert gold["label"].notna().all()
    assert gold["inclusion"].between(0.01, 1).all()  # it came through three tools as a number
    assert space["right"]["label"] > max(space["right"][f"annotator_{name}"] for name in ("ann", "bo", "cy"))
    assert 0.6 < space["agreement"]["alpha"]["low"] < space["agreement"]["alpha"]["high"] < 0.85
    error = shares.sub(shares.iloc[:, -1], axis=0).abs().sum()
    assert error["weighted by 1/inclusion"] < error["in the sample"] / 4
    assert metrics["n_sentences"] == len(gold)
    assert metrics["macro_f1"]["value"] > metrics["baselines"]["tfidf"]["macro_f1"]["value"]
    assert (space["STUDY"] / "models" / "study" / "manifest.json").is_file()


def test_the_notebook_on_reasons_runs_and_says_what_is_so(monkeypatch):
    path = FOLDER / "why.ipynb"
    space = run_cells(code_cells(path), path.name, monkeypatch)
    assert not space["seen"].any()
    found, right = space["found"], space["right"]
    assert 0.87 < space["covered"].mean() < 0.93
    assert right[~found.uncertain].mean() > right[found.uncertain].mean() + 0.2
    pairs = space["assessed"]([sentence for pair in space["PAIRS"] for sentence in pair])["label"].to_numpy()
    assert [one != other for one, other in pairs.reshape(-1, 2)] == [True] * 7
    kinds = space["assessed"](list(space["KINDS"].values()))["label"]
    assert (kinds != [shown(label) for label in space["MEANT"]]).all()  # they stand there as errors


def test_the_errors_that_were_read_are_of_labelled_sentences():
    errors = pd.read_csv(FOLDER / "error_kinds.csv")
    labels = pd.concat([pd.read_csv(path, dtype=str) for path in REAL.glob("*.csv")]).groupby("sha16")["label"].agg(set)
    assert errors["sha16"].is_unique
    assert [row for row in errors.itertuples() if row.label not in labels.get(row.sha16, ())] == []
    assert (errors["label"] != errors["predicted"]).all()


@pytest.fixture(scope="module")
def bench(sentences):
    table = pd.DataFrame(dict(zip(("sentence", "label", "document"), sentences, strict=True)))
    return Bench(table.assign(source="composed", part="composed"))


def test_the_bench_measures_the_pipeline_that_is_shipped(bench):
    scores = bench.out_of_fold(bench.linear(["words 1-3"]))
    for fold in bench.folds:
        pipeline = linear_pipeline()
        train = [bench.sentences[row] for row in fold.train]
        pipeline.fit(train, bench.codes[fold.train], features__groups=bench.documents[fold.train])
        shipped = pipeline.predict_proba([bench.sentences[row] for row in fold.test])
        assert np.allclose(np.exp(scores[fold.test]), shipped, atol=1e-6)


def test_pseudo_labelled_sentences_of_a_test_document_stay_out_of_its_training(bench):
    pool = [(document, bench.sentences[row]) for row, document in enumerate(bench.table["document"])]
    wide = Bench(bench.table, pool)
    rows = []
    weighted = wide.weighted
    wide.weighted = lambda blocks, train: rows.append(train) or weighted(blocks, train)
    fold = wide.folds[0]
    wide.with_pseudo_labels(0.0, 1.0)(fold.train, fold.test)
    assert rows[-1].max() >= wide.size
    assert not set(wide.documents[rows[-1]]) & set(wide.documents[fold.test])


def test_domain_copies_of_one_domain_rank_as_the_plain_model_does(bench):
    fold = bench.folds[0]
    one = bench.domain_copies(np.zeros(bench.size, dtype=np.intp), np.zeros(bench.size, dtype=np.intp))
    plain = bench.linear()(fold.train, fold.test).argmax(axis=1)
    assert (one(fold.train, fold.test).argmax(axis=1) == plain).mean() > 0.9


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 4)), min_size=1))
def test_macro_f1_of_the_bench_is_that_of_the_metrics(rows):
    codes, guess, documents = (np.array(column) for column in zip(*rows, strict=True))
    value = macro_f1(tally(codes, guess, documents).sum(axis=0))
    labels, guessed = ([list("abc")[code] for code in array] for array in (codes, guess))
    figures = classification_figures(labels, None, list("abc"), documents.tolist(), y_pred=guessed)
    used = len({*codes.tolist(), *guess.tolist()})
    assert value * 3 / used == pytest.approx(figures["macro_f1"]["value"])


def test_replicates_surround_the_figure_and_are_the_same_draws_for_all():
    rng = np.random.default_rng(0)
    codes, documents = rng.integers(3, size=600), rng.integers(40, size=600)
    guess = np.where(rng.random(600) < 0.7, codes, rng.integers(3, size=600))
    draws = replicates(codes, guess, documents)
    low, high = np.quantile(draws, [0.025, 0.975])
    assert low < macro_f1(tally(codes, guess))[0] < high
    assert np.array_equal(draws, replicates(codes, guess, documents))
    assert (replicates(codes, codes, documents) == 1).all()


def test_expectation_maximisation_finds_shares_that_have_moved():
    rng = np.random.default_rng(0)
    old, new, means = np.array([0.4, 0.3, 0.3]), np.array([0.8, 0.15, 0.05]), 2.5 * np.eye(3)
    points = rng.normal(means[rng.choice(3, size=4000, p=new)])
    likelihood = np.exp(points @ means.T - 0.5 * (means**2).sum(axis=1))
    proba = likelihood * old / (likelihood * old).sum(axis=1, keepdims=True)
    assert moved_priors(proba, old).mean(axis=0) == pytest.approx(new, abs=0.03)
    assert moved_priors(proba, old, new) == pytest.approx(likelihood * new / (likelihood * new).sum(1, keepdims=True))


def test_offsets_lift_a_label_that_is_guessed_too_seldom():
    codes = np.repeat([0, 1, 2], [80, 20, 20])
    proba = np.array([[0.8, 0.1, 0.1], [0.55, 0.4, 0.05], [0.1, 0.1, 0.8]])[codes]
    offsets = best_offsets(np.log(proba), codes, [np.ones(120, dtype=bool)])
    assert ((np.log(proba) + offsets).argmax(axis=1) == codes).all()
