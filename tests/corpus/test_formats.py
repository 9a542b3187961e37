"""All formats: what is written is read again, tables and the form, and which format a file is in."""

from __future__ import annotations

import json

import openpyxl
import pytest
from annotated import FORM, RANG, SEEN, read, write
from hypothesis import given, settings
from hypothesis import strategies as st

from bias_detect.corpus.formats.record import FIELDS, Annotation
from bias_detect.corpus.formats.registry import guess_format
from bias_detect.errors import CorpusError, UsageError

ANY = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), max_size=20)
SENTENCE = st.tuples(ANY, st.sampled_from(["x", "It rang.\nTwice.", "\tso", "=1+1", "[a]|b_c->d;*\\n", "😀"]), ANY).map(
    "".join
)
NAME = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="#"), min_size=1, max_size=8).filter(
    lambda text: text.lower() not in ("nan", "all", "unknown")
)
MAYBE = st.none() | NAME
PLAIN = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), min_size=1, max_size=8)
INNER = st.dictionaries(NAME, st.integers(-(2**31), 2**31) | st.booleans() | ANY, min_size=1, max_size=2)
EXTRA = st.fixed_dictionaries(
    {},
    optional={
        "kind": PLAIN,
        "text": PLAIN,
        "Comments": PLAIN,
        "comment": PLAIN,
        "inner": INNER,
        "many": st.lists(PLAIN),
    },
)


@st.composite
def annotations(draw: st.DrawFn) -> list[Annotation]:
    """Return rows with different sentences, some annotated by two people."""
    rows = []
    for sentence in draw(st.lists(SENTENCE, min_size=1, max_size=4, unique_by=lambda text: text.strip())):
        about = {name: draw(MAYBE) for name in ("document", "sentence_id", "section", "source")}
        extra = draw(EXTRA)
        rows.append(Annotation(sentence, draw(MAYBE), annotator=draw(MAYBE), **about, extra=dict(extra)))
        if rows[-1].annotator and draw(st.booleans()):
            rows.append(
                Annotation(sentence, draw(NAME), annotator=f"{rows[-1].annotator}2", **about, extra=dict(extra))
            )
    return rows


def comparable(rows: list[Annotation]) -> list[str]:
    """Return rows in an order of their own, without what a tool has put round them."""
    plain = [{name: getattr(row, name) for name in FIELDS} | {"extra": {**row.extra}} for row in rows]
    for row in plain:
        row["extra"] = {name: value for name, value in row["extra"].items() if name not in ("label_studio", "options")}
        # What would stand in the way of the tool's own fields comes back beside them.
        row["extra"] = {name.removeprefix("given_"): value for name, value in row["extra"].items()}
    return sorted(json.dumps(row, sort_keys=True) for row in plain)


TARGETS = [
    *(("csv", "a.csv"), ("tsv", "a.tsv"), ("jsonl", "a.jsonl"), ("parquet", "a.parquet"), ("xlsx", "a.xlsx")),
    *(("form", "a.xlsx"), ("prodigy", "a.jsonl"), ("doccano", "a.jsonl"), ("doccano", "a.zip")),
    *(("label-studio", "a.json"), ("label-studio-min", "a.json"), ("inception", "a.tsv")),
    *(("inception", "a.json"), ("inception", "a.xmi")),
]


@pytest.mark.parametrize(("kind", "name"), TARGETS)
@settings(max_examples=40, deadline=None)
@given(rows=annotations())
def test_what_is_written_is_read_again(tmp_path_factory, kind, name, rows):
    if kind == "inception" and name != "a.tsv":
        pytest.importorskip("cassis")
    path = write(rows, kind, tmp_path_factory.mktemp("round") / name)
    found, left = read(path, kind)
    assert left == []
    assert comparable(found) == comparable(rows)


@pytest.mark.parametrize(("kind", "name"), [*TARGETS, ("doccano", "a.csv")])
def test_texts_that_formats_take_for_something_else_stay_texts(tmp_path, kind, name):
    if kind == "inception" and name != "a.tsv":
        pytest.importorskip("cassis")
    sentences = [
        "=SUM(A1)",
        "NA",
        "1.0",
        "_x000D_ was printed.",
        'He said "no, _not_ *now*".',
        "€ 5 – “so”",
        "-",
    ]
    rows = [Annotation(text, "told", "A1", f"{n}", "ann") for n, text in enumerate(sentences)]
    found, left = read(write(rows, kind, tmp_path / name), kind)
    assert (left, [(row.sentence, row.sentence_id) for row in found]) == (
        [],
        [(text, f"{n}") for n, text in enumerate(sentences)],
    )


def test_columns_of_a_table_stay_columns_and_inner_records_are_json(tmp_path):
    rows = [Annotation(RANG, "told", extra={"page": 3, "mood": "calm", "inner": {"a": [1]}}), Annotation(SEEN)]
    text = write(rows, "csv", tmp_path / "a.csv").read_text()
    assert text.splitlines()[0] == "sentence,label,page,mood,extra"
    assert read(tmp_path / "a.csv")[0][0].extra == {"page": "3", "mood": "calm", "inner": {"a": [1]}}


def test_rows_that_cannot_be_used_are_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"sentence,label\n{RANG},told\n,judged\n{SEEN},judged,more\n{FORM},told\n")
    rows, left = read(path)
    assert [row.sentence for row in rows] == [RANG, FORM]
    assert [item.place for item in left] == ["row 3", "row 4"]
    path.write_text("words,label\nx,y\n")
    with pytest.raises(CorpusError, match=r"no column 'sentence'.*--text-column"):
        read(path)


def test_excel_is_not_given_what_it_would_cut_off(tmp_path):
    for text in ("x" * 32_768, "a\x02b"):
        with pytest.raises(CorpusError, match=r"row 3 has .* which Excel cannot hold"):
            write([Annotation(RANG), Annotation(text)], "xlsx", tmp_path / "a.xlsx")


def test_the_form_has_a_list_of_labels_and_only_what_is_filled_in_is_open(tmp_path):
    rows = [Annotation(RANG, document="A1", sentence_id="p1s1", extra={"page": 3, "stratum": "judged"})]
    book = openpyxl.load_workbook(write(rows, "form", tmp_path / "form.xlsx"))
    sheet, codebook = book.worksheets
    header = [cell.value for cell in sheet[1]]
    assert header == ["document", "sentence_id", "page", "sentence", "label", "comment", "annotator", "stratum"]
    open_columns = {name for name, cell in zip(header, sheet[2], strict=True) if not cell.protection.locked}
    assert open_columns == {"label", "comment", "annotator"} and sheet.protection.sheet
    assert sheet.column_dimensions["H"].hidden
    [validation] = sheet.data_validations.dataValidation
    assert (str(validation.sqref), validation.formula1) == ("E2", "Codebook!$A$2:$A$4")
    assert [cell.value for cell in codebook["A"][:4]] == ["label", "descriptive", "explanatory", "hindsight_biased"]
    assert "judges past practice" in codebook["B4"].value

    sheet["E2"], sheet["F2"], sheet["G2"] = "descriptive", "Plain.", "ann"
    book.save(tmp_path / "form.xlsx")
    [row], _ = read(tmp_path / "form.xlsx")
    assert (row.label, row.annotator, row.document) == ("descriptive", "ann", "A1")
    assert row.extra == {"page": 3, "stratum": "judged", "comment": "Plain."}


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.csv", "sentence,label\nx,y\n", "csv"),
        ("a.csv", "id,text,label\n1,x,y\n", "doccano"),
        ("a.tsv", "sentence\tlabel\nx\ty\n", "tsv"),
        ("a.tsv", "#FORMAT=WebAnno TSV 3.3\n", "inception"),
        ("a.jsonl", '{"sentence": "x"}', "jsonl"),
        ("a.jsonl", '{"text": "x", "label": "y", "answer": "accept"}', "prodigy"),
        ("a.jsonl", '{"text": "x", "label": ["y"]}', "doccano"),
        ("a.jsonl", '{"text": "x", "labels": ["y"]}', "doccano"),
        ("a.json", '[{"id": 1, "text": "x", "label": ["y"], "Comments": []}]', "doccano"),
        ("a.csv", "annotation_id,annotator,id,label,lead_time,text\n1,1,1,x,2.5,y\n", "label-studio-min"),
        ("a.tsv", "annotation_id\tannotator\tlead_time\tsentence\n1\t1\t2.5\ty\n", "label-studio-min"),
        ("a.json", '[{"id": 1, "data": {"text": "x"}}]', "label-studio"),
        ("a.json", '[{"id": 1, "text": "x", "label": "y", "annotator": 1}]', "label-studio-min"),
        ("a.json", '{"%TYPES": {}, "%FEATURE_STRUCTURES": []}', "inception"),
        ("a.xmi", "<xmi/>", "inception"),
        ("a.xlsx", "PK", "xlsx"),
    ],
)
def test_formats_are_told_apart(tmp_path, name, content, kind):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert guess_format(path) == kind


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.jsonl", '{"text": "x", "label": "y"}', "could come from prodigy or doccano.*--from"),
        ("a.json", "[[1]]", "in no format that is known here"),
        ("a.docx", "x", "in no format that is known here"),
    ],
)
def test_what_could_be_several_is_asked_for(tmp_path, name, content, says):
    (tmp_path / name).write_text(content)
    with pytest.raises(UsageError, match=says):
        guess_format(tmp_path / name)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "prodigy", "doccano", "label-studio", "label-studio-min", "inception"])
@settings(max_examples=30, deadline=None)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_refused_or_read_but_never_crash(tmp_path_factory, kind, content):
    suffix = {"csv": ".csv", "xlsx": ".xlsx", "prodigy": ".jsonl", "doccano": ".zip", "inception": ".tsv"}.get(
        kind, ".json"
    )
    path = tmp_path_factory.mktemp("bytes") / f"a{suffix}"
    path.write_bytes(content)
    try:
        read(path, kind)
    except CorpusError as error:
        assert len(str(error).splitlines()) == 1


@pytest.mark.parametrize(
    ("kind", "name"), [*TARGETS, ("doccano", "a.csv")], ids=lambda part: part if "." not in part else None
)
def test_half_a_surrogate_pair_is_refused_by_every_writer(tmp_path, kind, name):
    if kind == "inception" and name != "a.tsv":
        pytest.importorskip("cassis")
    for row in (Annotation("She \ud83d rang."), Annotation(RANG, extra={"mood": "\udc00"})):
        with pytest.raises(CorpusError):
            write([row], kind, tmp_path / name)


def test_what_windows_programs_put_round_a_text_is_no_part_of_it(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("\ufeffsentence,label\r\n“Why?” – she asked.,told\r\n".encode())
    assert [(row.sentence, row.label) for row in read(path)[0]] == [("“Why?” – she asked.", "told")]
    (tmp_path / "b.jsonl").write_bytes(b'\xef\xbb\xbf{"sentence": "She rang.", "label": "told"}\r\n\r\n')
    assert [row.label for row in read(tmp_path / "b.jsonl")[0]] == ["told"]
    for name, says in (("c.csv", "is UTF-16, not UTF-8"), ("d.json", "cannot be read as JSON")):
        (tmp_path / name).write_bytes('[{"data": {"text": "She rang."}}]'.encode("utf-16"))
        with pytest.raises(CorpusError, match=says):
            read(tmp_path / name, "csv" if name == "c.csv" else "label-studio")


@pytest.mark.parametrize(("kind", "name"), [("csv", "a.csv"), ("csv", "a.tsv"), ("doccano", "a.csv")])
def test_a_carriage_return_in_a_text_ends_no_row(tmp_path, kind, name):
    given = [Annotation("She rang.\rTwice.", "told"), Annotation("He\rwrote", "told\rtwice", document="\ra")]
    target = "tsv" if name.endswith(".tsv") else kind
    rows, left = read(write(given, target, tmp_path / name), target)
    assert [(row.sentence, row.label) for row in rows] == [(row.sentence, row.label) for row in given]
    assert left == []


@pytest.mark.parametrize("kind", ["xlsx", "form"])
def test_what_stands_under_a_name_that_no_workbook_can_hold_comes_back(tmp_path, kind):
    rows, left = read(write([Annotation(RANG, "told", extra={"mood\x0e": "calm"})], kind, tmp_path / "a.xlsx"), kind)
    assert (rows[0].extra, left) == ({"mood\x0e": "calm"}, [])


@pytest.mark.parametrize("kind", ["xlsx", "form"])
@pytest.mark.parametrize("sign", ["\x0e", "\ufffe"])
def test_a_text_that_no_workbook_can_hold_is_refused(tmp_path, kind, sign):
    with pytest.raises(CorpusError, match="row 2 has a control character, which Excel cannot hold"):
        write([Annotation(RANG + sign, "told")], kind, tmp_path / "a.xlsx")
