"""``bias-detect corpus convert``: from tool to table and back."""

import json

import pandas as pd
import pytest

RANG, SEEN = "The nurse rang the ward.", "Staff should have seen it."
LINES = [
    {"text": RANG, "label": "descriptive", "answer": "accept", "_session_id": "ann", "mood": {"a": 1}},
    {"text": SEEN, "label": "descriptive", "answer": "reject", "_session_id": "ann"},
    {"text": SEEN, "label": "hindsight_biased", "answer": "ignore"},
]

TARGETS = [
    *(("tsv", "a.tsv"), ("jsonl", "a.jsonl"), ("parquet", "a.parquet"), ("xlsx", "a.xlsx"), ("form", "a.xlsx")),
    *(("prodigy", "a.jsonl"), ("doccano", "a.jsonl"), ("doccano", "a.csv"), ("doccano", "a.zip")),
    *(("label-studio", "a.json"), ("label-studio-min", "a.json")),
    *(("inception", "a.tsv"), ("inception", "a.json"), ("inception", "a.xmi")),
]


@pytest.fixture
def export(tmp_path):
    path = tmp_path / "export.jsonl"
    path.write_text("\n".join([*map(json.dumps, LINES), '{"text": 3', '{"text": "", "answer": "accept"}', ""]))
    return path


def test_what_is_kept_and_what_is_not_is_said(cli, tmp_path, export):
    result = cli("corpus", "convert", export, "-o", tmp_path / "corpus.csv")
    assert (result.code, result.out) == (0, "")
    assert f"{export}: line 4 is not valid JSON" in result.err
    assert f"{export}: line 5 has no text under 'text'; it is left out" in result.err
    for words in (
        "2 annotations from prodigy; 1 of them say",
        "1 of them say",
        "2 records left out",
        "1 passed over (ignored",
    ):
        assert words in result.err
    table = pd.read_csv(tmp_path / "corpus.csv", keep_default_na=False)
    assert table["sentence"].tolist() == [RANG, SEEN]
    assert table["label"].tolist() == ["descriptive", ""]
    assert table["rejected"].tolist() == ["", "descriptive"]
    assert table["annotator"].tolist() == ["ann", "ann"]
    assert json.loads(table["extra"][0])["mood"] == {"a": 1}


def test_annotations_without_a_label_are_counted(cli, tmp_path):
    path = tmp_path / "project.json"
    path.write_text(json.dumps([{"data": {"text": RANG}, "annotations": [{"result": [{"type": "rating"}]}]}]))
    result = cli("corpus", "convert", path)
    assert "1 annotation from label-studio; 1 of them without a label" in result.err


def test_the_labels_to_choose_from_can_be_named(cli, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"sentence\n{RANG}\n")
    choices = ["--choice", "praise", "--choice", "blame"]
    task = json.loads(cli("corpus", "convert", path, "--to", "prodigy", *choices).out)
    assert [option["id"] for option in task["options"]] == ["praise", "blame"]
    assert cli("corpus", "sample", path, "-n", 1, "--to", "form", *choices, "-o", tmp_path / "form.xlsx").code == 0
    codebook = pd.read_excel(tmp_path / "form.xlsx", sheet_name="Codebook")
    assert codebook["label"].tolist()[:2] == ["praise", "blame"]


def test_labels_as_the_program_shows_them_are_those_of_the_codebook(cli, tmp_path):
    labels = ["Hindsight-biased", "descriptive", "hindsight_biased"]
    table = pd.DataFrame({"sentence": [SEEN, RANG, "They ought to have gone."], "label": labels})
    table.to_excel(tmp_path / "form.xlsx", index=False)
    result = cli("corpus", "convert", tmp_path / "form.xlsx", "-o", tmp_path / "a.csv")
    assert "3 annotations from xlsx; 1 with the label 'Hindsight-biased', taken for the codebook's" in result.err
    assert pd.read_csv(tmp_path / "a.csv")["label"].tolist() == ["hindsight_biased", labels[1], labels[2]]
    tool = cli("corpus", "convert", tmp_path / "form.xlsx", "--to", "doccano")  # which has its own list of labels
    assert [json.loads(line)["label"] for line in tool.out.splitlines()] == [[label] for label in labels]
    table.assign(label=["Descriptive", "Evaluative", "evaluative"]).to_csv(tmp_path / "own.csv", index=False)
    result = cli("corpus", "convert", tmp_path / "own.csv")
    assert "taken for" not in result.err
    assert [line.rpartition(",")[2] for line in result.out.splitlines()[1:]] == [
        "Descriptive",
        "Evaluative",
        "evaluative",
    ]


def test_to_the_screen_and_from_several_formats_at_once(cli, tmp_path, export):
    other = tmp_path / "other.csv"
    other.write_text(f"sentence,label\n{RANG},explanatory\n")
    result = cli("corpus", "convert", export, other, "--to", "jsonl", "--annotator", "ben")
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [(row["label"], row["annotator"]) for row in rows] == [
        ("descriptive", "ann"),
        (None, "ann"),
        ("explanatory", "ben"),
    ]


def test_a_table_that_was_converted_trains_and_is_checked(cli, tmp_path, export):
    export.write_text("".join(f"{json.dumps(line)}\n" for line in [LINES[0], LINES[2] | {"answer": "accept"}]))
    assert cli("corpus", "convert", export, "-o", tmp_path / "corpus.parquet").code == 0
    from bias_detect.corpus.read import read_corpus

    assert read_corpus(tmp_path / "corpus.parquet")["label"].tolist() == ["descriptive", "hindsight_biased"]
    assert "damage" not in cli("corpus", "check", tmp_path / "corpus.parquet").err


def test_names_of_columns_can_be_given(cli, tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text(f"words\tkind\n{RANG}\t1\n")
    result = cli("corpus", "convert", path, "--text-column", "words", "--label-column", "kind")
    assert result.out == f"sentence,label\n{RANG},1\n"


def test_documents_and_annotators_stand_in_columns_of_any_name(cli, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"words,kind,report,coder,document\n{RANG},1,R1,ann,old\n{SEEN},2,,,\n")
    columns = ["--text-column", "words", "--label-column", "kind", "--group-column", "report"]
    columns += ["--annotator-column", "coder"]
    result = cli("corpus", "convert", path, *columns, "--annotator", "bo")
    assert result.out.splitlines() == [
        "sentence,label,document,annotator,given_document",
        f"{RANG},1,R1,ann,old",
        f"{SEEN},2,,bo,",
    ]
    missing = cli("corpus", "convert", path, *columns[:-1], "nobody", "-o", tmp_path / "b.csv")
    assert "has no column 'nobody', or nothing in it; name another with --annotator-column" in missing.err
    assert (missing.code, (tmp_path / "b.csv").exists()) == (2, False)
    twice = cli("corpus", "convert", path, "--text-column", "words", "--group-column", "words")
    assert "one column is named for two purposes" in twice.error


@pytest.mark.parametrize(("kind", "name"), TARGETS)
def test_what_a_sample_is_weighted_by_comes_through_every_format(cli, tmp_path, kind, name):
    if name.endswith((".json", ".xmi")) and kind == "inception":
        pytest.importorskip("cassis")
    drawn = tmp_path / "drawn.csv"
    header = "document,sentence_id,sentence,label,annotator,inclusion,stratum"
    drawn.write_text(f"{header}\nA1,p1s1,{RANG},told,ann,0.125,findings / none\nA1,p1s2,{SEEN},told,ann,1,a_b\n")
    assert cli("corpus", "convert", drawn, "--to", kind, "-o", tmp_path / name).code == 0
    assert cli("corpus", "convert", tmp_path / name, "--from", kind, "-o", tmp_path / "back.csv").code == 0
    columns = ["sentence_id", "inclusion", "stratum", "annotator"]
    back = pd.read_csv(tmp_path / "back.csv").sort_values("sentence_id")[columns]
    assert back.values.tolist() == [["p1s1", 0.125, "findings / none", "ann"], ["p1s2", 1, "a_b", "ann"]]


@pytest.mark.parametrize(
    ("name", "content", "options", "says"),
    [
        ("a.jsonl", '{"text": "x", "label": "y"}', [], "could come from prodigy or doccano; say --from"),
        ("a.csv", "words\nx\n", [], "has no column 'sentence'"),
        ("a.csv", "sentence\nx\n", ["-o", "b.docx"], "does not say in which format to write; say --to"),
        ("a.csv", "sentence\nx\n", ["--to", "parquet"], "parquet is not for the screen"),
        ("a.csv", "sentence\nx\n", ["--to", "cas"], "value for '--to': 'cas' is not one of 'csv', "),
        ("a.csv", "sentence\nx\n", ["--to", "cas"], "'inception'; see 'bias-detect corpus convert --help'"),
        ("a.json", "[", ["--from", "label-studio"], "line 1 is not valid JSON"),
        ("a.zip", "x", [], "is no zip archive that can be read"),
        ("a.jsonl", '{"sentence": ""}\n', ["--from", "jsonl", "-o", "b.csv"], "no annotations could be read"),
    ],
)
def test_what_cannot_be_done_is_said(cli, tmp_path, monkeypatch, name, content, options, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(content)
    result = cli("corpus", "convert", name, *options)
    assert result.code == 2
    assert says in result.err.splitlines()[-1]
    assert not (tmp_path / "b.csv").exists()


def test_the_formula_of_a_stranger_stays_a_text_in_the_form(cli, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"sentence": '=HYPERLINK("x")', "document": "+1"}))
    assert cli("corpus", "convert", path, "--to", "form", "-o", tmp_path / "form.xlsx").code == 0
    back = cli("corpus", "convert", tmp_path / "form.xlsx", "--to", "jsonl").out
    assert json.loads(back) == {"sentence": '=HYPERLINK("x")', "label": None, "document": "+1"}
