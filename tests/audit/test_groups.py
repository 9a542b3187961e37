"""Groups of reports in an audit and on its page: raw and corrected, and when neither is to be quoted."""

import numpy as np
import pandas as pd
import pytest
from made_up import LABELS, agreed
from selectolax.lexbor import LexborHTMLParser

from bias_detect.auditing.counting import adjusted_count, raw_share
from bias_detect.auditing.groups import MOST_GROUPS
from bias_detect.auditing.report import render_report
from bias_detect.auditing.run import audit
from bias_detect.auditing.settings import ModelSource


def test_groups_do_not_contradict_the_validated_sentences_without_a_word(tmp_path, reviews):
    about, path = tmp_path / "about.csv", tmp_path / "validated.csv"
    about.write_text("file,year\nann.md,2019\nben.md,2020\n")
    first = audit(reviews, tmp_path / "out", report=False)
    counted = first.sentences.query("set_aside.isna()")[["document", "sentence_id"]]
    counted.assign(label="descriptive").to_csv(path, index=False)  # the person disagrees with every flag
    result = audit(reviews, tmp_path / "out", metadata=about, validated=path)
    page = LexborHTMLParser((result.folder / "report.html").read_text(encoding="utf-8"))
    assert "between" not in page.css_first(".lead").text()
    assert "The corrections disagree" not in page.body.text()
    for name in ("reports", "groups"):
        section = page.css_first(f"#{name}").parent
        assert "the validated sentences contradict the adjusted count" in section.css_first(".notice").text()
    assert pd.read_csv(result.folder / "groups.csv")["correction_doubtful"].all()
    assert any("Do not quote the columns corrected_" in note for note in result.summary["notes"])


def test_metadata_columns_are_drawn_by_value_and_by_year(page):
    section = page.css_first("#groups").parent
    assert [heading.text() for heading in section.css("h3")] == ["year", "published (by year)", "kind"]
    tables = [[row.css_first("th").text() for row in table.css("tbody tr")] for table in section.css("table")]
    assert tables[0] == [*map(str, range(2012, 2018)), "not given"]
    assert tables[1][:2] == ["2012", "2013"]


def test_columns_that_make_no_groups_are_named_with_the_reason(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    rows = ["file,author,title,country,kind"]
    for place in range(MOST_GROUPS + 2):
        (folder / f"{place}.txt").write_text(f"Nurse number {place} rang the ward.")
        rows.append(f"{place}.txt,author {place // 2 * 2 if place < 2 else place},title {place},here,{place % 2}")
    (tmp_path / "about.csv").write_text("\n".join(rows))
    result = audit(folder, tmp_path / "out", metadata=tmp_path / "about.csv")
    assert set(result.groups["column"]) == {"kind"}
    page = LexborHTMLParser((result.folder / "report.html").read_text(encoding="utf-8"))
    text = page.css_first("#groups").parent.text()
    why = f"{MOST_GROUPS + 1} values, more than {MOST_GROUPS}"
    assert f"Not drawn: author, which has {why}." in text
    assert "Not drawn: title, which has another value in each report." in text
    assert (
        f"No groups are made of author ({why}), title (another value in each report), country (one value only)."
        in result.summary["notes"]
    )


def test_groups_hold_the_raw_and_the_corrected_shares_of_their_reports(result):
    table = result.groups[result.groups["column"] == "kind"].set_index("value")
    assert table.index.tolist() == ["adult", "child", "not given"]
    assert table["reports"].sum() == len(result.reports)
    assert table["sentences"].sum() == result.summary["sentences"]["counted"]
    calibration = ModelSource.find("default").calibration
    for value, row in table.iterrows():
        part = result.reports[result.reports["kind"].fillna("not given") == value]
        counts = part[[f"n_{label}" for label in LABELS]].to_numpy()
        predicted = np.repeat(np.tile(np.arange(3), len(part)), counts.ravel())
        documents = np.repeat(part["document"].to_numpy(), counts.sum(axis=1))
        for stem, expected in (
            ("share", raw_share(LABELS, predicted, documents)),
            ("corrected", adjusted_count(LABELS, predicted, documents, calibration)),
        ):
            for share in expected:
                assert row[f"{stem}_{share.label}"] == pytest.approx(share.value, abs=1e-5)
                assert row[f"{stem}_{share.label}_low"] == pytest.approx(share.low, abs=0.05)
                assert row[f"{stem}_{share.label}_high"] == pytest.approx(share.high, abs=0.05)
            assert expected[0].projected == (stem == "corrected" and row["projected"])
    written = pd.read_csv(result.folder / "groups.csv")
    assert written.columns.tolist() == result.groups.columns.tolist()
    assert written["corrected_explanatory"].tolist() == result.groups["corrected_explanatory"].tolist()


def test_the_page_gives_groups_corrected_and_as_labelled(result):
    page = LexborHTMLParser(render_report(agreed(result)))
    section = page.css_first("#groups").parent
    assert "corrected by the adjusted count" in section.text()
    group = result.groups.query("column == 'kind' and value == 'adult'").iloc[0]
    (row,) = (row for row in section.css("tbody tr") if row.css_first("th").text() == "adult")
    cells = [cell.text() for cell in row.css("td")]
    ends = (group[f"corrected_hindsight_biased_{end}"] for end in ("low", "high"))
    assert cells[2] == f"{group['corrected_hindsight_biased']:.1%}"
    assert cells[3] == " to ".join(f"{end:.1%}" for end in ends)
    assert cells[4] == f"{group['share_hindsight_biased']:.1%}"
    assert cells[2] != cells[4]


def test_groups_without_a_calibration_are_as_labelled_and_the_page_says_so(tmp_path, reviews, two_class_bundle):
    about = tmp_path / "about.csv"
    about.write_text("file,year\nann.md,2019\nben.md,2020\n")
    result = audit(reviews, tmp_path / "out", metadata=about, model=two_class_bundle)
    assert result.groups[["corrected_told", "projected"]].isna().all(axis=None)
    page = LexborHTMLParser((result.folder / "report.html").read_text(encoding="utf-8"))
    text = page.css_first("#groups").parent.text()
    assert "Shares as labelled, without correction" in text
    assert "corrected" not in text


def test_reports_and_groups_say_where_shares_were_projected(tmp_path, reviews):
    (reviews / "plain.txt").write_text("The nurse rang the ward. The letter came in May. He was seen in June.")
    about = tmp_path / "about.csv"
    about.write_text("file,kind\nplain.txt,short\nann.md,long\nben.md,long\n")
    result = audit(reviews, tmp_path / "out", metadata=about)
    reports = result.reports.set_index("document")
    assert reports.loc["plain.txt", "projected"]
    groups = result.groups.set_index("value")
    assert groups.loc["short", "projected"]
    assert groups.loc["short", "corrected_descriptive"] == 1
    number = int(reports["projected"].sum())
    assert any(f"came out below 0 or above 1 in {number} of 7 reports" in note for note in result.summary["notes"])
    page = LexborHTMLParser(render_report(agreed(result)))
    assert "the corrected shares came out below 0" in page.css_first("#groups").parent.text()
