"""The model card: what a model is for, how well it does and on what, and who should not use it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from string import Template
from typing import Any

from bias_detect.labels import shown
from bias_detect.model.card_sections import data_size, majority_sentence, own_sections, use_text
from bias_detect.model.markdown import figure_text, markdown_table, markdown_text

WHAT = """A linear model on n-grams of folded tokens (no names, no numbers) and on the visible
signals and influences of the codebook, with calibrated probabilities."""


def render_card(name: str, record: dict[str, Any], *, what: str = WHAT, sections: Sequence[str] = ()) -> str:
    """Write the card of a model.

    Parameters
    ----------
    name : str
        The model's name.
    record : dict
        From :func:`bias_detect.model.training.train_model`.
    what : str, optional
        What kind of model it is, Markdown.
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
            markdown_text(shown(label)),
            *(figure_text(per_class[label][measure]) for measure in ("precision", "recall", "f1")),
            f"{data['labels'][label]:,}",
        ]
        for label in per_class
    ]
    return template.substitute(
        name=markdown_text(name),
        what=what,
        files=", ".join(map(markdown_text, data["files"])) or "a table in memory",
        size=data_size(data),
        digest=data["digest"],
        seed=record["seed"],
        protocol=quality["protocol"][:1].upper() + quality["protocol"][1:],
        majority=majority_sentence(data["labels"]),
        figures=markdown_table(["label", "precision", "recall", "F1", "sentences"], rows),
        macro_f1=figure_text(quality["macro_f1"]),
        mcc=figure_text(quality["mcc"]),
        log_loss=figure_text(quality["log_loss"]),
        brier=figure_text(quality["brier"]),
        ece=figure_text(quality["ece"]),
        asked=f"{quality['coverage']['asked']:.0%}",
        measured=f"{quality['coverage']['measured']:.1%}",
        uncertain=f"{quality['uncertain']:.0%}",
        use=use_text(data["labels"]),
        sections="".join(f"\n{section.strip()}\n" for section in (*own_sections(record), *sections)),
    )
