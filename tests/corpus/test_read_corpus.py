from __future__ import annotations

import csv
import json
import tempfile
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bias_detect.corpus.read import read_corpus
from bias_detect.errors import BiasDetectError, CorpusError, UsageError

SENTENCES = ["No visit was made.", "It was obvious, even then.", 'The form said "NA".']
LABELS = ["descriptive", "hindsight_biased", "descriptive"]
TABLE = pd.DataFrame(
    {"document": ["R1", "R1", "R2"], "sentence": SENTENCES, "label": LABELS, "annotator_a": ["x", "y", "z"]}
)


def write(table: pd.DataFrame, path: Path) -> Path:
    match path.suffix:
        case ".csv":
            table.to_csv(path, index=False)
        case ".tsv":
            table.to_csv(path, index=False, sep="\t")
        case ".jsonl":
            table.to_json(path, orient="records", lines=True, force_ascii=False)
        case ".parquet":
            table.to_parquet(path, index=False)
        case ".xlsx":
            table.to_excel(path, index=False)
    return path


FORMATS = ["csv", "tsv", "jsonl", "parquet", "xlsx"]


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_gives_the_same_table(tmp_path: Path, suffix: str) -> None:
    table = read_corpus(write(TABLE, tmp_path / f"reviews.{suffix}"))
    assert table.columns.tolist() == ["sentence", "label", "document", "annotator_a"]
    assert table.to_dict("list") == TABLE[table.columns].to_dict("list")


@pytest.mark.parametrize("suffix", FORMATS)
def test_other_column_names_and_labels_of_any_kind(tmp_path: Path, suffix: str) -> None:
    numbers = pd.DataFrame({"text": SENTENCES, "target": [1, 0, 1], "report": [7, 7, 8]})
    table = read_corpus(
        write(numbers, tmp_path / f"a.{suffix}"),
        text_column="text",
        label_column="target",
        group_column="report",
    )
    assert table.to_dict("list") == {
        "sentence": SENTENCES,
        "label": ["1", "0", "1"],
        "document": ["7", "7", "8"],
    }


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([1.0, 0.0, 1.0], ["1", "0", "1"]),
        ([True, False, True], ["True", "False", "True"]),
        ([0.5, 1.0, 0.5], None),
    ],
)
def test_labels_become_text(tmp_path: Path, suffix: str, labels: list[object], expected: list[str] | None) -> None:
    path = write(pd.DataFrame({"sentence": SENTENCES, "label": labels}), tmp_path / f"a.{suffix}")
    assert read_corpus(path)["label"].tolist() == (expected or ["0.5", "1", "0.5"])


def test_versions_as_labels_stay_apart_and_whole(tmp_path: Path) -> None:
    path = write(pd.DataFrame({"sentence": SENTENCES, "label": ["v1.0", "v1", " v1.0 "]}), tmp_path / "a.csv")
    assert read_corpus(path)["label"].tolist() == ["v1.0", "v1", "v1.0"]


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("word", ["NA", "None", "nan", "null", "NULL", "N/A"])
def test_a_word_that_looks_like_a_missing_value_is_a_sentence(tmp_path: Path, suffix: str, word: str) -> None:
    path = write(pd.DataFrame({"sentence": [word, "Yes."], "label": ["None", "NA"]}), tmp_path / f"a.{suffix}")
    table = read_corpus(path)
    assert table["sentence"].tolist() == [word, "Yes."]
    assert table["label"].tolist() == ["None", "NA"]


def test_several_files_follow_one_another(tmp_path: Path) -> None:
    first = write(TABLE, tmp_path / "a.csv")
    second = write(TABLE.drop(columns="document").assign(source="b"), tmp_path / "b.jsonl")
    table = read_corpus([first, second])
    assert table["sentence"].tolist() == SENTENCES * 2
    assert table["document"].isna().tolist() == [False] * 3 + [True] * 3
    assert table["source"].isna().tolist() == [True] * 3 + [False] * 3


def test_one_label_a_file_is_enough_where_the_whole_has_two(tmp_path: Path) -> None:
    paths = [write(TABLE[TABLE["label"] == label], tmp_path / f"{label}.csv") for label in set(LABELS)]
    assert len(read_corpus(paths)) == 3


def test_a_displaced_column_is_kept_under_another_name(tmp_path: Path) -> None:
    path = write(TABLE, tmp_path / "a.csv")
    table = read_corpus(path, label_column="annotator_a", group_column="sentence", text_column="document")
    assert table["label"].tolist() == ["x", "y", "z"]
    assert table["given_label"].tolist() == LABELS
    assert table["document"].tolist() == SENTENCES


def test_labels_may_be_absent_or_partly_missing_where_they_are_not_required(tmp_path: Path) -> None:
    unlabelled = write(TABLE.drop(columns="label"), tmp_path / "a.csv")
    assert read_corpus(unlabelled, require_labels=False)["label"].isna().all()
    partly = write(TABLE.assign(label=["x", None, ""]), tmp_path / "b.csv")
    assert read_corpus(partly, require_labels=False)["label"].isna().tolist() == [False, True, True]


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("\ufeffsentence,label\r\n“Café” – shut.,a\r\n\r\nIt was open.,b\r\n,\r\n".encode())
    assert read_corpus(path)["sentence"].tolist() == ["“Café” – shut.", "It was open."]


def test_dashes_of_windows_text_read_as_latin_1_are_let_through(tmp_path: Path) -> None:
    path = write(TABLE.assign(sentence=["Late \x97 by a week.", "It\x92s dated.", "\x93So.\x94"]), tmp_path / "a.csv")
    assert read_corpus(path)["sentence"].tolist()[1] == "It\x92s dated."


BAD = {
    # what is wrong: (file name, content, what the message must say of cause and next step)
    "empty file": ("a.csv", b"", ["is empty", "choose"]),
    "header only": ("a.csv", b"sentence,label\n", ["holds no rows", "choose"]),
    "blank lines only": ("a.csv", b"\n\n\n", ["holds no rows", "choose"]),
    "no text column": (
        "a.csv",
        b"text,label\nx,a\n",
        ["no column 'sentence'", "'text', 'label'", "--text-column"],
    ),
    "no label column": (
        "a.csv",
        b"sentence,y\nx,a\n",
        ["no column 'label'", "'sentence', 'y'", "--label-column"],
    ),
    "bars": ("a.csv", b"sentence|label\nx|a\n", ["no column 'sentence'", "separated by commas"]),
    "two columns of one name": (
        "a.csv",
        b"sentence,label,label\nx,a,b\n",
        ["more than one", "'label'", "rename"],
    ),
    "one label": ("a.csv", b"sentence,label\nx,a\ny,a\n", ["same label", "'a'", "--label-column"]),
    "labels missing": (
        "a.csv",
        b"sentence,label\nx,a\ny,\nz,NaN\n",
        ["2 rows", "row 3", "no label", "delete"],
    ),
    "one label missing": ("a.csv", b"sentence,label\nx,a\ny, \nz,b\n", ["row 3", "no label", "delete"]),
    "sentence missing": (
        "a.csv",
        b'sentence,label\n"x\ny",a\n,b\n  ,b\n',
        ["2 rows", "row 3", "no sentence", "delete"],
    ),
    "row too long": (
        "a.csv",
        b"sentence,label\nx,a\n\ny, or z,b\n",
        ["row 4 has 3 cells", "header has 2", "quotation"],
    ),
    "row too short": (
        "a.csv",
        b"sentence,label,k\nx,a,1\ny,b\n",
        ["row 3 has 2 cells", "header has 3", "quotation"],
    ),
    "quotation mark left open": ("a.csv", b'sentence,label\nx,a\n"y,b\nz,b\n', ["row 3", "quotation mark"]),
    "quotation mark inside": ("a.csv", b'sentence,label\n"x" y,a\n', ["row 2", "quotation mark"]),
    "Latin-1": (
        "a.csv",
        "sentence,label\nCafé,a\n".encode("latin-1"),
        ["not UTF-8", "0xE9", "offset 18", "UTF-8"],
    ),
    "UTF-16": ("a.csv", "sentence,label\nx,a\n".encode("utf-16"), ["is UTF-16", "UTF-8"]),
    "binary file": ("a.csv", b"\x7fELF\x02\x01\x01\x00\x00", ["binary file", "CSV"]),
    "workbook named csv": ("a.csv", b"PK\x03\x04rest", ["Office file", "suffix"]),
    "PDF named jsonl": ("a.jsonl", b"%PDF-1.7 rest", ["a PDF", "suffix"]),
    "NUL byte": ("a.csv", b"sentence,label\n" + b"x" * 9000 + b"\0,a\n", ["row 2", "U+0000", "remove"]),
    "control character": (
        "a.csv",
        b"sentence,label\nx,a\ny\x02z,b\n",
        ["row 3", "U+0002", "character 2", "remove"],
    ),
    "delete character": ("a.csv", b"sentence,label\nx\x7f,a\ny,b\n", ["row 2", "U+007F", "remove"]),
    "noncharacter": ("a.csv", "sentence,label\nx\ufffe,a\ny,b\n".encode(), ["row 2", "U+FFFE", "remove"]),
    "long sentence": (
        "a.csv",
        b"sentence,label\n" + b"x" * 100_001 + b",a\ny,b\n",
        ["row 2", "100,001", "split"],
    ),
    "1 MB sentence": (
        "a.csv",
        b"sentence,label\n" + b"x" * 1_000_000 + b",a\n",
        ["row 2", "131,072", "split"],
    ),
    "1 MB sentence, JSON": (
        "a.jsonl",
        json.dumps({"sentence": "x" * 1_000_000, "label": "a"}).encode(),
        ["line 1", "1,000,000", "split"],
    ),
    "broken JSON": (
        "a.jsonl",
        b'{"sentence": "x", "label": "a"}\n\n{"sentence": \n',
        ["line 3", "JSON", "one JSON"],
    ),
    "JSON list": ("a.jsonl", b'["x", "a"]\n', ["line 1", "a list", "one object a line"]),
    "deep JSON": ("a.jsonl", b"[" * 100_000, ["line 1", "JSON"]),
    "half a surrogate pair": (
        "a.jsonl",
        b'{"sentence": "x\\ud83d", "label": "a"}\n',
        ["line 1", "surrogates", "JSON"],
    ),
    "JSON label missing": (
        "a.jsonl",
        b'{"sentence": "x", "label": null}\n',
        ["line 1", "no label", "delete"],
    ),
    "list as sentence": (
        "a.jsonl",
        b'{"sentence": ["x"], "label": "a"}\n',
        ["line 1", "list, not text", "--text-"],
    ),
    "no workbook": ("a.xlsx", b"sentence,label\nx,a\n", ["no Excel workbook", "save it again"]),
    "no Parquet file": ("a.parquet", b"PAR1 no more of it PAR1", ["no Parquet file", "write it again"]),
    "unknown suffix": ("a.doc", b"x", ["'.doc'", ".csv, .tsv, .jsonl, .parquet, .xlsx"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gives_one_line_with_file_cause_and_next_step(tmp_path: Path, case: str) -> None:
    name, content, expected = BAD[case]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CorpusError) as caught:
        read_corpus(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert len(message.splitlines()) == 1 and message.isprintable() and len(message) < 400
    assert caught.value.next_step and message.endswith(f"; {caught.value.next_step}")
    for words in expected:
        assert words in message


@pytest.mark.parametrize("suffix", ["csv", "tsv", "xlsx"])
def test_rows_are_counted_as_a_spreadsheet_shows_them(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    rows = [["", ""], ["sentence", "label"], ["x", "a"], ["", ""], ["y", ""]]
    if suffix == "xlsx":
        pd.DataFrame([[cell or None for cell in row] for row in rows]).to_excel(path, header=False, index=False)
    else:
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, delimiter="\t" if suffix == "tsv" else ",").writerows(rows)
    with pytest.raises(CorpusError, match="row 5 has no label"):
        read_corpus(path)


def test_a_hundred_thousand_columns_do_not_hang_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        f"sentence,label,{','.join(f'c{i}' for i in range(100_000))}\nx,a{',' * 100_000}\ny,b{',' * 100_000}\n"
    )
    assert read_corpus(path)["sentence"].tolist() == ["x", "y"]


def test_lines_of_ever_new_names_are_refused_before_they_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [{"sentence": f"She rang {i}.", "label": "ab"[i % 2], f"k{i}": 1} for i in range(1_000)]
    path.write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(CorpusError, match="has more than 1,000 different names in its objects"):
        read_corpus(path)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"absent\.csv: no such file; check the path"):
        read_corpus(tmp_path / "absent.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(CorpusError, match=r"folder\.csv: is a folder; name the table"):
        read_corpus(tmp_path / "folder.csv")


def test_missing_group_column_and_one_column_for_two_purposes(tmp_path: Path) -> None:
    path = write(TABLE, tmp_path / "a.csv")
    with pytest.raises(CorpusError, match=r"no column 'review' .*'document'.*--group-column"):
        read_corpus(path, group_column="review")
    with pytest.raises(UsageError, match="for two purposes"):
        read_corpus(path, text_column="label")
    with pytest.raises(UsageError, match="no table is named"):
        read_corpus([])


def test_a_message_shows_hostile_column_names_harmlessly(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"\x1b[31m\u2028" + "k" * 500: 1, **{f"c{i}": i for i in range(90)}}))
    with pytest.raises(CorpusError) as caught:
        read_corpus(path)
    assert str(caught.value).isprintable()
    assert "and 79 more" in str(caught.value)


TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), min_size=1).filter(lambda text: text.strip())


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXT, min_size=2, max_size=8), st.sampled_from(["csv", "tsv", "jsonl", "parquet"]))
def test_sentences_come_back_to_the_letter(
    tmp_path_factory: pytest.TempPathFactory, sentences: list[str], suffix: str
) -> None:
    path = tmp_path_factory.mktemp("round") / f"a.{suffix}"
    labels = ["a", "b", *["a"] * (len(sentences) - 2)]
    if suffix in ("csv", "tsv"):
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter="\t" if suffix == "tsv" else ",")
            writer.writerows([("sentence", "label"), *zip(sentences, labels, strict=True)])
    else:
        write(pd.DataFrame({"sentence": sentences, "label": labels}), path)
    table = read_corpus(path)
    assert table["sentence"].tolist() == sentences
    assert table["label"].tolist() == labels


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(FORMATS))
def test_arbitrary_bytes_are_refused_or_read_but_never_crash(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, suffix: str
) -> None:
    path = tmp_path_factory.mktemp("bytes") / f"a.{suffix}"
    path.write_bytes(content)
    with pytest.raises(BiasDetectError):
        read_corpus(path)


@cache
def whole_table(suffix: str) -> bytes:
    """Return the bytes of a table; written once, since those of a workbook hold the time."""
    with tempfile.TemporaryDirectory() as folder:
        return write(TABLE, Path(folder) / f"a.{suffix}").read_bytes()


@settings(max_examples=100, deadline=None)
@given(st.data(), st.sampled_from(FORMATS))
def test_a_damaged_table_is_refused_or_read_but_never_crashes(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, suffix: str
) -> None:
    content = bytearray(whole_table(suffix))
    path = tmp_path_factory.mktemp("damaged") / f"a.{suffix}"
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content[: data.draw(st.integers(1, len(content)))]))
    try:
        table = read_corpus(path)
    except BiasDetectError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert table["label"].nunique() >= 2
