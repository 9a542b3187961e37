"""What the page of an audit says is what is in its tables."""

import re
from dataclasses import replace

import pandas as pd
from made_up import agreed
from pdf_writer import Page, write_pdf
from selectolax.lexbor import LexborHTMLParser

from bias_detect.auditing.highlights import PER_REPORT, PICKED, pick_highlights
from bias_detect.auditing.report import render_report
from bias_detect.auditing.run import audit
from bias_detect.labels import shown


def test_the_page_says_what_was_audited_and_how_much(result, page):
    text = page.body.text(separator=" ")
    counted = result.summary["sentences"]["counted"]
    for said in (
        "Audit of 25 reports",
        f"{counted:,}",
        f"{result.summary['words']:,}",
        "default",
        "2 documents were not scored",
    ):
        assert said in text
    assert f"in {counted:,} sentences" in page.css_first("#shares ~ .scroll caption").text()


def test_overall_shares_are_those_of_the_summary(result, page):
    prevalence = result.summary["prevalence"]
    shares = prevalence["by_method"][prevalence["lead"]]
    rows = {row.css_first("th .chip").text(): row for row in page.css("#shares ~ .scroll tbody tr")}
    assert len(rows) == 3
    for label, name in (("descriptive", "descriptive"), ("hindsight_biased", "hindsight-biased")):
        (row,) = (row for chip, row in rows.items() if name in chip)
        cells = [cell.text() for cell in row.css("td")]
        assert cells[0] == f"{shares[label]['value']:.1%}"
        assert cells[1] == f"{shares[label]['low']:.1%} to {shares[label]['high']:.1%}"


def test_corrected_shares_stand_beside_those_as_labelled(result):
    summary = agreed(result).summary
    raw = summary["prevalence"]["by_method"]["raw"]
    moved = {"descriptive": 0.5, "explanatory": 0.3, "hindsight_biased": 0.2}
    summary["prevalence"]["lead"] = "adjusted"
    summary["prevalence"]["by_method"]["adjusted"] = {
        label: {"value": value, "low": value - 0.1, "high": value + 0.1, "projected": label == "descriptive"}
        for label, value in moved.items()
    }
    reports = result.reports.assign(
        **{
            f"corrected_{label}{end}": result.reports[f"share_{label}{end}"]
            for label in moved
            for end in ("", "_low", "_high")
        }
    )
    text = LexborHTMLParser(render_report(replace(result, summary=summary, reports=reports))).body.text(separator=" ")
    assert "about 20 (10 to 30) judge practice with hindsight" in text
    for said in ("20.0%", f"{raw['hindsight_biased']['value']:.1%}", "adjusted count", "below 0 or above 100%"):
        assert said in text


def test_corrections_that_disagree_make_the_headline_a_range_and_the_rest_a_plain_count(result, page):
    prevalence = result.summary["prevalence"]  # made-up prose, of which the model knows little
    raw, ranges = prevalence["by_method"]["raw"], prevalence["ranges"]
    apart, adjusted = prevalence["disagreement"], prevalence["by_method"]["adjusted"]
    ours, theirs = adjusted[apart["label"]]["value"], apart["shares"][apart["label"]]["value"]
    header = " ".join(page.css_first("header").text().split())
    said = f"{shown(apart['label'])} (adjusted count {ours:.1%}, expectation-maximisation {theirs:.1%}): this prose may"
    assert f"The corrections disagree on {said}" in header
    assert "corpus sample" in header
    rows = page.css("#shares ~ .scroll tbody tr")
    for row, label in zip(rows, raw, strict=True):
        values = [table[label]["value"] for table in (adjusted, apart["shares"], raw)]
        assert [cell.text() for cell in row.css("td")][::2] == [f"{value:.1%}" for value in values]
    judged = ranges["hindsight_biased"]
    assert f"between {100 * judged['low']:.0f} and {100 * judged['high']:.0f} judge practice with hindsight" in header
    assert f"{raw['hindsight_biased']['value']:.1%} hindsight-biased" in header
    for shares in (raw, prevalence["by_method"]["adjusted"], prevalence["disagreement"]["shares"]):
        for label, share in shares.items():
            assert ranges[label]["low"] <= share["low"] <= share["high"] <= ranges[label]["high"]
    for name, said in (("reports", "as counted"), ("groups", "as counted")):
        assert said in page.css_first(f"#{name}").parent.css_first(".notice").text()
    group = result.groups.query("column == 'kind' and value == 'adult'").iloc[0]
    rows = page.css_first("#groups").parent.css("tbody tr")
    (row,) = (row for row in rows if row.css_first("th").text() == "adult")
    assert row.css("td")[2].text() == f"{group['share_hindsight_biased']:.1%}"
    for name in ("reports.csv", "groups.csv"):
        assert pd.read_csv(result.folder / name)["correction_doubtful"].all()


def test_the_page_and_the_note_count_the_same_documents(tmp_path, reviews):
    (reviews / "photo.jpeg").write_bytes(b"no")
    (reviews / "broken.pdf").write_bytes(b"no")
    result = audit(reviews, tmp_path / "out")
    page = LexborHTMLParser((result.folder / "report.html").read_text(encoding="utf-8"))
    assert "2 documents were not scored (1 passed over)" in page.css_first("#audited").parent.text()
    assert "documents not scored2" in page.css_first(".tiles").text()
    assert result.summary["notes"][0].startswith("2 of 8 documents were not scored")


def test_shares_that_are_none_are_told_once(tmp_path):
    (tmp_path / "a.txt").write_text("The nurse rang the ward. The letter came in May. He was seen in June.")
    result = audit(tmp_path / "a.txt", tmp_path / "out")
    (note,) = (note for note in result.summary["notes"] if "below 0 or above 1" in note)
    assert "in all reports together and in 1 of 1 report (column projected)" in note
    left_out = [note for note in result.summary["notes"] if "left out" in note]
    assert not any(re.search(r"([\d.]+%) against \1", note) for note in left_out)


def test_pages_are_said_to_be_those_of_pdf_files(page):
    assert "pages of PDF files2" in page.css_first(".tiles").text()


def test_every_report_is_a_row_and_every_failure_is_told(result, page):
    named = {row.css_first("th").text() for row in page.css("#reports ~ details tbody tr")}
    assert named == set(result.reports["document"])
    rows = {row.css_first("th").text(): row.text() for row in page.css("#failures ~ .scroll tbody tr")}
    assert set(rows) == {"broken.docx", "empty.txt"}
    for failure in result.failures.itertuples():
        assert failure.cause in rows[failure.document]
        assert failure.next_step in rows[failure.document]


def test_limits_are_said_in_plain_words(page):
    text = page.css_first("#method").parent.text(separator=" ")
    assert "A flag is a question" in text
    assert "No person has labelled the sentences that the model learned from" in text
    assert "Language-model annotators" in text


def test_sentences_to_read_say_where_they_stand(result, page):
    section = page.css_first("#sentences").parent
    text = " ".join(section.text(separator=" ").split())
    picked = pick_highlights(result, ["hindsight_biased", "explanatory"])
    rows = [row for rows in (*picked.surest.values(), picked.uncertain) for row in rows]
    assert len(rows) > PICKED
    for row in rows:
        where = "" if row["page"] is None else f"page {row['page']}, "
        assert f"{row['document']} , {where}paragraph {row['paragraph']}" in text
    assert section.css("mark")
    quoted = {quote.text() for quote in section.css("blockquote")}
    assert quoted == {row["sentence"] for row in rows}


def test_a_sentence_of_a_pdf_has_its_page(tmp_path):
    write_pdf(
        tmp_path / "inquest.pdf",
        [
            Page().at(72, 700, "The nurse rang the ward on the first day and was told to wait."),
            Page().at(72, 700, "It was obvious that he was in grave danger and would be killed."),
        ],
    )
    result = audit(tmp_path / "inquest.pdf", tmp_path / "out")
    page = LexborHTMLParser((result.folder / "report.html").read_text(encoding="utf-8"))
    text = " ".join(page.css_first("#sentences").parent.text(separator=" ").split())
    assert f"inquest.pdf , page 2, paragraph {result.sentences['paragraph'].iloc[-1]}" in text


def test_the_surest_sentences_are_picked(result):
    picked = pick_highlights(result, ["hindsight_biased"])
    rows = pd.DataFrame(picked.surest["hindsight_biased"])
    everything = result.sentences
    counted = everything[everything["set_aside"].isna() & (everything["label"] == "hindsight_biased")]
    assert len(rows) == PICKED
    assert rows["confidence"].is_monotonic_decreasing
    assert rows["confidence"].iloc[0] == counted["confidence"].max()
    assert rows["sentence"].is_unique
    assert rows["document"].value_counts().max() <= PER_REPORT
    left = counted[~counted["document"].isin(rows["document"]) & ~counted["sentence"].isin(rows["sentence"])]
    assert left["confidence"].max() <= rows["confidence"].iloc[-1]
    unsure = pd.DataFrame(picked.uncertain)
    assert unsure["uncertain"].all()
    assert unsure["confidence"].is_monotonic_increasing


def test_few_reports_that_hold_most_sentences_are_told_with_the_mean_over_reports(tmp_path, reviews, prose):
    even = audit(reviews, tmp_path / "even")
    assert not any("mostly" in note for note in even.summary["notes"])
    page = LexborHTMLParser((even.folder / "report.html").read_text(encoding="utf-8"))
    assert "The mean over reports, in which each counts alike" in page.css_first("#shares").parent.text()

    (reviews / "long.txt").write_text(" ".join(f"Staff should have seen danger {n}." for n in range(300)))
    result = audit(reviews, tmp_path / "out")
    (note,) = (note for note in result.summary["notes"] if "mostly" in note)
    held = result.reports["sentences"].max() / result.reports["sentences"].sum()
    assert note.startswith(
        f"1 of 7 reports holds {held:.0%} of the sentences, so that the overall shares are mostly its own."
    )
    mean = result.summary["mean_over_reports"]["raw"]["hindsight_biased"]
    assert abs(mean["value"] - result.reports["share_hindsight_biased"].mean()) < 1e-6
    assert mean["low"] < mean["value"] < mean["high"]
    assert result.summary["prevalence"]["by_method"]["raw"]["hindsight_biased"]["value"] > 2 * mean["value"]
    page = LexborHTMLParser((result.folder / "report.html").read_text(encoding="utf-8"))
    assert note in [notice.text().removeprefix("▲ ") for notice in page.css_first("#shares").parent.css(".notice")]
