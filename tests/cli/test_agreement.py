"""``bias-detect corpus agreement`` and ``adjudicate``, on files from end to end."""

import json
import subprocess
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
D, E, H = "descriptive", "explanatory", "hindsight_biased"
VOTES = [  # document, sentence, and what three annotators say of it
    ("D1", "The nurse rang.", D, D, D),
    ("D1", "She should have rung.", H, H, H),
    ("D1", "The form was long, and she left it.", E, D, E),
    ("D2", "=2+2 stood in the margin.", D, H, E),
    ("D2", "He was told, and so he went.", E, E, None),
    ("D2", "It was plain to see.", H, H, D),
    ("D3", "The door was shut.", D, D, D),
    ("D3", "Nobody had a key, so they waited.", E, D, None),
]
NAMES = ["ann", "bo", "cy"]


@pytest.fixture
def wide(tmp_path) -> Path:
    table = pd.DataFrame(VOTES, columns=["document", "sentence", *(f"annotator_{name}" for name in NAMES)])
    table.assign(source="made up").to_csv(tmp_path / "wide.csv", index=False)
    return tmp_path / "wide.csv"


@pytest.fixture
def files(tmp_path) -> list[Path]:
    paths = []
    for place, name in enumerate(NAMES):
        rows = [(row[0], row[1], row[2 + place]) for row in VOTES if row[2 + place]]
        paths.append(tmp_path / f"{name}.csv")
        pd.DataFrame(rows, columns=["document", "sentence", "label"]).to_csv(paths[-1], index=False)
    return paths


def test_figures_heat_map_and_list_are_written(cli, wide, files, tmp_path):
    out, torn, image = tmp_path / "a.json", tmp_path / "torn.csv", tmp_path / "map.svg"
    result = cli("corpus", "agreement", wide, "-o", out, "--disagreements", torn, "--figure", image)
    assert (result.code, result.err) == (0, "")
    assert "22 labels by 3 annotators to 8 sentences" in result.out
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert f"{figures['alpha']['value']:.3f}" in result.out
    assert [pair["annotators"] for pair in figures["pairs"]] == [["ann", "bo"], ["ann", "cy"], ["bo", "cy"]]
    # By hand: of 22 labels 6 are this one; two sentences are torn, and 2 of 22 labels differ in each.
    assert figures["per_class"][H]["alpha"]["value"] == pytest.approx(1 - (4 / 22) / (2 * 6 * 16 / (22 * 21)))
    assert "hindsight-biased" in result.out
    table = pd.read_csv(torn)
    assert table["sentence"].tolist()[:2] == ["'=2+2 stood in the margin.", "Nobody had a key, so they waited."]
    assert len(table) == 4
    assert b"Cohen's kappa by pair" in image.read_bytes()
    assert b"<image" not in image.read_bytes()
    assert cli("corpus", "agreement", *files, "--figure", tmp_path / "map.png").out == result.out
    assert Image.open(tmp_path / "map.png").width > 500


def test_columns_of_any_name_and_seeds(cli, wide, tmp_path):
    table = pd.read_csv(wide).rename(columns={f"annotator_{name}": name for name in NAMES} | {"sentence": "text"})
    table.to_json(tmp_path / "a.jsonl", orient="records", lines=True)
    options = [option for name in NAMES for option in ("--vote-column", name)]
    result = cli("corpus", "agreement", tmp_path / "a.jsonl", "--text-column", "text", *options, "--seed", 3)
    assert result.out == cli("corpus", "agreement", wide, "--seed", 3).out
    assert "ann × bo" in result.out


def test_one_document_has_figures_without_intervals(cli, wide, tmp_path):
    pd.read_csv(wide).assign(document="one").to_csv(tmp_path / "one.csv", index=False)
    result = cli("corpus", "agreement", tmp_path / "one.csv")
    assert "one document has no intervals" in result.err
    assert "–" not in next(line for line in result.out.splitlines() if line.startswith("Krippendorff"))


def test_open_sentences_go_to_a_sheet_and_come_back(cli, wide, tmp_path):
    gold, sheet = tmp_path / "gold.csv", tmp_path / "open.xlsx"
    result = cli("corpus", "adjudicate", wide, "-o", gold, "--sheet", sheet)
    assert result.code == 0
    assert "2 of 8 sentences are open" in result.err
    table = pd.read_csv(gold)
    # What a spreadsheet would take for a formula has an apostrophe in front, which the commands take away again.
    assert table["sentence"].tolist() == [f"'{row[1]}" if row[1].startswith("=") else row[1] for row in VOTES]
    assert table["label"].fillna("open").tolist() == [D, H, E, "open", E, H, D, "open"]
    assert table["annotator_cy"].fillna("").tolist() == [row[4] or "" for row in VOTES]
    assert set(table["source"]) == {"made up"}
    assert "no label" in cli("train", gold, "-o", tmp_path / "m").error  # open sentences are never trained on

    book = openpyxl.load_workbook(sheet)
    book.worksheets[0]["E2"], book.worksheets[0]["F2"], book.worksheets[0]["E3"] = "Explanatory", "see 2", "neither"
    book.save(sheet)
    assert "holds 3 decisions" in cli("corpus", "adjudicate", wide, "-o", gold, "--sheet", sheet).error
    result = cli("corpus", "adjudicate", wide, "-o", gold, "--decisions", sheet)
    assert "row 3 decides on 'neither', which is not one of" in result.err
    assert "1 of 8 sentences is open and has no label in" in result.err
    table = pd.read_csv(gold)
    row = table.iloc[3]
    assert (row["label"], row["decided_by"], row["note"]) == (E, "decision", "see 2")
    assert table["decided_by"].value_counts().to_dict() == {"agreed": 4, "majority": 2, "decision": 1, "open": 1}


def test_what_stays_open_can_be_left_out(cli, wide, tmp_path):
    gold = tmp_path / "gold.csv"
    result = cli("corpus", "adjudicate", wide, "-o", gold, "--decided-only")
    assert "2 of 8 sentences are open and are not in" in result.err
    assert len(pd.read_csv(gold)) == 6
    assert pd.read_csv(gold)["label"].notna().all()


def test_what_was_adjudicated_can_be_measured_again(cli, wide, tmp_path):
    gold = tmp_path / "gold.jsonl"
    assert cli("corpus", "adjudicate", wide, "-o", gold, "--by", "senior:ann").err == ""
    assert pd.read_json(gold, lines=True)["label"].tolist() == [row[2] for row in VOTES]
    assert cli("corpus", "agreement", gold).out == cli("corpus", "agreement", wide).out
    assert cli("corpus", "check", gold).code == 0


@pytest.mark.parametrize("name", ["gold.tsv", "gold.xlsx", "gold.parquet", "gold.jsonl"])
def test_the_result_is_the_same_table_in_every_format(cli, wide, tmp_path, name):
    from bias_detect.corpus.read import read_corpus

    columns = ["document", "sentence", "label", "decided_by", "annotator_cy"]
    for path in (tmp_path / "gold.csv", tmp_path / name):
        assert cli("corpus", "adjudicate", wide, "-o", path).code == 0
    one, other = (read_corpus(tmp_path / path, require_labels=False)[columns] for path in ("gold.csv", name))
    assert one.fillna("").values.tolist() == other.fillna("").values.tolist()
    assert "=2+2 stood in the margin." in other["sentence"].tolist()


def test_a_sheet_comes_back_from_other_programs_in_any_order_and_format(cli, wide, tmp_path):
    gold, sheet = tmp_path / "gold.csv", tmp_path / "open.xlsx"
    cli("corpus", "adjudicate", wide, "-o", gold, "--sheet", sheet)
    table = pd.read_excel(sheet, dtype=object)
    table["decision"] = ["Hindsight-biased ", " EXPLANATORY"]
    table = table.iloc[::-1][[*table.columns[::-1]]]
    table.to_excel(tmp_path / "saved.xlsx", index=False)
    table.to_csv(tmp_path / "saved.csv", index=False, encoding="utf-8-sig", lineterminator="\r\n")
    for name in ("saved.xlsx", "saved.csv"):
        assert cli("corpus", "adjudicate", wide, "-o", gold, "--decisions", tmp_path / name).err == ""
        assert pd.read_csv(gold)["label"].tolist() == [D, H, E, H, E, H, D, E]


def test_dawid_skene_shows_error_rates_and_probabilities(cli, files, tmp_path):
    result = cli("corpus", "adjudicate", *files, "-o", tmp_path / "gold.csv", "--by", "dawid-skene", "--threshold", 0.6)
    assert result.code == 0
    assert "how often each annotator gives each label" in result.out
    table = pd.read_csv(tmp_path / "gold.csv")
    assert table[[f"p_{label}" for label in (D, E, H)]].sum(axis=1).round(3).eq(1).all()
    cli("corpus", "adjudicate", *files[:2], "-o", tmp_path / "two.csv", "--by", "dawid-skene")
    assert (
        "three or more" in cli("corpus", "adjudicate", *files[:2], "-o", tmp_path / "b.csv", "--by", "dawid-skene").err
    )


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (["agreement", "alone.csv"], "does not say who labelled what"),
        (["agreement", "apart_1.csv", "apart_2.csv"], "no sentence has the labels of two annotators"),
        (["agreement", "wide.csv", "--figure", "a.pdf"], "is neither .svg nor .png"),
        (["adjudicate", "wide.csv", "-o", "gold.docx"], "is no table by its ending"),
        (["adjudicate", "wide.csv", "-o", "wide.csv"], "would be written over"),
        (["adjudicate", "wide.csv", "-o", "alone.csv", "--decisions", "alone.csv"], "would be written over"),
        (["convert", "alone.csv", "-o", "alone.csv"], "would be written over"),
        (["sample", "alone.csv", "-n", "1", "-o", "alone.csv"], "would be written over"),
        (["sample", "alone.csv", "-n", "1", "--exclude", "wide.csv", "-o", "wide.csv"], "would be written over"),
        (["agreement", "wide.csv", "-o", "wide.csv"], "would be written over"),
        (["check", "wide.csv", "--doubts", "wide.csv"], "would be written over"),
        (["adjudicate", "wide.csv", "-o", "gold.csv", "--by", "senior:eve"], "no annotator 'eve'"),
        (["adjudicate", "wide.csv", "-o", "gold.csv", "--decisions", "alone.csv"], "has no column 'decision', 'key'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(cli, wide, tmp_path, monkeypatch, arguments, cause):
    monkeypatch.chdir(tmp_path)
    for name, sentence in (("alone", "One."), ("apart_1", "Two."), ("apart_2", "Three.")):
        Path(f"{name}.csv").write_text(f"sentence,label\n{sentence},a\n", encoding="utf-8")
    before = wide.read_bytes()
    result = cli("corpus", *arguments)
    assert cause in result.error
    assert result.out == ""
    assert wide.read_bytes() == before


@pytest.mark.parametrize("command", ["agreement", "adjudicate"])
def test_help_needs_no_heavy_library(environment, command):
    code = (
        f"import sys; sys.argv = ['bias-detect', 'corpus', '{command}', '--help']\n"
        "from bias_detect.cli import main; main.execute()\n"
        "print([n for n in ('numpy', 'pandas', 'scipy', 'sklearn', 'spacy', 'matplotlib') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_composed_corpus_agrees_as_its_card_says(cli, tmp_path):
    out = tmp_path / "a.json"
    assert cli("corpus", "agreement", ROOT / "data" / "corpus" / "composed.csv", "-o", out).code == 0
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert figures["n_compared"] == 5_263
    assert 0.98 < figures["alpha"]["low"] < figures["alpha"]["value"] < figures["alpha"]["high"] < 1


def test_doubts_are_ranked_in_a_file(cli, two_classes, tmp_path):
    table = two_classes.drop_duplicates("text").reset_index(drop=True)
    wrong = table.index[table["target"] == "judged"][2]
    table.loc[wrong, "target"] = "told"
    table.to_csv(tmp_path / "a.csv", index=False)
    columns = ["--text-column", "text", "--label-column", "target", "--group-column", "report"]
    result = cli("corpus", "check", tmp_path / "a.csv", *columns, "--doubts", tmp_path / "doubts.csv")
    assert result.code == 0
    doubts = pd.read_csv(tmp_path / "doubts.csv")
    assert doubts.loc[0, "where"] == f"row {wrong + 2}"
    assert (doubts.loc[0, "label"], doubts.loc[0, "suggested"]) == ("told", "judged")
    assert sorted(doubts["sentence"]) == sorted(table["text"])
    assert "labels that a model doubts" in result.out
