"""The tables of an audit, written once all its documents are done."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bias_detect.auditing.calibration import Calibration
from bias_detect.auditing.extras import clear_extras
from bias_detect.auditing.folder import SENTENCES, as_json
from bias_detect.auditing.groups import groups_table, ungrouped_said
from bias_detect.auditing.inventory import Inventory
from bias_detect.auditing.lengths import largest_reports, mean_over_reports
from bias_detect.auditing.metadata import first_few, join_metadata
from bias_detect.auditing.overall import overall_shares
from bias_detect.auditing.reports import reports_table
from bias_detect.auditing.result import AuditResult
from bias_detect.auditing.sample import Sample
from bias_detect.auditing.settings import ModelSource, Settings
from bias_detect.auditing.sources import NO_REPORT
from bias_detect.auditing.summary import many, notes, prevalence, rounded, share_values, totals
from bias_detect.files import whole
from bias_detect.spreadsheet import csv_for_people, without_formula
from bias_detect.version import __version__

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 1
"""Version of the format of the summary."""

SUMMARY = "summary.json"
"""What the summary is called; it is written last, and an audit without it is not finished."""


def write_tables(
    folder: Path,
    inventory: Inventory,
    footers: Mapping[str, bytes],
    source: ModelSource,
    settings: Settings,
    *,
    hidden: int,
    audits: Sequence[str],
    metadata: pd.DataFrame | None,
    sample: Sample | None,
) -> AuditResult:
    """Put the figures of all reports together, and write the tables; the summary is left to be written last.

    What an earlier run has made of other figures is taken away or, if a person has changed it, gets another name.

    Parameters
    ----------
    folder : Path
        The folder of the audit.
    inventory : Inventory
        All that was found, with what could not be scored.
    footers : mapping of str to bytes
        By the file of its sentences, the figures of each report that was scored.
    source : ModelSource
        The model.
    settings : Settings
        What was asked for.
    hidden : int
        How many hidden files were passed over.
    audits : sequence of str
        Folders of audits that were passed over.
    metadata : pandas.DataFrame or None
        What is known about the reports from elsewhere.
    sample : Sample or None
        Sentences that a person validated.

    Returns
    -------
    AuditResult
        What was written.

    Raises
    ------
    UsageError
        If the metadata or the validated sentences cannot be used.
    """
    import pandas as pd

    labels = source.labels
    copies = Counter(original for _, original in inventory.duplicates)
    reports = reports_table(footers, labels, copies=copies, calibration=source.calibration)
    estimates = overall_shares(reports, folder / SENTENCES, labels, calibration=source.calibration, sample=sample)
    doubtful = estimates is not None and estimates.disagreement is not None
    _say_doubt(reports, doubtful)
    names: list[str] = []
    said = [] if sample is None else sample.notes()
    if audits:
        was = "folder of an audit was" if len(audits) == 1 else "folders of audits were"
        said.append(f"{len(audits):,} {was} passed over: {first_few(audits)}.")
    said += _names_said(inventory)
    if metadata is not None:
        unscored = [problem.document for problem in inventory.problems]
        reports, names, about = join_metadata(
            reports, metadata, leave_out=settings.text_columns, copies=inventory.duplicates, unscored=unscored
        )
        said += about
    groups = groups_table(reports, names, labels, source.calibration)
    said += ungrouped_said(reports, names)
    _say_doubt(groups, doubtful)
    said += _guarded_said(reports)
    problems = [asdict(problem) for problem in sorted(inventory.problems, key=lambda problem: problem.document)]
    failures = pd.DataFrame(problems, columns=["document", "kind", "cause", "next_step"])
    duplicates = pd.DataFrame(sorted(inventory.duplicates), columns=["document", "same_as"])
    kinds = Counter(problem.kind for problem in inventory.problems)
    summary: dict[str, Any] = {
        "format": FORMAT,
        "program": f"bias_detect {__version__}",
        "model": {
            "name": Path(source.name).name,
            "digest": source.digest,
            "classes": list(labels),
            "manifest": source.manifest,
        },
        "settings": {
            **asdict(settings),
            "text_columns": list(settings.text_columns),
            "validated": sample is not None,
        },
        "documents": {
            "found": len(reports) + len(duplicates) + len(failures),
            "scored": len(reports),
            "duplicates": len(duplicates),
            "failed": kinds["failed"],
            "skipped": kinds["skipped"],
            "hidden": hidden,
        },
        **totals(map(json.loads, footers.values()), labels),
        "prevalence": prevalence(estimates),
        **_lengths(reports, labels, source.calibration),
        "metadata_columns": names,
    }
    projected = 0 if reports.empty else int(reports["projected"].sum())
    summary["notes"] = [*notes(summary, calibrated=source.calibration is not None, projected=projected), *said]
    tables = {"reports": reports, "groups": groups, "failures": failures, "duplicates": duplicates}
    files = {f"{name}.csv": csv_for_people(table) for name, table in tables.items()}
    cleared: dict[str, str | None] = {}
    if not _are_there(folder, {**files, SUMMARY: as_json(summary)}):
        (folder / SUMMARY).unlink(missing_ok=True)
        cleared = clear_extras(folder)
        for name, content in files.items():
            with whole(folder / name) as stream:
                stream.write(content)
    return AuditResult(reports, groups, failures, duplicates, summary, folder, cleared)


def _are_there(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Say whether files are there already, so that what was made of them fits."""
    return all((folder / name).is_file() and (folder / name).read_bytes() == files[name] for name in files)


def _lengths(reports: pd.DataFrame, labels: Sequence[str], calibration: Calibration | None) -> dict[str, Any]:
    """Say what few long reports do to the overall shares, and what the shares are if every report counts alike."""
    largest = largest_reports(reports["sentences"].tolist())
    return {
        "largest_reports": None if largest is None else {"reports": largest[0], "share": rounded(largest[1])},
        "mean_over_reports": {
            shares[0].method: share_values(shares) for shares in mean_over_reports(reports, labels, calibration)
        },
    }


def _say_doubt(table: pd.DataFrame, doubtful: bool) -> None:
    """Say in a table itself, wherever there are corrected shares, whether they are in doubt."""
    if "projected" in table:
        known = table["projected"].astype("boolean")
        table.insert(list(table).index("projected") + 1, "correction_doubtful", known.mask(known.notna(), doubtful))


def _guarded_said(reports: pd.DataFrame) -> list[str]:
    """Name the documents whose names stand otherwise in the CSV files than in those of the sentences."""
    names = [name for name in reports["document"] if without_formula(name) != name]
    if not names:
        return []
    have = "name begins" if len(names) == 1 else "names begin"
    return [
        f"{len(names):,} {have} like a formula ({first_few(names)}): the CSV files have ' in front, and the Parquet "
        "files of the sentences have not."
    ]


def _names_said(inventory: Inventory) -> list[str]:
    """Return what the names of documents have done."""
    said = []
    passed = [problem.document for problem in inventory.problems if problem.cause == NO_REPORT]
    if passed:
        was = "was" if len(passed) == 1 else "were"
        said.append(f"{many(len(passed), 'file')} named README or LICENSE {was} passed over: {first_few(passed)}.")
    if inventory.renamed:
        renamed = inventory.renamed
        have = "row has an identifier that another has" if len(renamed) == 1 else "rows have an identifier of another"
        said.append(f"{len(renamed):,} {have}, and a number behind it: {first_few(renamed)}.")
    return said
