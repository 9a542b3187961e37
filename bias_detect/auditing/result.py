"""What an audit leaves: its tables, its summary, and the folder that holds them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class AuditResult:
    """The tables of a finished audit.

    Parameters
    ----------
    reports : pandas.DataFrame
        A row a report, sorted by ``document``: what ``reports.csv`` holds.
    groups : pandas.DataFrame
        A row a value of each metadata column: what ``groups.csv`` holds.
    failures : pandas.DataFrame
        ``document``, ``kind`` (``failed`` or ``skipped``), ``cause`` and ``next_step`` of all that was not scored.
    duplicates : pandas.DataFrame
        ``document`` and ``same_as``: documents of the same content as one that was scored.
    summary : dict
        What ``summary.json`` holds: the model, the settings, counts, overall shares with intervals, notes.
    folder : Path
        Where everything was written.
    cleared : dict of str to (str or None)
        What an earlier run had written of other figures, and the name under which it is kept if a person has changed it
        since; None if it was removed.

    See Also
    --------
    bias_detect.scoring.score : one document.

    Notes
    -----
    Columns of ``reports``; ``<label>`` stands for each label of the model, and figures that are not defined, as shares
    of no sentences are, are missing:

    ``document``, ``sentences`` (those that are counted), ``set_aside`` (those that are not), ``uncertain``, ``words``,
    ``pages``, ``copies`` (duplicates of it);
    ``n_<label>``, ``share_<label>``, ``share_<label>_low``, ``share_<label>_high`` (as they were labelled);
    ``corrected_<label>``, ``corrected_<label>_low``, ``corrected_<label>_high`` (by what the model confuses; missing
    where the model does not say), ``projected`` (whether the corrected shares came out below 0 or above 1, and the
    nearest possible ones were taken), ``correction_doubtful`` (whether what is known of all reports together
    contradicts the correction, see ``disagreement`` below);
    ``explanation_to_hindsight`` (explanatory sentences to one that is hindsight-biased);
    ``sentences_in_<section>``, ``share_<label>_in_<section>`` for each kind of section, or text column of a table, that
    occurs in the audit (``unmarked``: under no heading);
    ``signals_per_100``, ``<signal>_per_100`` (marks to 100 sentences);
    ``explained_by_<influence>`` (explanatory sentences that name it);
    the columns of the metadata, as they are named (``metadata_<name>`` where that name is taken; they are listed in
    ``summary["metadata_columns"]``); ``sentences_file``.

    Columns of ``groups``: ``column``, ``value`` (the year, where all values of a column are dates; ``not given``),
    ``reports`` (those with counted sentences), ``sentences``, and ``n_<label>``, ``share_<label>``,
    ``corrected_<label>``, ``projected`` and ``correction_doubtful`` as above, of all sentences of these reports
    together. Columns of one value, of too many, or of another in each report are left out, and a note names them.

    Keys of ``summary``: ``format``, ``program``, ``model`` (``name``, ``digest``, ``classes``, ``manifest``),
    ``settings``, ``documents`` (``found``, ``scored``, ``duplicates``, ``failed``, ``skipped``, ``hidden``),
    ``sentences`` (``counted``, ``set_aside`` by reason, ``uncertain``), ``words``, ``pages`` (of PDF files),
    ``labels`` (counts),
    ``prevalence`` (``lead``: the method to lead with; ``by_method``: shares as ``{label: {"value", "low", "high",
    "projected"}}``; ``left_out``: why a method is not there; ``disagreement``: None, or ``label``, ``difference``,
    ``method`` and ``shares`` of the estimate that contradicts the adjusted count; ``ranges``: None, or ``{label:
    {"low", "high"}}`` to lead with, over all intervals, where two corrections disagree and no sentence was validated),
    ``largest_reports`` (None, or ``reports`` and ``share``: so few hold this part, more than half, of the sentences),
    ``mean_over_reports`` (by method, the shares if each report counts alike),
    ``explanation_to_hindsight``, ``sections`` (``{section: {"sentences": n, "labels": {label: n}}}``), ``signals``
    (``{signal: {"count", "per_100"}}``), ``influences`` (``{influence: n}``), ``metadata_columns``, ``notes`` (plain
    sentences on what a reader must know).

    Examples
    --------
    >>> import pandas as pd
    >>> empty = pd.DataFrame()
    >>> AuditResult(empty, empty, empty, empty, {"notes": []}, Path("results")).sentences_path.name
    'sentences'
    """

    reports: pd.DataFrame
    groups: pd.DataFrame
    failures: pd.DataFrame
    duplicates: pd.DataFrame
    summary: dict[str, Any]
    folder: Path
    cleared: dict[str, str | None] = field(default_factory=dict)

    def __repr__(self) -> str:
        counts = ", ".join(f"{number} {kind}" for kind, number in self.summary.get("documents", {}).items() if number)
        return f"<AuditResult in {str(self.folder)!r}: {counts or 'no documents'}>"

    @property
    def sentences_path(self) -> Path:
        """The folder of Parquet files, one a report, that make up the table of sentences."""
        from bias_detect.auditing.folder import SENTENCES

        return self.folder / SENTENCES

    @property
    def sentences(self) -> pd.DataFrame:
        """The table of all sentences, read into memory."""
        import pandas as pd

        frames = list(self.iter_sentences())
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()

    def iter_sentences(self, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """Read the table of sentences report by report, in the order of ``reports``.

        Parameters
        ----------
        columns : sequence of str, optional
            The columns to read; by default all.

        Yields
        ------
        pandas.DataFrame
            The sentences of one report, in reading order: the scored table, and ``set_aside``, which says why a
            sentence is not counted (``"quotation"``, or the kind of its section) and is missing where it is.

        Examples
        --------
        >>> import pandas as pd
        >>> empty = pd.DataFrame()
        >>> result = AuditResult(pd.DataFrame({"sentences_file": []}), empty, empty, empty, {}, Path("results"))
        >>> sum(map(len, result.iter_sentences(["sentence"])))
        0
        """
        from bias_detect.auditing.store import read_sentences

        for name in self.reports["sentences_file"]:
            yield read_sentences(self.sentences_path / name, columns)
