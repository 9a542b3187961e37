"""Made-up reports, and what every page of an audit must be."""

import json
import random
import re
from dataclasses import replace

from selectolax.lexbor import LexborHTMLParser

from bias_detect.auditing.result import AuditResult

LABELS = ["descriptive", "explanatory", "hindsight_biased"]
PLACES = ["ward", "clinic", "school", "hostel", "surgery", "refuge", "custody suite", "day centre"]
PEOPLE = ["nurse", "teacher", "officer", "midwife", "social worker", "doctor", "key worker"]
UNSURE = [
    "The {who} did not know on day {n} what the {where} knew, and nobody had asked.",
    "Greater care at the {where} on day {n} was needed, as the {who} later said.",
]
TOLD = ["The {who} rang the {where} on day {n}.", "On day {n} the {who} wrote a note for the {where}."]
EXPLAINED = [
    "With {n} cases each, the {who} saw only the families in crisis.",
    "Because the {where} had no access to the record, the {who} relied on what the mother said on day {n}.",
    "The {who} believed that the {where} was visiting, and so closed the case on day {n}.",
]
JUDGED = [
    "The {who} should have seen on day {n} that he was in danger.",
    "It was obvious to anyone at the {where} on day {n} that she would be harmed.",
    "The {where} missed an opportunity to save her on day {n}.",
]
SECTIONS = ["Background", "Analysis", "Findings", "Conclusions"]


def made_up_report(rng: random.Random, judged: float, explained: float) -> str:
    """Return a report of four sections of made-up sentences."""
    parts = []
    for section in SECTIONS:
        parts.append(f"# {section}")
        for _ in range(3):
            sentences = []
            for _ in range(rng.randint(2, 4)):
                drawn = rng.random()
                kind = JUDGED if drawn < judged else EXPLAINED if drawn < judged + explained else TOLD + UNSURE
                shape = rng.choice(kind)
                sentences.append(shape.format(who=rng.choice(PEOPLE), where=rng.choice(PLACES), n=rng.randint(2, 400)))
            parts.append(" ".join(sentences))
    return "\n\n".join(
        [*parts, "# Recommendations", "The board should have seen a plan by March, and must see it now."]
    )


def agreed(result: AuditResult) -> AuditResult:
    """Return an audit as it would be if its two corrections agreed."""
    summary = json.loads(json.dumps(result.summary))
    summary["prevalence"] |= {"disagreement": None, "ranges": None}
    return replace(result, summary=summary)


def references_arrive(page: LexborHTMLParser) -> None:
    """Check that identifiers are unique, and that every reference leads to one."""
    ids = [element.attributes["id"] for element in page.css("[id]")]
    assert len(ids) == len(set(ids))
    html = page.html
    wanted = re.findall(r'(?:href="|xlink:href="|url\()#([^")]+)', html) + [
        name for found in re.findall(r'aria-labelledby="([^"]+)"', html) for name in found.split()
    ]
    assert wanted
    assert set(wanted) <= set(ids)


def needs_nothing_and_runs_nothing(page: LexborHTMLParser) -> None:
    """Check that a page has no script and asks for nothing outside it."""
    assert not page.css("script, link, iframe, object, embed, img, base, form, foreignObject, animate, set")
    policy = page.css_first("meta[http-equiv='Content-Security-Policy']").attributes["content"]
    assert "default-src 'none'" in policy
    for element in page.css("*"):
        for name, value in element.attributes.items():
            assert not name.startswith("on")
            if name in ("href", "xlink:href", "src"):
                assert value.startswith("#")
    assert not re.search(r"@import|url\((?!#)|expression\(", page.html)
