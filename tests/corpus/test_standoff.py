from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from bias_detect.corpus import standoff
from bias_detect.corpus.read import read_corpus
from bias_detect.corpus.standoff import digest, documents, hydrate, locate
from bias_detect.errors import CorpusError

URL = "https://example.org/report-1/"
FIRST, SECOND = "No visit was made.", "It was obvious, even then."


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """A folder with a table of reports, and a stand-off table of two of its sentences."""
    folder = tmp_path / "sources"
    folder.mkdir()
    table = {"url": [URL], "circumstances": [f"{FIRST}  He\n died. "], "concerns": [f"\n{SECOND}"]}
    pd.DataFrame(table).to_csv(folder / "reports.csv", index=False)
    rows = [
        (URL, "circumstances", 0, len(FIRST), digest(FIRST), "rand", "descriptive"),
        (URL, "concerns", 1, len(SECOND), digest(SECOND), "cue", "hindsight_biased"),
    ]
    names = ["url", "column", "start", "length", "sha16", "stratum", "label"]
    pd.DataFrame(rows, columns=names).to_csv(tmp_path / "made_up.csv", index=False)
    return tmp_path


def change(path: Path, row: int, column: str, value: object) -> None:
    table = pd.read_csv(path, dtype=str)
    table.loc[row, column] = str(value)
    table.to_csv(path, index=False)


def test_sentences_of_reports_come_back(reports: Path) -> None:
    table = hydrate(reports / "made_up.csv", reports / "sources")
    assert table.to_dict("records") == [
        {
            **{"sentence": FIRST, "label": "descriptive", "document": URL, "sentence_id": digest(FIRST)},
            **{"source": "made_up", "section": "circumstances", "start": 0, "stratum": "rand"},
        },
        {
            **{
                "sentence": SECOND,
                "label": "hindsight_biased",
                "document": URL,
                "sentence_id": digest(SECOND),
            },
            **{"source": "made_up", "section": "concerns", "start": 1, "stratum": "cue"},
        },
    ]


def test_text_without_pages_is_grouped_by_blocks(tmp_path: Path) -> None:
    text = "word " * 1_300 + FIRST
    (tmp_path / "a.md").write_text(text.replace(" ", "\n\n"), encoding="utf-8")
    pd.DataFrame(
        {
            "file": "a.md",
            "page": -1,
            "start": [6_500],
            "length": len(FIRST),
            "sha16": digest(FIRST),
            "label": "d",
        }
    ).to_csv(tmp_path / "b.csv", index=False)
    table = hydrate(tmp_path / "b.csv", tmp_path)
    assert table[["sentence", "document", "source"]].values.tolist() == [[FIRST, "a.md#2", "b"]]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("sha16", "0" * 16),
        ("start", 2),
        ("start", 999_999),
        ("start", -1),
        ("length", 5),
        ("column", "area"),
        ("url", "https://example.org/other/"),
    ],
)
def test_a_sentence_that_is_not_where_the_table_says_is_never_passed_on(
    reports: Path, column: str, value: object
) -> None:
    change(reports / "made_up.csv", 1, column, value)
    with pytest.raises(CorpusError, match=r"made_up\.csv: 1 of 2 sentences .*first row 3.*data card"):
        hydrate(reports / "made_up.csv", reports / "sources")
    found, lost = locate(reports / "made_up.csv", reports / "sources")
    assert found["sentence"].tolist() == [FIRST]
    assert lost["row"].tolist() == [3]


def test_the_script_writes_nothing_unless_all_is_found_or_a_part_is_asked_for(
    reports: Path, hydrate_script: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    output = reports / "out" / "table.csv"
    arguments = [str(reports / "made_up.csv"), str(reports / "sources"), "-o", str(output)]
    change(reports / "made_up.csv", 0, "sha16", "0" * 16)
    assert hydrate_script.main(arguments) == 2
    assert not output.parent.exists()
    shown = capsys.readouterr().err
    assert len(shown.splitlines()) == 1 and "1 of 2 sentences" in shown

    assert hydrate_script.main([*arguments, "--partial"]) == 0
    assert "1 of 2 sentences" in capsys.readouterr().err
    assert pd.read_csv(output)["sentence"].tolist() == [SECOND]

    change(reports / "made_up.csv", 0, "sha16", digest(FIRST))
    for path in (output, output.with_suffix(".parquet")):
        assert hydrate_script.main([*arguments[:-1], str(path)]) == 0
        assert read_corpus(path)["sentence"].tolist() == [FIRST, SECOND]
    assert sorted(path.name for path in output.parent.iterdir()) == ["table.csv", "table.parquet"]
    assert hydrate_script.main([*arguments[:-1], str(output.with_suffix(".txt"))]) == 2


def test_bad_tables_and_sources_are_named(reports: Path) -> None:
    table, sources = reports / "made_up.csv", reports / "sources"
    with pytest.raises(CorpusError, match=r"absent\.csv: no such file"):
        hydrate(reports / "absent.csv", sources)
    with pytest.raises(CorpusError, match=r"reports\.csv: no such file"):
        hydrate(table, reports)
    with pytest.raises(CorpusError, match=r"reports\.csv: has no column 'page'.*data/real"):
        pd.DataFrame({"file": ["a"], "start": [1], "length": [1], "sha16": ["0"], "label": ["d"]}).to_csv(
            reports / "reports.csv"
        )
        hydrate(reports / "reports.csv", sources)
    change(table, 1, "start", "12x")
    with pytest.raises(CorpusError, match=r"row 3 has no whole number in column 'start'"):
        hydrate(table, sources)
    (sources / "reports.csv").write_bytes(b"\xff\xfe\x00")
    change(table, 1, "start", "12")
    with pytest.raises(CorpusError, match=r"reports\.csv: is no CSV table"):
        hydrate(table, sources)


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("absent.pdf", None, "no such file"),
        ("../secret.md", b"x", "is not the name of a file"),
        ("broken.pdf", b"%PDF-1.7 and no more", "is no PDF"),
        ("latin.md", b"caf\xe9", "UTF-8"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, name: str, content: bytes | None, cause: str) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    if content is not None:
        (folder / name).write_bytes(content)
    table = {"file": [name], "page": [0], "start": [0], "length": [1], "sha16": ["0"], "label": ["d"]}
    pd.DataFrame(table).to_csv(tmp_path / "b.csv", index=False)
    with pytest.raises(CorpusError, match=cause) as caught:
        hydrate(tmp_path / "b.csv", folder)
    assert Path(name).name in str(caught.value)


def test_every_shipped_label_finds_its_sentence(data: Path, shared: Path) -> None:
    for name in ("pfd", "inquiries"):
        full = pd.read_csv(shared / name / "labels.csv", dtype=str, keep_default_na=False)
        table, lost = locate(data / "real" / f"{name}.csv", shared / name)
        if version("pypdfium2") != standoff.PYPDFIUM2:
            lost = lost[~lost["file"].str.endswith(".pdf")] if "file" in lost else lost
            full = full[full["sha16"].isin(table["sentence_id"])]
        assert not len(lost)
        assert table["sentence"].tolist() == full["sentence"].tolist()
        assert table["label"].tolist() == full["label"].tolist()
        assert table["source"].unique().tolist() == [name]
    assert {"annotator_a", "annotator_b", "stratum"} <= set(table)


def test_another_version_of_the_extraction_is_named_only_where_digests_fail(
    tmp_path: Path, data: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = pd.read_csv(data / "real" / "inquiries.csv", dtype=str)
    path = tmp_path / "a.csv"
    table[table["file"].str.startswith("covid")].head(3).to_csv(path, index=False)
    expected = hydrate(path, shared / "inquiries")
    monkeypatch.setattr(standoff, "PYPDFIUM2", "0.0.1")
    pd.testing.assert_frame_equal(hydrate(path, shared / "inquiries"), expected)
    change(path, 0, "sha16", "0" * 16)
    with pytest.raises(CorpusError, match=r"install pypdfium2==0\.0\.1"):
        hydrate(path, shared / "inquiries")


def test_documents_are_reports_pages_and_blocks() -> None:
    pages = pd.DataFrame({"file": ["a.pdf", "b.md", "b.md"], "page": ["0", "-1", "-1"], "start": ["9", "2999", "3000"]})
    assert documents(pages).tolist() == ["a.pdf#0", "b.md#0", "b.md#1"]
