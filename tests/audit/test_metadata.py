"""What else is known of the reports of an audit."""

import pandas as pd
import pytest
from audits import run

from bias_detect.auditing.metadata import join_metadata
from bias_detect.errors import CorpusError, UsageError


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
    assert any(
        "nothing of 3 of 6 reports: 2019/eve.md, 2020/eve.md, dan.md." in note for note in result.summary["notes"]
    )


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
    notes = run(reviews, tmp_path / "audit", metadata=about).summary["notes"]
    about.write_text("file,year\nann.md,2019\nann.md,2020\n")
    again = run(reviews, tmp_path / "audit", metadata=about).summary["notes"]
    assert "1 row of the metadata repeats a name in its column file: ann.md; the first row was taken." in again
    (note,) = (note for note in notes if "name no report" in note)
    assert note == (
        "7 rows of the metadata name no report in its column file: a row without a name, lost-0.pdf, lost-1.pdf, "
        "lost-2.pdf, lost-3.pdf and 2 more."
    )


def test_metadata_that_names_no_report_is_refused(tmp_path, reviews):
    about = tmp_path / "about.csv"
    about.write_text("file,year\nzoe.pdf,2019\n")
    done = []
    with pytest.raises(UsageError, match=r"about.csv: no column \(file, year\) names any of the reports \(2019/eve.md"):
        run(reviews, tmp_path / "audit", metadata=about, progress=done.append)
    assert not done  # it is said before the work
    (reviews / "zoe.pdf").write_bytes(b"nothing")
    with pytest.raises(UsageError, match=r"about\.csv: no column"):
        run(reviews, tmp_path / "audit", metadata=about)
    about.write_bytes(b"\xff\xfe")
    with pytest.raises(CorpusError):
        run(reviews, tmp_path / "audit", metadata=about)


@pytest.mark.parametrize("number", [str(2**63), str(-(2**63) - 1), "1" + "0" * 400])
def test_a_number_that_no_column_of_numbers_holds_stays_a_text(number):
    reports = pd.DataFrame({"document": ["ann.md", "ben.md"]})
    about = pd.DataFrame({"file": ["ann", "ben"], "code": [number, "7"], "year": ["2019", "2020"]}, dtype="object")
    joined, *_ = join_metadata(reports, about)
    assert joined["code"].tolist() == [number, "7"]
    assert joined["year"].tolist() == [2019, 2020]
