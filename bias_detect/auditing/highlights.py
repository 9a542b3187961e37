"""Sentences of an audit that are worth reading: the surest of each label, and the ones the model is least sure of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from bias_detect.auditing.store import iter_rows

if TYPE_CHECKING:
    import pandas as pd

    from bias_detect.auditing.result import AuditResult
    from bias_detect.model.counts import Codes, Floats

PICKED = 8
"""Sentences of each kind."""

PER_REPORT = 2
"""Most sentences of each kind from one report, so that one report does not stand for all."""

_NEEDED = ("document", "sentence_id", "start", "sentence", "label", "confidence", "uncertain", "set_aside")


@dataclass(frozen=True, slots=True)
class Highlights:
    """Sentences picked from an audit.

    Parameters
    ----------
    surest : dict of str to list of dict
        For each label, rows of the scored table by falling confidence.
    uncertain : list of dict
        Rows of the scored table that are marked as uncertain, by rising confidence.

    Examples
    --------
    >>> Highlights({"told": [{"sentence": "She rang."}]}, []).surest["told"][0]["sentence"]
    'She rang.'
    """

    surest: dict[str, list[dict[str, Any]]]
    uncertain: list[dict[str, Any]]


def pick_highlights(result: AuditResult, labels: Sequence[str]) -> Highlights:
    """Pick sentences to read, holding one report in memory at a time.

    Sentences that are set aside are passed over. Of sentences with the same words the first is taken.

    Parameters
    ----------
    result : AuditResult
        A finished audit.
    labels : sequence of str
        The labels for which the surest sentences are picked.

    Returns
    -------
    Highlights
        At most `PICKED` of each kind, and of these at most `PER_REPORT` of one report.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from bias_detect.auditing.run import audit
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.txt").write_text("She rang the ward.", encoding="utf-8")
    ...     result = audit([Path(folder, "a.txt")], Path(folder, "audit"), report=False)
    ...     pick_highlights(result, ["descriptive"]).surest["descriptive"][0]["sentence"]
    'She rang the ward.'
    """
    import numpy as np

    surest = {label: list[_Pick]() for label in labels}
    uncertain: list[_Pick] = []
    for table in result.iter_sentences(_NEEDED):
        counted, confidence = table["set_aside"].isna().to_numpy(), table["confidence"].to_numpy()
        for label in labels:
            chosen = counted & (table["label"] == label).to_numpy()
            surest[label] = _best(surest[label], table, np.flatnonzero(chosen), -confidence)
        chosen = counted & table["uncertain"].to_numpy()
        uncertain = _best(uncertain, table, np.flatnonzero(chosen), confidence)
    rows = _rows(result, [*uncertain, *(pick for picks in surest.values() for pick in picks)])
    return Highlights(
        {label: [rows[pick.place] for pick in picks] for label, picks in surest.items()},
        [rows[pick.place] for pick in uncertain],
    )


class _Pick(NamedTuple):
    """A sentence that is held; picks sort from the best to the worst, ties in the order of the reports."""

    badness: float
    document: str
    start: int
    sentence: str
    sentence_id: str

    @property
    def place(self) -> tuple[str, str]:
        return self.document, self.sentence_id


def _best(held: list[_Pick], table: pd.DataFrame, chosen: Codes, badness: Floats) -> list[_Pick]:
    """Put the best of a report's sentences among those that are held."""
    if len(held) == PICKED:
        chosen = chosen[badness[chosen] < held[-1].badness]
    if not len(chosen):
        return held
    rows = table.iloc[chosen]
    found = sorted(map(_Pick, badness[chosen], *(rows[name] for name in _Pick._fields[1:])))
    said = {pick.sentence for pick in held}
    fresh: dict[str, _Pick] = {}
    for pick in found:
        if pick.sentence not in said:
            fresh.setdefault(pick.sentence, pick)
    return sorted([*held, *list(fresh.values())[:PER_REPORT]])[:PICKED]


def _rows(result: AuditResult, picks: Sequence[_Pick]) -> dict[tuple[str, str], dict[str, Any]]:
    """Read all columns of the sentences that were picked."""
    places = {pick.place for pick in picks}
    files = dict(zip(result.reports["document"], result.reports["sentences_file"], strict=True))
    return {
        (row["document"], row["sentence_id"]): row
        for document in {document for document, _ in places}
        for batch in iter_rows(result.sentences_path / files[document])
        for row in batch
        if (row["document"], row["sentence_id"]) in places
    }
