"""What an audit refuses, and what gets in its way."""

import pytest
from audits import accounted, run

from bias_detect.errors import CorpusError, DocumentError, ModelError, UsageError


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


def test_a_result_shows_itself_in_a_line(tmp_path, reviews):
    (reviews / "broken.pdf").write_bytes(b"nothing")
    assert repr(run(reviews, tmp_path / "audit")) == (
        f"<AuditResult in {str(tmp_path / 'audit')!r}: 7 found, 6 scored, 1 failed>"
    )
