"""Sentences of an audit that people have labelled: what they are worth, and what is no sample."""

import pandas as pd
import pytest
from audits import LABELS, run

from bias_detect.annotation.draw import draw
from bias_detect.annotation.population import of_audit
from bias_detect.annotation.strata import Stratum
from bias_detect.errors import UsageError


def drawn(folder, path, size, *, exclude=(), **options) -> pd.DataFrame:
    """Draw a sample of an audit into a file, labelled as if nothing were judged."""
    rows = draw(of_audit(folder), size, exclude=exclude, **options).rows
    table = pd.DataFrame(
        {"document": row.document, "sentence_id": row.sentence_id, "sentence": row.sentence, "label": "descriptive"}
        | {"inclusion": row.extra["inclusion"]}
        for row in rows
    )
    table.to_csv(path, index=False)
    return table


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
        ("document,sentence_id,label\n", "validated.csv: holds no sentences"),
        ("document,sentence_id,label\nann.md,p3s1,\n", "no row has a label"),
        ("document,sentence_id,label\nann.md,p3s1,\nann.md,p3s2,explanatory\n", "row 2 has no label"),
        ("document,sentence_id,label\nann.md,p3s1,wrong\n", "has the label 'wrong'"),
        ("document,sentence_id,label\nann.md,p99s1,descriptive\n", "sentence p99s1 of ann.md is not in this audit"),
        ("document,sentence_id,label\nzoe.md,p1s1,descriptive\n", "document zoe.md is not in this audit"),
        ("document,sentence_id,label\n" + "ann.md,p3s1,descriptive\n" * 2, "row 3 names a sentence"),
        ("document,sentence_id,label,inclusion\nann.md,p3s1,descriptive,\n", "no such number in the column"),
        ("document,sentence_id,label,inclusion\nann.md,p3s1,descriptive,1.5\n", "no such number in the column"),
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
    path.write_text("document,sentence_id,label\n" + "".join(f"ann.md,p3s{place},?\n" for place in range(12)))
    with pytest.raises(UsageError, match=r"row 11 has the label '\?', which the model has not, and 2 more are wrong"):
        run(reviews, tmp_path / "audit", validated=path)
    path.write_text("document,sentence_id,label\nann.md,p99s1,descriptive\nzoe.md,p1s1,descriptive\n")
    with pytest.raises(UsageError, match=r"sentence p99s1 of ann.md is not in.*document zoe.md is not in"):
        run(reviews, tmp_path / "audit", validated=path)


def test_a_sample_that_was_drawn_before_reports_were_added_is_refused(tmp_path, reviews, prose):
    run(reviews, tmp_path / "audit")
    path = tmp_path / "sample.csv"
    first = drawn(tmp_path / "audit", path, 20)
    lead = run(reviews, tmp_path / "audit", validated=path).summary["prevalence"]["lead"]
    assert lead == "prediction_powered"
    for seed in range(3):
        (reviews / f"new-{seed}.md").write_text(prose(50 + seed, sentences=40))
    with pytest.raises(UsageError, match=r"sample.csv: the sample was drawn from about (\d+) of the \d+ .*--exclude"):
        run(reviews, tmp_path / "audit", validated=path)

    run(reviews, tmp_path / "audit")  # as the error says: draw the rest, and put both together
    rest = drawn(tmp_path / "audit", tmp_path / "rest.csv", 30, exclude=[path])
    pd.concat([first.assign(inclusion=1.0), rest]).to_csv(path, index=False)
    lead = run(reviews, tmp_path / "audit", validated=path).summary["prevalence"]["lead"]
    assert lead == "prediction_powered"


def test_a_sample_of_which_rows_were_left_out_is_refused(tmp_path, reviews):
    run(reviews, tmp_path / "audit")
    path = tmp_path / "sample.csv"
    drawn(tmp_path / "audit", path, 20).iloc[:8].to_csv(path, index=False)
    with pytest.raises(UsageError, match="rows of it are missing"):
        run(reviews, tmp_path / "audit", validated=path)


@pytest.mark.parametrize(
    "options",
    [
        {"by": [Stratum.LABEL], "equal": True},
        {"by": [Stratum.DOCUMENT], "equal": True},
        {"by": [Stratum.SECTION]},
        {"uncertain": True},
    ],
)
def test_a_sample_that_prefers_some_sentences_is_no_stale_one(tmp_path, reviews, options):
    run(reviews, tmp_path / "audit")
    path = tmp_path / "sample.csv"
    for seed in range(4):
        drawn(tmp_path / "audit", path, 20, seed=seed, **options)
        result = run(reviews, tmp_path / "audit", validated=path)
        assert result.summary["prevalence"]["lead"] == "prediction_powered"


def test_labels_may_be_written_as_they_are_shown_and_decimals_as_a_spreadsheet_writes_them(tmp_path, reviews):
    first = run(reviews, tmp_path / "audit")
    rows = first.sentences.query("set_aside.isna()")[["document", "sentence_id"]]
    path = tmp_path / "sample.csv"
    rows.assign(label=["Hindsight-biased", "descriptive "] * (len(rows) // 2), inclusion="1,0").to_csv(path, sep=";")
    result = run(reviews, tmp_path / "audit", validated=path)
    shares = result.summary["prevalence"]["by_method"]["prediction_powered"]
    assert [shares[label]["value"] for label in LABELS] == pytest.approx([0.5, 0, 0.5])


def test_a_document_whose_name_a_further_path_has_changed_is_explained(tmp_path, reviews):
    first = run(reviews / "ann.md", tmp_path / "audit")
    path = tmp_path / "sample.csv"
    first.sentences.query("set_aside.isna()")[["document", "sentence_id", "label"]].to_csv(path, index=False)
    (tmp_path / "elsewhere.md").write_text("The nurse rang the ward.")
    with pytest.raises(UsageError) as raised:
        run([reviews / "ann.md", tmp_path / "elsewhere.md"], tmp_path / "audit", validated=path)
    assert "document ann.md is not in this audit (it has reviews/ann.md)" in str(raised.value)
    assert "a path that is added changes the names" in str(raised.value)
