"""The researcher's bench on the command line: classifiers side by side, tables, figures, and the search."""

import csv
import hashlib
import io
import json
import random
from pathlib import Path

import pandas as pd
import pytest

COLUMNS = ["--text-column", "text", "--label-column", "target", "--group-column", "report"]
NAIVE = "sklearn.naive_bayes:ComplementNB"


@pytest.fixture
def corpus(two_classes, tmp_path) -> Path:
    table = two_classes.assign(
        place=["north" if int(name.split()[1]) % 2 else "south" for name in two_classes["report"]]
    )
    table.to_csv(tmp_path / "two.csv", index=False)
    return tmp_path / "two.csv"


def digest(model: Path) -> str:
    return hashlib.sha256((model / "model.skops").read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def small_grid():
    """Make the search try two candidates; the grid is read in this process alone."""
    from bias_detect.model import search

    kept = dict(search.GRID)
    search.GRID.clear()
    search.GRID.update({"linear__C": (1.0, 10.0)})
    yield
    search.GRID.clear()
    search.GRID.update(kept)


def test_classifiers_stand_side_by_side_in_every_format(cli, corpus, tmp_path):
    arguments = ["evaluate", corpus, *COLUMNS, "--cv", "3", "--estimator", NAIVE]
    result = cli(*arguments, "-o", tmp_path / "metrics.json", "--plots", tmp_path / "plots")
    assert result.code == 0
    metrics = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["name"] == "recipe"
    assert list(metrics["models"]) == [NAIVE]
    assert list(metrics["baselines"]) == ["majority", "tfidf"]
    for system in (metrics, metrics["models"][NAIVE], *metrics["baselines"].values()):
        assert set(system["macro_f1"]) == {"value", "low", "high"}
        assert list(system["per_class"]) == ["judged", "told"]
    pairs = [tuple(row["systems"]) for row in metrics["comparisons"]]
    assert set(pairs) == {
        ("recipe", NAIVE),
        *((one, other) for one in ("recipe", NAIVE) for other in ("majority", "tfidf")),
    }
    for name in ("recipe", NAIVE, "majority class", "plain TF-IDF", "p corrected"):
        assert name in result.out
    assert sorted(path.name for path in (tmp_path / "plots").iterdir()) == [
        "calibration.png",
        "calibration.svg",
        "precision-recall.png",
        "precision-recall.svg",
    ]
    assert (tmp_path / "plots/calibration.png").read_bytes().startswith(b"\x89PNG")
    assert b"<title" in (tmp_path / "plots/precision-recall.svg").read_bytes()


def test_the_figures_are_written_as_the_file_ends_or_as_asked(cli, corpus, two_class_bundle, tmp_path):
    table = pd.read_csv(corpus)
    table["text"] = "Later " + table["text"].str.lower()
    table.to_csv(tmp_path / "fresh.csv", index=False)
    arguments = ["evaluate", tmp_path / "fresh.csv", *COLUMNS, "--model", two_class_bundle]
    for ending, mark in (("tex", "\\toprule"), ("md", "|---|---:|"), ("csv", "table,classifier,"), ("txt", "macro-F1")):
        assert cli(*arguments, "-o", tmp_path / f"table.{ending}").code == 0
        assert mark in (tmp_path / f"table.{ending}").read_text(encoding="utf-8")
    metrics = json.loads(cli(*arguments, "--format", "json").out)
    assert cli(*arguments, "-o", tmp_path / "table.tex", "--format", "json").code == 0
    assert json.loads((tmp_path / "table.tex").read_text(encoding="utf-8")) == metrics
    rows = list(csv.DictReader(io.StringIO(cli(*arguments, "--format", "csv").out)))
    name = str(two_class_bundle)
    (row,) = (row for row in rows if (row["table"], row["classifier"], row["figure"]) == ("figures", name, "mcc"))
    assert float(row["value"]) == metrics["mcc"]["value"]
    assert len([row for row in rows if row["table"] == "comparisons"]) == len(metrics["comparisons"])


def test_ready_models_are_compared_on_what_none_of_them_was_trained_on(cli, corpus, two_classes, tmp_path):
    half = two_classes["report"].isin([f"report {number}" for number in range(6)])
    for name, part in (("first", two_classes[half]), ("second", two_classes[half].iloc[:30])):
        part.to_csv(tmp_path / f"{name}.csv", index=False)
        assert cli("train", tmp_path / f"{name}.csv", *COLUMNS, "-o", tmp_path / name).code == 0
    models = ["--model", tmp_path / "first", "--model", tmp_path / "second"]
    result = cli("evaluate", corpus, *COLUMNS, *models, "-o", tmp_path / "metrics.json")
    metrics = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    known = set(two_classes[half]["text"].str.lower())
    assert metrics["n_sentences"] == (~two_classes["text"].str.lower().isin(known)).sum()
    assert metrics["models"][str(tmp_path / "second")]["n_sentences"] == metrics["n_sentences"]
    assert "left out for every classifier; it cannot be trained anew" in result.err
    # Beside the recipe they are measured on the same sentences too.
    beside = cli("evaluate", corpus, *COLUMNS, "--cv", "2", *models[:2], "-o", tmp_path / "beside.json")
    assert beside.code == 0
    both = json.loads((tmp_path / "beside.json").read_text(encoding="utf-8"))
    assert both["name"] == "recipe"
    assert both["n_sentences"] == metrics["n_sentences"]


def test_several_files_of_several_kinds_come_out_of_one_run(cli, corpus, tmp_path):
    outputs = [tmp_path / f"table{ending}" for ending in (".tex", ".md", ".json")]
    options = [part for output in outputs for part in ("-o", output)]
    result = cli("evaluate", corpus, *COLUMNS, "--cv", "2", *options)
    assert result.code == 0
    assert result.out.startswith("Figures on ")  # the screen has the plain tables all the same
    assert "\\toprule" in outputs[0].read_text(encoding="utf-8")
    assert "|---|---:|" in outputs[1].read_text(encoding="utf-8")
    assert json.loads(outputs[2].read_text(encoding="utf-8"))["name"] == "recipe"


def test_nothing_that_is_read_is_written_over_and_no_work_is_lost_on_a_folder(cli, corpus, tmp_path):
    before = corpus.read_bytes()
    for options, message in (
        (["-o", corpus], "is read, and would be written over"),
        (["-o", tmp_path / "m.json", "-o", tmp_path], "is a folder; name a file for --output"),
        (["--plots", corpus], "is a file; name a folder for --plots"),
    ):
        result = cli("evaluate", corpus, *COLUMNS, "--cv", "2", *options)
        assert message in result.error
        assert result.raw == b""
    assert corpus.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["two.csv"]


def test_annotators_and_baselines_have_one_name_in_every_command(cli, corpus, tmp_path):
    table = pd.read_csv(corpus)
    table = table.assign(annotator_ann=table["target"], annotator_bo=[*table["target"][1:], "told"])
    table.to_csv(corpus, index=False)
    options = ["--cv", "2", "--plots", tmp_path / "plots"]
    result = cli("evaluate", corpus, *COLUMNS, *options, "-o", tmp_path / "m.json")
    agreement = cli("corpus", "agreement", corpus, "--text-column", "text", "--label-column", "target")
    assert "\nann × bo " in result.out
    assert "\nann × bo " in agreement.out
    (pair,) = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))["annotators"]
    assert pair["annotators"] == ["ann", "bo"]
    assert "plain TF-IDF" in result.out
    drawn = (tmp_path / "plots/calibration.svg").read_text(encoding="utf-8")
    assert "plain TF-IDF" in drawn
    assert "tfidf" not in drawn


def test_a_sample_that_was_enriched_is_weighted_to_natural_shares(cli, corpus, tmp_path):
    table = pd.read_csv(corpus)
    table["inclusion"] = table["target"].map({"told": 0.1, "judged": 1.0})
    table.to_csv(corpus, index=False)
    result = cli("evaluate", corpus, *COLUMNS, "--cv", "2", "-o", tmp_path / "m.json", "-o", tmp_path / "m.csv")
    metrics = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))
    assert metrics["natural"]["share"]["told"]["value"] == pytest.approx(10 / 11)
    assert set(metrics["natural"]["systems"]) == {"recipe", "tfidf", "majority"}
    assert "By label at natural shares" in result.out
    assert "natural,plain TF-IDF,,judged" in (tmp_path / "m.csv").read_text(encoding="utf-8")
    table.assign(inclusion="maybe").to_csv(corpus, index=False)
    other = cli("evaluate", corpus, *COLUMNS, "--cv", "2")
    assert other.code == 0
    assert "the column 'inclusion' holds no probabilities" in other.err


@pytest.mark.parametrize("command", ["check", "agreement"])
def test_results_that_are_piped_hold_no_colours_whatever_a_notebook_asks_for(process, corpus, command):
    table = pd.read_csv(corpus)
    table.assign(annotator_ann=table["target"], annotator_bo=table["target"]).to_csv(corpus, index=False)
    run = process("corpus", command, corpus, *COLUMNS, env={"FORCE_COLOR": "1", "COLUMNS": "40"})
    out, _ = run.communicate()
    assert run.returncode == 0
    assert out.count(b"\n") > 2
    assert b"\x1b" not in out


def test_a_model_that_has_seen_everything_is_named(cli, corpus, two_class_bundle):
    for more in ([], ["--cv", "2"]):
        result = cli("evaluate", corpus, *COLUMNS, "--model", two_class_bundle, *more)
        assert f"model {two_class_bundle}: holds no sentence that the model was not trained on" in result.error


def test_a_model_cannot_take_the_place_of_the_recipe_by_its_name(cli, corpus, two_class_bundle, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recipe").symlink_to(two_class_bundle)
    table = pd.read_csv(corpus)
    table["text"] = "Later " + table["text"].str.lower()
    table.to_csv(corpus, index=False)
    arguments = ["evaluate", corpus, *COLUMNS, "--cv", "2", "-o", "m.json", "--model"]
    assert "name it as ./recipe" in cli(*arguments, "recipe").error
    assert cli(*arguments, "./recipe").code == 0
    metrics = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))
    assert (metrics["name"], list(metrics["models"])) == ("recipe", ["./recipe"])


def test_columns_that_are_called_weight_or_natural_are_no_weights(cli, corpus, tmp_path):
    assert cli("train", corpus, *COLUMNS, "-o", tmp_path / "plain").code == 0
    pd.read_csv(corpus).assign(weight="heavy", natural="no").to_csv(corpus, index=False)
    assert cli("train", corpus, *COLUMNS, "-o", tmp_path / "mine").code == 0
    assert digest(tmp_path / "mine") == digest(tmp_path / "plain")


def test_learning_curve_and_transfer_go_into_the_tables_and_the_figures(cli, corpus, tmp_path):
    options = ["--cv", "2", "--learning-curve", "--transfer", "--source-column", "place"]
    result = cli("evaluate", corpus, *COLUMNS, *options, "-o", tmp_path / "m.json", "--plots", tmp_path / "plots")
    assert result.code == 0
    metrics = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))
    assert [point["share"] for point in metrics["learning_curve"]] == [0.1, 0.2, 0.4, 0.7, 1.0]
    assert metrics["learning_curve"][-1]["macro_f1"] == metrics["macro_f1"]
    cells = {(cell["trained_on"], cell["tested_on"]): cell["macro_f1"]["value"] for cell in metrics["transfer"]}
    assert set(cells) == {(one, other) for one in ("north", "south") for other in ("north", "south")}
    assert metrics["by_source"]["north"]["n_sentences"] == 48
    assert "Learning curve of recipe" in result.out
    for point in metrics["learning_curve"]:
        assert (point["failed"] is not None) == (point["macro_f1"]["value"] is None)
    drawn = {path.stem for path in (tmp_path / "plots").iterdir()}
    assert drawn == {"calibration", "precision-recall", "learning-curve", "transfer"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--learning-curve"], "add --cv 5"),
        (["--estimator", NAIVE], "add --cv 5"),
        (["--cv", "2", "--estimator", "nonsense"], "nonsense: cannot be imported"),
        (["--cv", "2", "--estimator", NAIVE, "--estimator", NAIVE], "a classifier is named twice"),
        (["--cv", "2", "--transfer"], "has no column 'source'; name the one that holds the sources"),
        (["--cv", "2", "--transfer", "--source-column", "report"], "__two_to_twelve__"),
        (["--cv", "2", "--format", "pdf"], "--format"),
    ],
)
def test_a_bench_that_makes_no_sense_is_one_line(cli, corpus, tmp_path, arguments, message):
    if message == "__two_to_twelve__":
        table = pd.read_csv(corpus).assign(wide=lambda table: range(len(table)))
        table.to_csv(corpus, index=False)
        arguments, message = [*arguments[:-1], "wide"], "a transfer is measured between 2 to 12"
    result = cli("evaluate", corpus, *COLUMNS, *arguments, "-o", tmp_path / "metrics.json")
    assert message in result.error
    assert not (tmp_path / "metrics.json").exists()


def test_the_search_gives_the_same_model_whatever_the_number_of_jobs(cli, corpus, tmp_path, small_grid):
    for jobs in (1, 2):
        result = cli("train", corpus, *COLUMNS, "--search", "--jobs", jobs, "-o", tmp_path / str(jobs) / "mine")
        assert result.code == 0
        assert "searching: " in result.err
        assert "chosen: C " in result.err
    for name in ("model.skops", "manifest.json", "MODEL_CARD.md"):
        assert (tmp_path / "1/mine" / name).read_bytes() == (tmp_path / "2/mine" / name).read_bytes()
    manifest = json.loads((tmp_path / "1/mine/manifest.json").read_text(encoding="utf-8"))
    assert len(manifest["search"]["candidates"]) == 2
    assert manifest["quality"]["protocol"].startswith("nested")
    card = cli("model", "card", tmp_path / "1/mine").out
    assert "## Search" in card
    assert "nested cross-validation" in card
    # What was chosen, named by hand, is the same model again.
    chosen = manifest["search"]["chosen"]
    assert manifest["parameters"]["pipeline__linear__C"] == str(chosen["linear__C"])


def test_another_linear_step_is_stored_where_a_bundle_can_hold_it_and_refused_before_training_where_not(
    cli, corpus, tmp_path
):
    spec = "sklearn.linear_model:LogisticRegression(C=0.5)"
    assert cli("train", corpus, *COLUMNS, "--estimator", spec, "-o", tmp_path / "mine").code == 0
    manifest = json.loads((tmp_path / "mine/manifest.json").read_text(encoding="utf-8"))
    assert manifest["parameters"]["pipeline__linear__C"] == "0.5"
    assert cli("score", "--text", "He should have rung.", "--model", tmp_path / "mine", "--explain").code == 0
    result = cli("train", corpus, *COLUMNS, "--estimator", "sklearn.svm:LinearSVC", "-o", tmp_path / "other")
    assert "is not among the types that a model bundle may hold" in result.error
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--jobs", "2"], "--jobs and --scheduler are for --search"),
        (["--search", "--jobs", "2", "--scheduler", "tcp://x:1"], "do not go together"),
        (["--search", "--jobs", "0"], "--jobs"),
    ],
)
def test_a_search_that_makes_no_sense_is_one_line(cli, corpus, tmp_path, arguments, message):
    assert message in cli("train", corpus, *COLUMNS, *arguments, "-o", tmp_path / "mine").error


def table_of(kind: str) -> pd.DataFrame:
    """Return a table as researchers have them: any labels, any lengths."""
    drawn = random.Random(4)
    nouns = ["ward", "clinic", "school", "court", "office", "hostel", "chapel", "prison", "garden", "kitchen"]
    verbs = ["rang", "left", "found", "called", "visited", "warned", "told", "asked"]

    def sentence(word: str) -> str:
        return f"The {drawn.choice(nouns)} {drawn.choice(verbs)} the {drawn.choice(nouns)} about {word}."

    if kind == "ten rows":
        return pd.DataFrame([(sentence("a fall" if n % 2 else "a gift"), n % 2) for n in range(10)], columns=["t", "y"])
    if kind == "ten labels":
        rows = [(sentence(f"matter {'abcdefghij'[n % 10] * 3}"), f"kind {n % 10}") for n in range(100)]
        return pd.DataFrame(rows, columns=["t", "y"])
    if kind == "truth values":
        return pd.DataFrame(
            [(sentence("a fall" if n % 2 else "a gift"), bool(n % 2)) for n in range(40)], columns=["t", "y"]
        )
    if kind == "odd labels":
        names = ["yes, surely", "=1+1", "naïve ☂", " spaced "]
        words = ["a fall", "a gift", "a debt", "a song"]
        return pd.DataFrame([(sentence(words[n % 4]), names[n % 4]) for n in range(60)], columns=["t", "y"])
    assert kind == "long and short"
    rows = [(" ".join(sentence("a fall" if n % 2 else "a gift") for _ in range(150)), n % 2) for n in range(20)]
    rows += [(f"{drawn.choice(nouns)} {drawn.choice(verbs)}: {'fall' if n % 2 else 'gift'}", n % 2) for n in range(20)]
    return pd.DataFrame(rows, columns=["t", "y"])


@pytest.mark.parametrize(
    "kind",
    ["ten rows", "ten labels", "truth values", "odd labels", "long and short"],
)
def test_any_table_of_sentences_trains_evaluates_and_explains(cli, tmp_path, kind):
    table = table_of(kind)
    table.to_csv(tmp_path / "any.csv", index=False)
    columns = ["--text-column", "t", "--label-column", "y"]
    assert cli("train", tmp_path / "any.csv", *columns, "-o", tmp_path / "mine").code == 0
    result = cli("evaluate", tmp_path / "any.csv", *columns, "--cv", "5", "-o", tmp_path / "m.json")
    assert result.code == 0
    metrics = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))
    assert len(metrics["per_class"]) == table["y"].nunique()
    assert metrics["macro_f1"]["value"] > 0.5
    explained = cli("score", "--text", table["t"][0], "--model", tmp_path / "mine", "--explain")
    assert explained.code == 0
    assert "for" in explained.out


def test_rows_without_a_label_are_named_and_not_dropped(cli, tmp_path):
    table = table_of("ten rows").astype({"y": object})
    table.loc[3, "y"] = None
    table.to_csv(tmp_path / "gap.csv", index=False)
    columns = ["--text-column", "t", "--label-column", "y"]
    assert "row 5 has no label" in cli("evaluate", tmp_path / "gap.csv", *columns, "--cv", "2").error


def test_few_sentences_are_said_to_be_few_and_the_library_says_nothing(cli, tmp_path):
    table = table_of("ten rows")
    table.to_csv(tmp_path / "few.csv", index=False)
    columns = ["--text-column", "t", "--label-column", "y"]
    assert (
        "on the training side of a fold; give more sentences"
        in cli("evaluate", tmp_path / "few.csv", *columns, "--cv", "2").error
    )
    rows = [(f"The ward {'rang' if n % 3 else 'left'} room {'abcdefghij'[n % 10] * 3}.", n % 3) for n in range(30)]
    pd.DataFrame(rows, columns=["t", "y"]).to_csv(tmp_path / "more.csv", index=False)
    for command in (["evaluate", "--cv", "2"], ["train", "-o", tmp_path / "mine"]):
        assert "Warning" not in cli(command[0], tmp_path / "more.csv", *columns, *command[1:]).err
