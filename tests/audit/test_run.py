"""An audit as an analyst sees it: what is in its tables, what is done again, and that nothing is lost."""

import json
import os

import docx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pdf_writer import Page, write_pdf

from bias_detect import score
from bias_detect.auditing.calibration import Calibration
from bias_detect.auditing.counting import adjusted_count
from bias_detect.auditing.result import AuditResult
from bias_detect.auditing.run import audit
from bias_detect.auditing.shares import ReportShares
from bias_detect.errors import CorpusError, DocumentError, ModelError, UsageError
from bias_detect.labels import Label

LABELS = [label.value for label in Label]
JUDGED = "Staff should have seen that he was in danger."
TOLD = "The nurse rang the ward."


def run(paths, folder, **options) -> AuditResult:
    return audit(paths, folder, report=False, **options)


def accounted(result: AuditResult) -> set[str]:
    names = [*result.reports["document"], *result.failures["document"], *result.duplicates["document"]]
    counts = result.summary["documents"]
    assert len(names) == len(set(names)) == counts["found"]
    assert counts["found"] == sum(counts[kind] for kind in ("scored", "duplicates", "failed", "skipped"))
    return set(names)


# What is found


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
    assert result.reports["document"].tolist() == ["again.txt"]
    assert result.duplicates["document"].tolist() == ["in.txt"]
    assert "out of the folder" in result.failures.set_index("document").loc["out.txt", "cause"]
    # A link that is named is meant.
    assert run(folder / "out.txt", tmp_path / "named").reports["sentences"].tolist() == [1]


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


# What is counted


def test_the_sentences_are_those_of_score(tmp_path, reviews):
    result = run(reviews / "ann.md", tmp_path / "audit")
    scored = score(reviews / "ann.md")
    sentences = result.sentences
    assert sentences.columns.tolist() == [*scored.columns, "set_aside"]
    for name in scored:
        assert sentences[name].dropna().tolist() == scored[name].dropna().tolist(), name
    whole = pd.read_parquet(result.sentences_path)
    assert whole["sentence"].tolist() == scored["sentence"].tolist()


def test_the_tables_count_what_is_in_the_sentences(tmp_path, reviews):
    result = run(reviews, tmp_path / "audit")
    sentences = result.sentences
    counted = sentences[sentences["set_aside"].isna()]
    assert len(counted) == result.reports["sentences"].sum() == result.summary["sentences"]["counted"]
    for document, rows in counted.groupby("document"):
        row = result.reports.set_index("document").loc[document]
        for label in LABELS:
            assert row[f"n_{label}"] == (rows["label"] == label).sum()
            assert row[f"share_{label}"] == pytest.approx((rows["label"] == label).mean(), abs=1e-6)
            assert row[f"share_{label}_low"] <= row[f"share_{label}"] <= row[f"share_{label}_high"]
        for section, part in rows.groupby("section"):
            assert row[f"sentences_in_{section}"] == len(part)
            assert row[f"share_explanatory_in_{section}"] == pytest.approx(
                (part["label"] == "explanatory").mean(), abs=1e-6
            )
        marks = sum(map(len, rows["signals"]))
        assert row["signals_per_100"] == pytest.approx(100 * marks / len(rows), abs=1e-5)
        explained = rows[rows["label"] == "explanatory"]["influences"]
        tools = sum(any(mark["influence"] == "tools" for mark in marks) for marks in explained)
        assert row["explained_by_tools"] == tools
    counts = counted["label"].value_counts().to_dict()
    assert result.summary["labels"] == {label: counts.get(label, 0) for label in LABELS}
    assert sum(result.summary["labels"].values()) > 40
    assert result.summary["explanation_to_hindsight"] == pytest.approx(
        counts["explanatory"] / counts["hindsight_biased"], abs=1e-6
    )


def test_what_is_written_is_what_is_returned(tmp_path, reviews):
    (reviews / "=cmd.md").write_text(TOLD)
    (reviews / "-broken.pdf").write_bytes(b"nothing")
    result = run(reviews, tmp_path / "audit")
    folder = tmp_path / "audit"
    assert json.loads((folder / "summary.json").read_text(encoding="utf-8")) == result.summary
    for name in ("reports.csv", "groups.csv", "failures.csv", "duplicates.csv"):
        assert (folder / name).read_bytes().startswith(b"\xef\xbb\xbf"), name  # or a spreadsheet garbles umlauts
    reports = pd.read_csv(folder / "reports.csv")
    assert reports.columns.tolist() == result.reports.columns.tolist()
    assert reports["document"].tolist()[-1] == "dan.md"
    assert "'=cmd.md" in reports["document"].tolist()  # no spreadsheet takes it for a formula
    pd.testing.assert_series_equal(reports["share_explanatory"], result.reports["share_explanatory"])
    assert pd.read_csv(folder / "failures.csv")["document"].tolist() == ["'-broken.pdf"]


def test_quotations_methods_and_recommendations_are_set_aside_unless_asked_for(tmp_path):
    draft = tmp_path / "draft.md"
    draft.write_text(
        f"## Terms of reference\n\n{JUDGED}\n\n## Findings\n\n{TOLD} “{JUDGED}”\n\n{JUDGED}\n\n"
        f"## Recommendations\n\n{JUDGED}\n"
    )
    result = run(draft, tmp_path / "audit")
    aside = {"heading": 1, "method": 2, "quotation": 1, "recommendations": 2}
    assert result.summary["sentences"]["set_aside"] == aside
    assert result.summary["labels"]["hindsight_biased"] == 1
    everything = run(draft, tmp_path / "all", count_all=True)
    assert everything.summary["labels"]["hindsight_biased"] == 4
    assert everything.summary["sentences"]["set_aside"] == {}
    asked = run(draft, tmp_path / "asked", section="recommendations")
    assert asked.summary["labels"]["hindsight_biased"] == 1


def test_a_report_without_the_section_has_no_shares_and_stops_nothing(tmp_path, reviews):
    (reviews / "bare.txt").write_text(TOLD)
    result = run(reviews, tmp_path / "audit", section="findings")
    bare = result.reports.set_index("document").loc["bare.txt"]
    assert bare["sentences"] == 0
    assert pd.isna(bare["share_descriptive"])
    assert set(result.summary["sections"]) == {"findings"}


def test_nothing_that_can_be_scored_is_an_audit_of_failures(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"nothing")
    result = run(tmp_path / "a.pdf", tmp_path / "audit")
    assert result.reports.empty
    assert result.summary["prevalence"]["by_method"] == {}
    assert len(result.failures) == 1
    assert list(result.iter_sentences()) == []


# Corrected shares


@settings(deadline=None, max_examples=25)
@given(
    counts=st.lists(st.lists(st.integers(0, 300), min_size=3, max_size=3), min_size=1, max_size=4),
    errors=st.integers(0, 4),
)
def test_corrected_shares_of_a_report_are_those_of_the_adjusted_count(counts, errors):
    confusion = np.array([[[20 - errors, errors, 0], [errors, 10, 1], [0, 1, 8]]] * 12)
    calibration = Calibration(confusion, np.array([0.5, 0.3, 0.2]))
    shares = list(ReportShares(LABELS, calibration).of(np.array(counts)))
    alone = [next(ReportShares(LABELS, calibration).of(np.array([row]))) for row in counts]
    assert shares == alone  # whatever other reports there are
    for row, (raw, corrected) in zip(counts, shares, strict=True):
        if not sum(row):
            assert (raw, corrected) == (None, None)
            continue
        predicted = np.repeat(np.arange(3), row)
        expected = adjusted_count(LABELS, predicted, ["r"] * len(predicted), calibration)
        for ours, theirs in zip(corrected, expected, strict=True):
            assert ours.value == pytest.approx(theirs.value, abs=1e-9)
            assert ours.low == pytest.approx(theirs.low, abs=0.05)
            assert ours.high == pytest.approx(theirs.high, abs=0.05)


def test_a_calibration_that_tells_nothing_apart_leaves_raw_shares():
    blind = Calibration(np.array([[[5, 5], [5, 5]]]), np.array([0.5, 0.5]))
    ((raw, corrected),) = ReportShares(["a", "b"], blind).of(np.array([[3, 1]]))
    assert raw[0].value == 0.75
    assert corrected is None


def test_corrected_shares_are_shares_with_intervals(tmp_path, reviews):
    result = run(reviews, tmp_path / "audit")
    corrected = result.reports[[f"corrected_{label}" for label in LABELS]]
    assert (corrected.sum(axis=1) - 1).abs().max() < 1e-5
    for label in LABELS:
        low, value, high = (result.reports[f"corrected_{label}{end}"] for end in ("_low", "", "_high"))
        assert ((low >= 0) & (low <= value) & (value <= high) & (high <= 1)).all()
        overall = result.summary["prevalence"]["by_method"]["adjusted"][label]
        assert 0 <= overall["low"] <= overall["value"] <= overall["high"] <= 1
    assert result.summary["prevalence"]["lead"] == "adjusted"


def test_without_a_calibration_there_are_raw_shares_and_the_summary_says_so(tmp_path, reviews, two_class_bundle):
    result = run(reviews, tmp_path / "audit", model=two_class_bundle)
    assert {"share_told", "share_judged"} <= set(result.reports)
    assert result.summary["explanation_to_hindsight"] is None
    assert result.summary["influences"] == {}
    assert result.reports[["explained_by_tools", "corrected_told"]].isna().all(axis=None)
    assert result.summary["prevalence"]["lead"] == "raw"
    assert any("raw shares only" in note for note in result.summary["notes"])


# What else is known


def test_metadata_joins_by_file_name_with_or_without_its_ending_and_keeps_its_types(tmp_path, reviews):
    about = tmp_path / "about.csv"
    about.write_text("area,file,year,code,sentences\nNorth,ANN,2019,007,x\nSouth,ben.md,2020,012,y\nSouth,cat,,,\n")
    result = run(reviews, tmp_path / "audit", metadata=about)
    assert result.summary["metadata_columns"] == ["area", "year", "code", "metadata_sentences"]
    reports = result.reports.set_index("document")
    assert reports.loc[["ann.md", "ben.md"], "year"].tolist() == [2019, 2020]
    assert reports.loc["ann.md", "code"] == "007"
    assert pd.isna(reports.loc["cat.md", "year"])
    assert reports.loc["dan.md"].isna()["area"]
    assert reports.loc["ann.md", "sentences"] > 10
    assert any("nothing of 3 of 6 reports" in note for note in result.summary["notes"])


def test_metadata_of_a_copy_is_that_of_the_report(tmp_path, reviews):
    for name in ("ann.md", "ben.md"):
        (reviews / f"zz-{name}").write_text((reviews / name).read_text())
    about = tmp_path / "about.csv"
    about.write_text("file,year\nzz-ann.md,2019\nben.md,2020\nzz-ben.md,2021\ncat.md,2022\n")
    result = run(reviews, tmp_path / "audit", metadata=about)
    years = result.reports.set_index("document")["year"]
    assert years[["ann.md", "ben.md", "cat.md"]].tolist() == [2019, 2020, 2022]
    (note,) = (note for note in result.summary["notes"] if "copies" in note)
    assert note.endswith("whose row was taken: ben.md (zz-ben.md).")
    assert not any("name no report" in note for note in result.summary["notes"])


def test_rows_of_the_metadata_that_name_no_report_are_named(tmp_path, reviews):
    (reviews / "broken.pdf").write_bytes(b"nothing")
    about = tmp_path / "about.csv"
    lost = "".join(f"lost-{place}.pdf,2020\n" for place in range(6))
    about.write_text(f"file,year\nANN,2019\nann.md,2019\nbroken.pdf,2018\n,2021\n{lost}")
    (note,) = (
        note for note in run(reviews, tmp_path / "audit", metadata=about).summary["notes"] if "name no report" in note
    )
    assert note == (
        "7 rows of the metadata name no report in its column file: a row without a name, lost-0.pdf, lost-1.pdf, "
        "lost-2.pdf, lost-3.pdf and 2 more."
    )


def test_metadata_that_names_no_report_is_refused(tmp_path, reviews):
    about = tmp_path / "about.csv"
    about.write_text("file,year\nzoe.pdf,2019\n")
    with pytest.raises(UsageError, match="no column names any of the reports"):
        run(reviews, tmp_path / "audit", metadata=about)
    about.write_bytes(b"\xff\xfe")
    with pytest.raises(CorpusError):
        run(reviews, tmp_path / "audit", metadata=about)


def test_a_validated_sample_gives_the_prediction_powered_shares(tmp_path, reviews):
    first = run(reviews, tmp_path / "audit")
    sample = first.sentences.query("set_aside.isna()").sample(40, random_state=1)[["document", "sentence_id", "label"]]
    sample["label"] = "descriptive"  # the person disagrees with every flag
    path = tmp_path / "validated.csv"
    sample.to_csv(path, index=False)
    result = run(reviews, tmp_path / "audit", validated=path)
    assert result.summary["prevalence"]["lead"] == "prediction_powered"
    powered = result.summary["prevalence"]["by_method"]["prediction_powered"]
    raw = result.summary["prevalence"]["by_method"]["raw"]
    assert powered["descriptive"]["value"] > raw["descriptive"]["value"] + 0.1
    word = "correction_doubtful"
    pd.testing.assert_frame_equal(result.reports.drop(columns=word), first.reports.drop(columns=word))
    assert any("no column inclusion" in note and "simple random sample" in note for note in result.summary["notes"])
    sample.assign(inclusion=0.5).to_csv(path, index=False)
    given = run(reviews, tmp_path / "audit", validated=path)
    assert not any("simple random sample" in note for note in given.summary["notes"])


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("document,sentence_id\nann.md,p1s1\n", "no column 'label'"),
        ("document,sentence_id,label\nann.md,p3s1,\n", "row 2 has no label"),
        ("document,sentence_id,label\nann.md,p3s1,wrong\n", "has the label 'wrong'"),
        ("document,sentence_id,label\nann.md,p99s1,descriptive\n", "sentence p99s1 of ann.md is not in this audit"),
        ("document,sentence_id,label\nzoe.md,p1s1,descriptive\n", "document zoe.md is not in this audit"),
        ("document,sentence_id,label\n" + "ann.md,p3s1,descriptive\n" * 2, "row 3 names a sentence"),
        ("document,sentence_id,label,inclusion\nann.md,p3s1,descriptive,\n", "no number in the column 'inclusion'"),
    ],
)
def test_a_sample_that_is_none_is_refused(tmp_path, reviews, rows, says):
    path = tmp_path / "validated.csv"
    path.write_text(rows)
    with pytest.raises(UsageError, match=says):
        run(reviews, tmp_path / "audit", validated=path)


def test_all_that_is_wrong_in_a_sample_is_said_at_once(tmp_path, reviews):
    path = tmp_path / "validated.csv"
    path.write_text("document,sentence_id,label\nann.md,p3s1,\nann.md,p3s2,descriptive\nann.md,p3s3,wrong\n")
    with pytest.raises(UsageError, match=r"row 2 has no label.*row 4 has the label 'wrong'") as raised:
        run(reviews, tmp_path / "audit", validated=path)
    assert "row 3" not in str(raised.value)
    path.write_text("document,sentence_id,label\n" + "".join(f"ann.md,p3s{place},\n" for place in range(12)))
    with pytest.raises(UsageError, match=r"row 11 has no label, and 2 more are wrong"):
        run(reviews, tmp_path / "audit", validated=path)
    path.write_text("document,sentence_id,label\nann.md,p99s1,descriptive\nzoe.md,p1s1,descriptive\n")
    with pytest.raises(UsageError, match=r"sentence p99s1 of ann.md is not in.*document zoe.md is not in"):
        run(reviews, tmp_path / "audit", validated=path)


# What is done again


def test_a_second_run_does_only_what_is_new_or_changed(tmp_path, reviews, prose):
    folder = tmp_path / "audit"
    run(reviews, folder)
    before = {path.name: path.stat().st_mtime_ns for path in (folder / "sentences").iterdir()}
    steps = []
    run(reviews, folder, progress=steps.append)
    assert [(step.done, step.total) for step in steps] == [(6, 6)]
    assert {path.name: path.stat().st_mtime_ns for path in (folder / "sentences").iterdir()} == before

    (reviews / "ann.md").write_text(prose(90))
    (reviews / "new.md").write_text(prose(91))
    (reviews / "ben.md").unlink()
    steps.clear()
    result = run(reviews, folder, progress=steps.append)
    assert (steps[0].done, steps[-1].done, steps[-1].total) == (4, 6, 6)
    assert steps[-1].part == 1
    assert result.reports["document"].tolist() == ["2019/eve.md", "2020/eve.md", "ann.md", "cat.md", "dan.md", "new.md"]
    after = {path.name: path.stat().st_mtime_ns for path in (folder / "sentences").iterdir()}
    assert len(after) == 6
    assert sum(before.get(name) == stamp for name, stamp in after.items()) == 4

    steps.clear()
    run(reviews, folder, progress=steps.append, fresh=True)
    assert steps[0].done == 0


def test_a_renamed_report_keeps_its_sentences_under_its_new_name(tmp_path, reviews, contents):
    run(reviews, tmp_path / "audit")
    (reviews / "ann.md").rename(reviews / "zoe.md")
    renamed = run(reviews, tmp_path / "audit")
    anew = run(reviews, tmp_path / "anew")
    assert set(renamed.sentences["document"]) == set(renamed.reports["document"]) == {*anew.reports["document"]}
    assert contents(tmp_path / "audit") == contents(tmp_path / "anew")


def test_what_the_sentences_depend_on_is_scored_anew(tmp_path, reviews, two_class_bundle):
    folder = tmp_path / "audit"
    run(reviews, folder)
    for options in ({"section": "findings"}, {"count_all": True}, {"encoding": "cp1252"}, {"model": two_class_bundle}):
        steps = []
        run(reviews, folder, progress=steps.append, **options)
        assert steps[0].done == 0, options
        assert len(list((folder / "sentences").iterdir())) == 6


def test_a_damaged_file_of_sentences_is_made_again(tmp_path, reviews, contents):
    folder = tmp_path / "audit"
    run(reviews, folder)
    good = contents(folder)
    first, second, *_ = sorted((folder / "sentences").iterdir())
    first.write_bytes(first.read_bytes()[:-40])
    second.write_bytes(b"")
    run(reviews, folder)
    assert contents(folder) == good


def test_the_tables_are_the_same_whatever_the_order_and_the_number_of_processes(tmp_path, reviews, contents):
    (reviews / "broken.pdf").write_bytes(b"nothing")
    (reviews / "again.md").write_text((reviews / "ann.md").read_text())
    run(reviews, tmp_path / "one")
    run(sorted(reviews.iterdir(), reverse=True), tmp_path / "two", jobs=2)
    run(reviews / "cat.md", tmp_path / "three")
    run(reviews, tmp_path / "three")
    assert contents(tmp_path / "one") == contents(tmp_path / "two") == contents(tmp_path / "three")
    assert not [path for path in (tmp_path / "two" / "sentences").iterdir() if path.name.startswith(".")]


# What can go wrong


def test_a_folder_that_holds_other_things_is_left_alone(tmp_path, reviews):
    with pytest.raises(UsageError, match="is both audited and the folder for the results"):
        run(reviews, reviews)
    with pytest.raises(UsageError, match="holds other things"):
        run(reviews / "ann.md", reviews)
    assert not (reviews / "reports.csv").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="holds other things"):
        run(reviews, tmp_path / "file")


def test_the_audit_may_stand_in_the_folder_that_is_audited(tmp_path, reviews):
    first = run(reviews, reviews / "audit")
    second = run(reviews, reviews / "audit")
    assert accounted(first) == accounted(second)
    assert len(second.reports) == 6


def test_two_audits_do_not_write_to_one_folder(tmp_path, reviews):
    def again(_):
        with pytest.raises(UsageError, match="another audit is writing"):
            run(reviews, tmp_path / "audit")

    run(reviews, tmp_path / "audit", progress=again)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"paths": []}, UsageError, "nothing to audit"),
        ({"paths": "missing"}, DocumentError, "does not exist"),
        ({"model": "missing"}, ModelError, "no such model"),
        ({"jobs": 0}, UsageError, "do no work"),
        ({"section": "finding"}, UsageError, "not a kind of section"),
        ({"encoding": "utf-9"}, UsageError, "utf-9"),
        ({"id_column": "url"}, UsageError, "text column"),
        ({"metadata": "missing.csv"}, CorpusError, "no such file"),
        ({"validated": "missing.csv"}, CorpusError, "no such file"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_any_work(tmp_path, reviews, options, error, says):
    given = {"paths": reviews, **options}
    with pytest.raises(error, match=says):
        run(given.pop("paths"), tmp_path / "audit", **given)
    assert not (tmp_path / "audit").exists()


def test_an_empty_folder_is_said_to_be_empty(tmp_path):
    (tmp_path / "reviews").mkdir()
    with pytest.raises(UsageError, match="no documents were found"):
        run(tmp_path / "reviews", tmp_path / "audit")


def test_a_document_that_changes_while_it_is_read_is_not_mixed_up(tmp_path, reviews):
    def change(step):
        if step.done == 0:
            (reviews / "ann.md").write_text("He was seen later. " * 50)

    result = run(reviews, tmp_path / "audit", progress=change)
    assert result.failures[["document", "cause"]].to_numpy().tolist() == [["ann.md", "changed while it was read"]]
    assert "ann.md" in run(reviews, tmp_path / "audit").reports["document"].tolist()
