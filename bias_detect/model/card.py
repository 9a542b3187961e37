"""The model card: what a model is for, how well it does and on what, and who should not use it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from string import Template
from typing import Any

from bias_detect.labels import shown


def render_card(name: str, record: dict[str, Any], *, sections: Sequence[str] = ()) -> str:
    """Write the card of a model.

    Parameters
    ----------
    name : str
        The model's name.
    record : dict
        From :func:`bias_detect.model.training.train_model`.
    sections : sequence of str, optional
        Further sections, Markdown, put behind the figures.

    Returns
    -------
    str
        Markdown.

    Examples
    --------
    >>> figure = {"value": 0.5, "low": 0.4, "high": 0.6}
    >>> label = {"precision": figure, "recall": figure, "f1": figure, "support": figure}
    >>> quality = {"macro_f1": figure, "mcc": figure, "log_loss": figure, "brier": figure, "ece": figure,
    ...            "per_class": {"a": label}, "protocol": "out of fold", "uncertain": 0.1,
    ...            "coverage": {"asked": 0.9, "measured": 0.91}}
    >>> data = {"files": ["a.csv"], "sentences": 10, "documents": 3, "labels": {"a": 10}, "digest": "00"}
    >>> render_card("mine", {"data": data, "seed": 0, "parameters": {}, "quality": quality}).splitlines()[0]
    '# Model card: mine'
    """
    template = Template((resources.files("bias_detect.model") / "card.md").read_text(encoding="utf-8"))
    data, quality = record["data"], record["quality"]
    per_class = quality["per_class"]
    rows = [
        [
            shown(label),
            *(figure_text(per_class[label][measure]) for measure in ("precision", "recall", "f1")),
            f"{data['labels'][label]:,}",
        ]
        for label in per_class
    ]
    return template.substitute(
        name=name,
        files=", ".join(data["files"]) or "a table in memory",
        sentences=f"{data['sentences']:,}",
        documents=f"{data['documents']:,}",
        digest=data["digest"],
        seed=record["seed"],
        protocol=quality["protocol"],
        figures=markdown_table(["label", "precision", "recall", "F1", "sentences"], rows),
        macro_f1=figure_text(quality["macro_f1"]),
        mcc=figure_text(quality["mcc"]),
        log_loss=figure_text(quality["log_loss"]),
        brier=figure_text(quality["brier"]),
        ece=figure_text(quality["ece"]),
        asked=f"{quality['coverage']['asked']:.0%}",
        measured=f"{quality['coverage']['measured']:.1%}",
        uncertain=f"{quality['uncertain']:.0%}",
        sections="".join(f"\n{section.strip()}\n" for section in sections),
    )


def figure_text(figure: dict[str, float]) -> str:
    """Return a figure with its interval.

    Parameters
    ----------
    figure : dict
        With ``value``, ``low`` and ``high``.

    Returns
    -------
    str
        Three decimals.

    Examples
    --------
    >>> figure_text({"value": 0.5, "low": 0.4, "high": 0.6})
    '0.500 (0.400–0.600)'
    """
    return f"{figure['value']:.3f} ({figure['low']:.3f}–{figure['high']:.3f})"


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table, its first column to the left and the others to the right.

    Parameters
    ----------
    head : sequence of str
        Names of the columns.
    rows : sequence of sequence of str
        Cells.

    Returns
    -------
    str
        Lines without a final line end.

    Examples
    --------
    >>> print(markdown_table(["a", "b"], [["1", "2"]]))
    | a | b |
    |---|---:|
    | 1 | 2 |
    """
    rule = "|".join(["---", *["---:"] * (len(head) - 1)])
    return "\n".join([f"| {' | '.join(head)} |", f"|{rule}|", *(f"| {' | '.join(row)} |" for row in rows)])
