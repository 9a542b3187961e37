"""Sentences of an audit that people have labelled: what they are worth, and what is no sample."""

import pandas as pd
import pytest
from audits import run

from bias_detect.errors import UsageError


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
