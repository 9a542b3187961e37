"""``bias-detect train`` and ``bias-detect evaluate`` on tables of any two labels."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

COLUMNS = ["--text-column", "text", "--label-column", "target", "--group-column", "report"]
SCORES = ["macro_f1", "mcc", "log_loss", "brier", "ece"]
MEASURES = ["precision", "recall", "f1", "support"]
BUNDLE = ["MODEL_CARD.md", "manifest.json", "model.skops"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write(table: pd.DataFrame, path: Path) -> Path:
    if path.suffix == ".csv":
        table.to_csv(path, index=False)
    elif path.suffix == ".jsonl":
        table.to_json(path, orient="records", lines=True)
    elif path.suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_excel(path, index=False)
    return path


@pytest.fixture
def corpus(two_classes, tmp_path) -> Path:
    return write(two_classes, tmp_path / "two.csv")


@pytest.fixture
def fresh(tmp_path) -> Path:
    """Return sentences that no model here was trained on, of the same labels."""
    who = ["A neighbour", "The landlord", "An aunt", "The postman"]
    rows = []
    for report in range(6):
        for person in who:
            rows.append((f"{person} knocked twice at number {report}.", "told", f"new {report}"))
            rows.append((f"{person} should have knocked twice at flat {report}.", "judged", f"new {report}"))
    # Numbers are folded only inside the model, so that no two of these are equal.
    return write(pd.DataFrame(rows, columns=["text", "target", "report"]), tmp_path / "fresh.csv")


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "xlsx"])
def test_a_table_of_two_classes_becomes_a_model_that_scores(cli, two_classes, two_class_bundle, tmp_path, ending):
    table = write(two_classes, tmp_path / f"two.{ending}")
    result = cli("train", table, *COLUMNS, "-o", tmp_path / "models" / "mine")
    assert (result.code, result.out) == (0, f"{tmp_path / 'models' / 'mine'}\n")
    assert names(tmp_path / "models") == ["mine"]
    assert names(tmp_path / "models" / "mine") == BUNDLE
    # Whatever the file's format, the model is the same.
    assert (tmp_path / "models/mine/model.skops").read_bytes() == (two_class_bundle / "model.skops").read_bytes()
    line = cli("score", "--text", "He should have rung.", "--model", tmp_path / "models/mine", "--format", "line").out
    assert line.startswith("text:1: judged (")


def test_training_again_gives_the_same_bytes(cli, process, corpus, tmp_path):
    assert cli("train", corpus, *COLUMNS, "-o", tmp_path / "a" / "mine").code == 0
    other = process("train", corpus, *COLUMNS, "-o", tmp_path / "b" / "mine", env={"PYTHONHASHSEED": "7"})
    assert other.communicate() and other.returncode == 0
    for name in BUNDLE:
        assert (tmp_path / "a/mine" / name).read_bytes() == (tmp_path / "b/mine" / name).read_bytes()
    assert cli("train", corpus, *COLUMNS, "-o", tmp_path / "c" / "mine", "--seed", "1").code == 0
    seeds = [json.loads((tmp_path / part / "mine/manifest.json").read_text())["seed"] for part in ("a", "c")]
    assert seeds == [0, 1]


def test_another_processor_and_another_number_of_threads_give_the_same_model(process, sentences, tmp_path):
    pd.DataFrame(dict(zip(("text", "target", "report"), sentences, strict=True))).to_csv(
        tmp_path / "c.csv", index=False
    )
    environments = (
        {"OPENBLAS_CORETYPE": "Haswell", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        {"OPENBLAS_CORETYPE": "Prescott", "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"},
    )
    models = []
    for number, environment in enumerate(environments):
        run = process("train", tmp_path / "c.csv", *COLUMNS, "-o", tmp_path / str(number) / "mine", env=environment)
        assert run.communicate() and run.returncode == 0
        models.append((tmp_path / str(number) / "mine" / "model.skops").read_bytes())
    assert models[0] == models[1]


def test_a_bundle_is_replaced_by_a_new_one_and_nothing_else_is(cli, corpus, tmp_path):
    model = tmp_path / "mine"
    assert "replaces" not in cli("train", corpus, *COLUMNS, "-o", model).err
    before = (model / "manifest.json").read_bytes()
    result = cli("train", corpus, *COLUMNS, "-o", model, "--seed", "3")
    assert f"note: {model} held a model already, which this one replaces\n" in result.err
    assert (model / "manifest.json").read_bytes() != before
    assert names(tmp_path) == ["mine", "two.csv"]


def test_a_folder_that_is_no_bundle_is_refused_before_training(cli, corpus, tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "draft.txt").write_text("kept", encoding="utf-8")
    for output, message in (
        (tmp_path / "notes", "exists and is not a model bundle"),
        (corpus, "exists and is not a model bundle"),
        (corpus / "mine", "cannot be written"),
        (tmp_path / ("a" * 300), "cannot be written"),
    ):
        assert message in cli("train", corpus, *COLUMNS, "-o", output).error  # one line: it says nothing of training
    assert names(tmp_path) == ["notes", "two.csv"]
    assert (tmp_path / "notes" / "draft.txt").read_text(encoding="utf-8") == "kept"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no folder for the model is named; add -o models/NAME"),
        (["-o", "mine", "--seed", "-1"], "--seed"),
        (["-o", "mine", "--seed", "99999999999"], "--seed"),
        (["-o", "mine", "--label-column", "text"], "one column is named for two purposes"),
        (["-o", "mine", "--group-column", "review"], "has no column 'review' (it has 'text', 'target', 'report')"),
    ],
)
def test_a_call_that_makes_no_sense_is_one_line(cli, corpus, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert message in cli("train", corpus, *COLUMNS, *arguments).error
    assert names(tmp_path) == ["two.csv"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_nothing_half_written_stays_where_writing_fails(cli, corpus, tmp_path, monkeypatch, error):
    import skops.io

    model = tmp_path / "mine"
    assert cli("train", corpus, *COLUMNS, "-o", model).code == 0
    before = {name: (model / name).read_bytes() for name in BUNDLE}

    def fails(*_, **__):
        raise error

    monkeypatch.setattr(skops.io, "dumps", fails)
    for output in (model, tmp_path / "new"):
        result = cli("train", corpus, *COLUMNS, "-o", output, "--seed", "5")
        assert result.code == (2 if isinstance(error, OSError) else 130)
        assert "Traceback" not in result.err
    assert names(tmp_path) == ["mine", "two.csv"]
    assert before == {name: (model / name).read_bytes() for name in BUNDLE}


@pytest.mark.parametrize(
    "rows",
    [
        [("She rang.", "a"), ("He left.", "b")],
        [("She rang.", "a"), ("He left.", "b"), ("It was late.", "a"), ("They met.", "b")],
        [("She rang.", "a")] * 9 + [("He left.", "b")],
    ],
)
def test_too_few_sentences_are_said_so(cli, tmp_path, rows):
    path = write(pd.DataFrame(rows, columns=["text", "target"]), tmp_path / "few.csv")
    columns = ["--text-column", "text", "--label-column", "target"]
    for command in (["train", path, *columns, "-o", tmp_path / "mine"], ["evaluate", path, *columns, "--cv", "2"]):
        result = cli(*command)
        assert (result.code, result.raw) == (2, b"")
        assert re.fullmatch(r"(training on \d+ sentences\n)?bias-detect: .+; .+\n", result.err)
    assert names(tmp_path) == ["few.csv"]


def check_figures(figures: dict, labels: list[str], *, probabilities: bool = True) -> None:
    for name in SCORES:
        if probabilities or name in ("macro_f1", "mcc"):
            check_figure(figures[name])
    assert list(figures["per_class"]) == labels
    for measures in figures["per_class"].values():
        assert list(measures) == MEASURES
        for figure in measures.values():
            check_figure(figure)


def check_figure(figure: dict) -> None:
    assert list(figure) == ["value", "low", "high"]
    assert figure["low"] - 1e-9 <= figure["value"] <= figure["high"] + 1e-9


def test_a_model_is_evaluated_on_what_it_has_not_seen(cli, corpus, fresh, two_class_bundle, tmp_path):
    output = tmp_path / "out" / "metrics.json"
    result = cli("evaluate", fresh, corpus, *COLUMNS, "--model", two_class_bundle, "-o", output)
    assert result.code == 0
    metrics = json.loads(output.read_text(encoding="utf-8"))
    check_figures(metrics, ["judged", "told"])
    check_figures(metrics["baselines"]["majority"], ["judged", "told"])
    assert metrics["macro_f1"]["value"] > metrics["baselines"]["majority"]["macro_f1"]["value"] + 0.3
    seen, new = len(pd.read_csv(corpus)), len(pd.read_csv(fresh))
    assert metrics["n_sentences"] == new
    assert metrics["leaks"]["dropped_from_evaluation"] == seen
    assert f"note: leak: sentences that the model was trained on: {seen}; left out of the figures\n" in result.err
    assert "note: documents: only 6" in result.err
    assert "macro-F1" in result.out
    assert names(output.parent) == ["metrics.json"]


def test_nothing_is_left_of_a_corpus_that_the_model_was_trained_on(cli, corpus, two_class_bundle, tmp_path):
    result = cli("evaluate", corpus, *COLUMNS, "--model", two_class_bundle, "-o", tmp_path / "metrics.json")
    assert "holds no sentence that the model was not trained on" in result.error
    assert names(tmp_path) == ["two.csv"]


def test_next_to_nothing_left_is_no_evaluation(cli, corpus, fresh, two_class_bundle, tmp_path):
    table = pd.concat([pd.read_csv(corpus), pd.read_csv(fresh).head(3)])
    path = write(table, tmp_path / "nearly.csv")
    result = cli("evaluate", path, *COLUMNS, "--model", two_class_bundle, "-o", tmp_path / "metrics.json")
    assert f"holds {len(table)} sentences, of which 3 are new to {two_class_bundle}: too few to measure" in result.error
    assert result.raw == b""
    assert not (tmp_path / "metrics.json").exists()
    # A small corpus of which the model knows nothing is somebody's own affair.
    assert cli("evaluate", write(table.tail(3), tmp_path / "few.csv"), *COLUMNS, "-m", two_class_bundle).code == 0


def test_cross_validation_by_document(cli, corpus, tmp_path):
    result = cli("evaluate", corpus, *COLUMNS, "--cv", "2", "-o", tmp_path / "metrics.json")
    assert result.code == 0
    metrics = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    check_figures(metrics, ["judged", "told"])
    check_figures(metrics["baselines"]["majority"], ["judged", "told"])
    assert metrics["protocol"]["kind"] == "cross-validation"
    assert metrics["n_documents"] == 12
    table = pd.read_csv(corpus)
    assert table["text"].duplicated().any()  # by the way it was drawn
    assert re.search(r"note: leak: sentences that stand in another fold too: \d+; tested, and kept out", result.err)
    again = cli("evaluate", corpus, *COLUMNS, "--cv", "2", "-o", tmp_path / "again.json")
    assert again.out == result.out
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "metrics.json").read_bytes()


def test_labels_of_the_codebook_are_set_beside_the_signals_alone(cli, tmp_path):
    rows = []
    for document in range(4):
        place = f"at house {document}"
        rows += [
            (f"The warden wrote down the time {place}.", "descriptive", document),
            (
                f"With forty flats each, wardens looked in only where somebody had rung {place}.",
                "explanatory",
                document,
            ),
            (f"The warden should have seen how plain the danger was {place}.", "hindsight_biased", document),
        ]
    path = write(pd.DataFrame(rows, columns=["sentence", "label", "document"]), tmp_path / "corpus.csv")
    result = cli("evaluate", path, "-o", tmp_path / "metrics.json")
    assert result.code == 0
    metrics = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    labels = ["descriptive", "explanatory", "hindsight_biased"]
    check_figures(metrics, labels)
    check_figures(metrics["baselines"]["majority"], labels)
    check_figures(metrics["baselines"]["signals_rule"], labels, probabilities=False)
    assert np.array(metrics["confusion"]["matrix"]).sum() == len(rows)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--cv", "2", "--model", "default"], "labels that the model was not trained on: judged, told"),
        (["--cv", "1"], "ask for at least 2"),
        (["--cv", "500"], "12 document(s) cannot be dealt out to 500 folds"),
        (["--cv", "two"], "see 'bias-detect evaluate --help'"),
        (["--cv", "2", "--seed", "-1"], "--seed"),
        ([], "labels that the model was not trained on: judged, told"),
        (["--model", "no-such-model"], "no-such-model: there is no such model"),
    ],
)
def test_an_evaluation_that_makes_no_sense_is_one_line(cli, corpus, tmp_path, arguments, message):
    result = cli("evaluate", corpus, *COLUMNS, *arguments, "-o", tmp_path / "metrics.json")
    assert message in result.error
    assert result.raw == b""
    assert names(tmp_path) == ["two.csv"]


def test_a_corpus_is_never_written_over_or_lost_with_the_model(cli, corpus, two_class_bundle, tmp_path):
    link = tmp_path / "metrics.json"
    link.hardlink_to(corpus)
    before = corpus.read_bytes()
    assert "would be written over" in cli("evaluate", corpus, *COLUMNS, "--cv", 2, "-o", link).error
    assert "write .csv" in cli("evaluate", corpus, *COLUMNS, "--cv", 2, "-o", tmp_path / "figures.docx").error
    folder = shutil.copytree(two_class_bundle, tmp_path / "mine")
    inside = folder / "two.csv"
    inside.write_bytes(before)
    assert "would be lost" in cli("train", inside, *COLUMNS, "-o", folder).error
    assert corpus.read_bytes() == inside.read_bytes() == before
