"""What an audit reads but does not count: headings, notes, and the sections that tell of no practice."""

from pathlib import Path

import pytest

from bias_detect.auditing.run import audit

JUDGED = "Staff should have seen that he was in danger."
TOLD = "The nurse rang the ward."


def set_aside(path: Path, text: str, **options: bool) -> dict[str, int]:
    """Return how many sentences of a draft are set aside, by reason."""
    path.write_text(text, encoding="utf-8")
    result = audit(path, path.parent / "audit", jobs=1, **options)
    return result.summary["sentences"]["set_aside"]


def test_headings_and_footnotes_are_no_findings(tmp_path):
    text = f"## Findings\n\n### The school\n\n{JUDGED} {TOLD}[^1]\n\n[^1]: {JUDGED}\n"
    assert set_aside(tmp_path / "draft.md", text) == {"footnote": 1, "heading": 2}
    assert set_aside(tmp_path / "draft.md", text, count_all=True) == {}


def test_footnotes_of_a_page_are_no_findings(tmp_path):
    text = f'<h2>Findings</h2><p>{TOLD}</p><ol class="footnotes"><li>{JUDGED}</li><li>{TOLD}</li></ol>'
    assert set_aside(tmp_path / "draft.html", text) == {"footnote": 2, "heading": 1}


@pytest.mark.parametrize(
    "heading",
    [
        "Terms of reference",
        "Purpose of the review",
        "Statutory guidance",
        "Legal framework",
        "2.1 Scope and methodology",
    ],
)
def test_what_the_law_and_the_task_say_is_no_finding(tmp_path, heading):
    text = f"## {heading}\n\n{JUDGED}\n\n## The visits\n\n{JUDGED}\n"
    assert set_aside(tmp_path / "draft.md", text) == {"heading": 1, "method": 2}


@pytest.mark.parametrize("heading", ["How staff followed statutory guidance", "The police investigation"])
def test_practice_under_the_law_is_counted(tmp_path, heading):
    assert set_aside(tmp_path / "draft.md", f"## {heading}\n\n{JUDGED}\n") == {"heading": 1}
