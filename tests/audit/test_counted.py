"""What an audit counts: its tables are those of its sentences, and its corrected shares hold."""

import json

import numpy as np
import pandas as pd
import pytest
from audits import JUDGED, LABELS, TOLD, run
from hypothesis import given, settings
from hypothesis import strategies as st

from bias_detect import score
from bias_detect.auditing.calibration import Calibration
from bias_detect.auditing.counting import adjusted_count
from bias_detect.auditing.shares import ReportShares


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
