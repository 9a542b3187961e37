"""Audits without a page, and what they account for."""

from bias_detect.auditing.result import AuditResult
from bias_detect.auditing.run import audit
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
