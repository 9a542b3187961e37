"""Tables whose cells stand between semicolons or tabulators, as spreadsheets of much of Europe write them."""

import pytest
from audits import JUDGED, TOLD, run

from bias_detect.errors import CorpusError
from bias_detect.tabular import iter_records


def cells(path, text, encoding="utf-8"):
    path.write_text(text, encoding=encoding)
    return [row.cells for row in iter_records(path, error=CorpusError)]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_metadata_and_texts_of_such_tables_are_read(tmp_path, reviews, separator):
    about, texts = tmp_path / "about.csv", tmp_path / "texts.csv"
    about.write_text(f"file{separator}area\r\nann.md{separator}North, upper\r\n", encoding="utf-8-sig")
    reports = run(reviews, tmp_path / "audit", metadata=about).reports.set_index("document")
    assert reports.loc["ann.md", "area"] == "North, upper"
    texts.write_text(f"id{separator}text\nr1{separator}{TOLD}\nr2{separator}{JUDGED}\n", encoding="utf-8-sig")
    result = run(texts, tmp_path / "rows", text_columns=["text"], id_column="id")
    assert result.reports["document"].tolist() == ["r1", "r2"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("text\nShe rang; he fell.\n", {"text": "She rang; he fell."}),
        ('id,"a;b"\n1,"x;y"\n', {"id": "1", "a;b": "x;y"}),
        ('"a;b"\n"x;y"\n', {"a;b": "x;y"}),
        ('"a,b";c\n1;"2;3"\n', {"a,b": "1", "c": "2;3"}),
        ("\n\nid;text\n1;She rang, he fell.\n", {"id": "1", "text": "She rang, he fell."}),
    ],
)
def test_the_first_line_decides(tmp_path, text, expected):
    assert cells(tmp_path / "a.csv", text) == [expected]


def test_a_tsv_is_what_its_name_says(tmp_path):
    assert cells(tmp_path / "a.tsv", "a;b\n1;2\n") == [{"a;b": "1;2"}]
