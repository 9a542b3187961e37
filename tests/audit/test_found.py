"""What an audit finds: every file and row is scored, a duplicate or a failure with its cause."""

import os
import zipfile

import docx
import pandas as pd
import pytest
from audits import JUDGED, TOLD, accounted, run
from pdf_writer import Page, write_pdf

from bias_detect.auditing.report import write_report
from bias_detect.errors import UsageError


def test_every_file_is_scored_or_a_duplicate_or_a_failure_with_its_cause(tmp_path, prose):
    folder = tmp_path / "reviews"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "a.md").write_text(prose(1))
    (folder / "b.txt").write_text(f"{TOLD}\n\n{JUDGED}\n")
    (folder / "c.html").write_text(f"<html><body><p>{TOLD}</p></body></html>")
    document = docx.Document()
    document.add_paragraph(JUDGED)
    document.save(str(folder / "d.docx"))
    write_pdf(
        folder / "deep" / "e.PDF",
        [Page().at(72, 700, TOLD), Page().at(72, 700, "Findings", size=18, font="bold").at(72, 650, JUDGED)],
    )
    write_pdf(folder / "locked.pdf", [Page().at(72, 700, TOLD)], password="secret")
    write_pdf(folder / "scan.pdf", [Page()])
    (folder / "deep" / "er" / "same.md").write_text(prose(1))
    (folder / "broken.docx").write_bytes(b"PK\x03\x04 and then nothing")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
    (folder / "empty.txt").touch()
    (folder / "blank.md").write_text(" \n\n \n")
    (folder / "latin.txt").write_bytes("Müller rang.".encode("cp1252"))
    (folder / "table.csv").write_text("text\nShe rang.\n")
    (folder / "sheet.ods").write_bytes(b"PK\x03\x04")
    (folder / "photo.jpeg").write_bytes(b"\xff\xd8\xff")
    (folder / "noending").write_text(TOLD)
    (folder / ".hidden.txt").write_text(TOLD)
    (folder / "~$d.docx").write_bytes(b"owner")
    (folder / ".git").mkdir()
    (folder / ".git" / "notes.txt").write_text(TOLD)

    result = run(folder, tmp_path / "audit")

    everything = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert accounted(result) == everything - {".hidden.txt", "~$d.docx", ".git/notes.txt"}
    assert result.reports["document"].tolist() == ["a.md", "b.txt", "c.html", "d.docx", "deep/e.PDF"]
    assert result.duplicates.to_dict("records") == [{"document": "deep/er/same.md", "same_as": "a.md"}]
    assert result.reports.set_index("document")["copies"].to_dict()["a.md"] == 1
    causes = result.failures.set_index("document")["cause"]
    for name, cause in {
        "locked.pdf": "password",
        "broken.pdf": "damaged",
        "scan.pdf": "no text",
        "empty.txt": "no text",
        "blank.md": "no text",
        "latin.txt": "UTF-8",
        "table.csv": "is a table",
        "photo.jpeg": ".jpeg",
        "noending": "no ending",
    }.items():
        assert cause in causes[name], name
    assert (result.failures["next_step"].str.len() > 5).all()
    assert set(result.failures.query("kind == 'skipped'")["document"]) == {"photo.jpeg", "noending", "sheet.ods"}
    assert result.summary["documents"]["hidden"] == 3
    assert any(note.startswith("3 hidden or lock files were left aside") for note in result.summary["notes"])
    assert result.reports.set_index("document")["pages"].to_dict()["deep/e.PDF"] == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs links and pipes")
def test_links_do_not_lead_out_of_the_folder_and_pipes_do_not_block(tmp_path):
    outside, folder = tmp_path / "outside", tmp_path / "reviews"
    outside.mkdir()
    folder.mkdir()
    (outside / "secret.txt").write_text(TOLD)
    (folder / "in.txt").write_text(JUDGED)
    (folder / "out.txt").symlink_to(outside / "secret.txt")
    (folder / "folder").symlink_to(outside)
    (folder / "again.txt").symlink_to(folder / "in.txt")
    (folder / "nowhere.txt").symlink_to(folder / "gone.txt")
    (folder / "round").symlink_to(folder)
    os.mkfifo(folder / "pipe.txt")

    result = run(folder, folder / "audit")

    assert accounted(result) == {"in.txt", "out.txt", "folder", "again.txt", "nowhere.txt", "round", "pipe.txt"}
    assert result.reports["document"].tolist() == ["in.txt"]  # no link stands for the file that it leads to
    assert result.duplicates["document"].tolist() == ["again.txt"]
    assert "out of the folder" in result.failures.set_index("document").loc["out.txt", "cause"]
    # A link that is named is meant.
    assert run(folder / "out.txt", tmp_path / "named").reports["sentences"].tolist() == [1]


def test_folders_of_audits_are_no_reports(tmp_path, reviews):
    earlier = run(reviews, reviews / "2019" / "earlier")
    write_report(earlier)
    first = run(reviews, reviews / "audit")
    again = run(reviews, reviews / "audit")
    for result in (first, again):
        assert result.reports["document"].tolist() == earlier.reports["document"].tolist()
        assert result.failures.empty
        assert "2 folders of audits were passed over: 2019/earlier, audit." in result.summary["notes"]
    with pytest.raises(UsageError, match="earlier: is the folder of an audit, not of reports"):
        run(reviews / "2019" / "earlier", tmp_path / "other")


def test_a_copy_does_not_stand_for_its_original(tmp_path, reviews):
    for name in ("ann (copy).md", "Copy of ann.md", "2019/ann.md"):
        (reviews / name).write_text((reviews / "ann.md").read_text())
    result = run(reviews, tmp_path / "audit")
    assert result.duplicates["same_as"].tolist() == ["ann.md"] * 3


def test_an_archive_gets_the_same_advice_by_itself_and_in_a_folder(tmp_path, reviews):
    with zipfile.ZipFile(reviews / "more.zip", "w") as archive:
        archive.writestr("a.txt", TOLD)
    for paths in (reviews, reviews / "more.zip"):
        failures = run(paths, tmp_path / "audit").failures
        (row,) = failures.to_dict("records")
        assert row["cause"] == "is by its name an archive (.zip)"
        assert row["next_step"].startswith("unpack it, and audit what is in it")


def test_names_like_formulas_are_told_where_the_csv_files_have_others(tmp_path, reviews):
    (reviews / "-first.txt").write_text(TOLD)
    result = run(reviews, tmp_path / "audit")
    assert "'-first.txt" in (tmp_path / "audit" / "reports.csv").read_text(encoding="utf-8-sig")
    assert set(result.reports["document"]) == set(result.sentences["document"])
    (note,) = (note for note in result.summary["notes"] if "formula" in note)
    assert note.startswith("1 name begins like a formula (-first.txt): the CSV files have ' in front")


def test_names_are_short_and_unlike_each_other(tmp_path, reviews):
    result = run([reviews / "2019", reviews / "2020", reviews / "ann.md", reviews / "ann.md"], tmp_path / "audit")
    assert result.reports["document"].tolist() == ["2019/eve.md", "2020/eve.md", "ann.md"]
    result = run([reviews / "2019" / ".." / "2019"], tmp_path / "other")
    assert result.reports["document"].tolist() == ["eve.md"]


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_name_that_is_no_text_is_no_hindrance(tmp_path):
    folder = tmp_path / "reviews"
    folder.mkdir()
    try:
        (folder / os.fsdecode(b"caf\xe9.txt")).write_text(TOLD)
        (folder / os.fsdecode(b"caf\xe8.txt")).write_text(JUDGED)
    except OSError:
        pytest.skip("the disk takes no such names")
    result = run(folder, tmp_path / "audit")
    assert len(result.reports) == 2
    assert len((tmp_path / "audit" / "reports.csv").read_text(encoding="utf-8").splitlines()) == 3


def test_rows_of_tables_are_reports(tmp_path):
    table = pd.DataFrame(
        {
            "url": ["r/1", "r/2", "r/3", "r/4", "r/1"],
            "what": [TOLD, "", JUDGED, TOLD, "He fell. She rang."],
            "why": [JUDGED, None, None, JUDGED, None],
        }
    )
    folder = tmp_path / "tables"
    folder.mkdir()
    table.to_csv(folder / "one.csv", index=False)
    table.iloc[2:3].to_parquet(folder / "two.parquet")
    result = run(folder, tmp_path / "audit", text_columns=["what", "why"], id_column="url")

    assert result.summary["documents"]["found"] == 6
    assert len(accounted(result)) == 6
    assert result.failures["document"].tolist() == ["r/2"]
    assert len(result.duplicates) == 2  # r/4 says what r/1 says; r/3 is in both tables
    first = result.reports.set_index("document").loc["r/1"]
    assert (first["sentences_in_what"], first["sentences_in_why"], first["n_hindsight_biased"]) == (1, 1, 1)
    sentences = result.sentences.query("document == 'r/1'")
    assert sentences["section"].tolist() == ["what", "why"]
    assert result.failures["cause"].tolist() == ["has no text in 'what', 'why' (a row of one.csv)"]
    (note,) = (note for note in result.summary["notes"] if "identifier" in note)
    assert note == "2 rows have an identifier of another, and a number behind it: r/1#6, r/3 (2)."


def test_files_about_a_folder_are_no_reports_unless_they_are_named(tmp_path, reviews):
    for name in ("README.md", "2019/readme", "LICENSE.txt", "Licensed premises.md", "Readmeeting.md"):
        (reviews / name).write_text(TOLD + name)
    result = run(reviews, tmp_path / "audit")
    passed = result.failures[result.failures["cause"].str.contains("README")]
    assert sorted(passed["document"]) == ["LICENSE.txt", "README.md"]
    assert set(passed["kind"]) == {"skipped"}
    assert {"Licensed premises.md", "Readmeeting.md"} <= set(result.reports["document"])
    assert {"2019/readme", "README.md"} <= accounted(result)
    assert any("2 files named README or LICENSE were passed over" in note for note in result.summary["notes"])
    assert run(reviews / "README.md", tmp_path / "named").reports["document"].tolist() == ["README.md"]


def test_real_coroners_reports_are_all_accounted_for(tmp_path, shared):
    rows = pd.read_csv(shared / "pfd" / "reports.csv").iloc[::20]
    table = tmp_path / "reports.csv"
    rows.to_csv(table, index=False)
    result = run(table, tmp_path / "audit", text_columns=["circumstances", "concerns"], id_column="url", metadata=table)
    assert accounted(result) == set(rows["url"])
    assert result.summary["metadata_columns"] == ["id", "date", "coroner", "area", "receiver", "investigation"]
    areas = rows.set_index("url")["area"]
    assert all(areas[row.document] == row.area for row in result.reports.dropna(subset="area").itertuples())
