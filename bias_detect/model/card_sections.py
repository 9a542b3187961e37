"""What a card says of limits, of a search and of how to repeat the training."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import metadata
from typing import Any

from bias_detect.labels import Label, shown
from bias_detect.model.markdown import figure_text, markdown_table, markdown_text
from bias_detect.version import __version__

_FEW_DOCUMENTS = 20
_FEW_SENTENCES = 50
_SHARE = 0.05
_LIBRARIES = ("scikit-learn", "numpy", "scipy")
_OWN_STEP = "SentenceFeatures("

_USE = """\
A label is a question to ask of a sentence, not a verdict on its author or on the practitioners that it is about. Do
not use it to judge, rank or discipline people, or to decide whether a review is published. Shares over many documents
carry the model's errors; give them with intervals, and validate a random sample by hand before they are quoted."""

_USE_OF_OTHERS = """\
The figures hold for sentences like those that it was trained on, labelled by the same rules. Elsewhere, measure it
first. Do not let it alone decide about people. Shares over many documents carry the model's errors; give them with
intervals, and validate a random sample by hand before they are quoted."""


def own_sections(record: dict[str, Any]) -> list[str]:
    """Return the sections that follow from the record of a training alone.

    Parameters
    ----------
    record : dict
        From :func:`bias_detect.model.training.train_model`, with ``search`` where there was one.

    Returns
    -------
    list of str
        Markdown: the search, limits, and how to repeat the training.

    Examples
    --------
    >>> data = {"files": ["a.csv"], "sentences": 90, "documents": 3, "labels": {"a": 80, "b": 10}, "digest": "00"}
    >>> print(own_sections({"data": data, "seed": 0, "parameters": {"n_splits": "5"}})[0].splitlines()[2])
    - 3 documents only: intervals are too narrow, and the figures hold for documents like these.
    """
    search = [_search(record["search"])] if "search" in record else []
    limits = _limits(record["data"])
    return [*search, *([limits] if limits else []), _repeat(record)]


def data_size(data: dict[str, Any]) -> str:
    """Say how many sentences and documents there are.

    Parameters
    ----------
    data : dict
        ``data`` of the record.

    Returns
    -------
    str
        A part of a sentence.

    Examples
    --------
    >>> data_size({"sentences": 40, "documents": 39, "sentences_without_document": 40})
    '40 sentences, of which 40 name no document'
    """
    sentences, alone = data["sentences"], data.get("sentences_without_document", 0)
    if not alone:
        return f"{sentences:,} sentences of {data['documents']:,} documents"
    return f"{sentences:,} sentences, of which {alone:,} name no document"


def majority_sentence(labels: dict[str, int]) -> str:
    """Say what the most frequent label alone would reach, beside which the figures are read.

    Parameters
    ----------
    labels : dict of str to int
        How many sentences each label has.

    Returns
    -------
    str
        A sentence.

    Examples
    --------
    >>> majority_sentence({"a": 3, "b": 1})
    'Always the most frequent label, a, would reach a macro-F1 of 0.429 and an MCC of 0.'
    """
    most = max(labels, key=lambda name: labels[name])
    share = labels[most] / sum(labels.values())
    macro_f1 = 2 * share / (1 + share) / len(labels)
    name = markdown_text(shown(most))
    return f"Always the most frequent label, {name}, would reach a macro-F1 of {macro_f1:.3f} and an MCC of 0."


def use_text(labels: Iterable[str]) -> str:
    """Say what a model is for, and what not: of the codebook's labels, and of any others.

    Parameters
    ----------
    labels : iterable of str
        Its labels.

    Returns
    -------
    str
        Lines.

    Examples
    --------
    >>> use_text(["told", "judged"])[:73]
    'The figures hold for sentences like those that it was trained on, labelle'
    """
    return _USE if set(labels) <= set(Label) else _USE_OF_OTHERS


def _search(search: dict[str, Any]) -> str:
    names = list(search["grid"])
    tried = [f"- `{name}`: {', '.join(map(str, values))}" for name, values in search["grid"].items()]
    ranked = sorted(search["candidates"], key=lambda one: -one["macro_f1"])
    rows = [
        [
            *(str(one["parameters"][name]) for name in names),
            *(f"{one[key]:.3f}" for key in ("macro_f1", "mcc", "log_loss")),
        ]
        for one in ranked
    ]
    nested = search["nested"]
    best = ranked[0]
    return "\n".join(
        [
            "## Search",
            "",
            f"The grid, {len(ranked)} candidates, of which the one with the highest {search['criterion']} is kept:",
            "",
            *tried,
            "",
            f"The figures above are those of a {nested['protocol']}: macro-F1 {figure_text(nested['macro_f1'])}. The "
            f"kept candidate's own {best['macro_f1']:.3f} is the best of {len(ranked)} and therefore too good.",
            "",
            markdown_table([*(name.rpartition("__")[2] for name in names), "macro-F1", "MCC", "log-loss"], rows),
            "",
            "Chosen in each outer fold: " + "; ".join(map(_named, nested["chosen_by_fold"])) + ".",
        ]
    )


def _named(parameters: dict[str, Any]) -> str:
    return ", ".join(f"{name.rpartition('__')[2]} {value}" for name, value in parameters.items())


def _limits(data: dict[str, Any]) -> str:
    """Return what the size and the balance of the data mean for the figures; nothing where they are large."""
    found = []
    if data["documents"] < _FEW_DOCUMENTS:
        found.append(
            f"- {data['documents']} documents only: intervals are too narrow, and the figures hold for documents like "
            "these."
        )
    alone = data.get("sentences_without_document", 0)
    if alone or data["documents"] == data["sentences"]:
        which = "A sentence without a document counts" if 0 < alone < data["sentences"] else "Each sentence counts"
        found.append(
            f"- {which} as a document of its own, together with its equals: if some come from one text, they stand on "
            "both sides of a fold, and the figures are too good."
        )
    rare = [markdown_text(shown(name)) for name, count in data["labels"].items() if count < _FEW_SENTENCES]
    if rare:
        found.append(
            f"- Fewer than {_FEW_SENTENCES} sentences labelled {', '.join(rare)}: the figures of such labels are rough."
        )
    uneven = [
        markdown_text(shown(name)) for name, count in data["labels"].items() if count < _SHARE * data["sentences"]
    ]
    if uneven:
        found.append(
            f"- {', '.join(uneven)}: less than {_SHARE:.0%} of the sentences. Precision falls further "
            "where a label is rarer than here."
        )
    return "\n".join(["## Limits", "", *found]) if found else ""


def _repeat(record: dict[str, Any]) -> str:
    given = {name: " ".join(str(value).split()) for name, value in sorted(record["parameters"].items())}
    rows = [[f"`{name}`", f"`{value}`"] for name, value in given.items() if _says_something(name, given)]
    versions = ", ".join([f"bias-detect {__version__}", *(f"{name} {metadata.version(name)}" for name in _LIBRARIES)])
    return "\n".join(
        [
            "## To repeat it",
            "",
            f"The same table (SHA-256 of its sentences, labels and documents `{record['data']['digest']}`), seed "
            f"{record['seed']}, these parameters and the same versions ({versions}; others in `manifest.json`) give "
            "the same model, whatever the number of jobs. Parameters that are not named are scikit-learn's defaults.",
            "",
            markdown_table(["parameter", "value"], rows),
        ]
    )


def _says_something(name: str, parameters: dict[str, str]) -> bool:
    """Say whether a parameter is one that a reader needs: a plain value that is not left as scikit-learn has it.

    Of scikit-learn's own steps the text names what was changed alone; those of this project are named whole.
    """
    value, (step, _, last) = parameters[name], name.rpartition("__")
    if "(" in value and not value.startswith("("):  # a step, whose parameters have rows of their own
        return False
    made = parameters.get(step, "")
    return not made or made.startswith(_OWN_STEP) or re.search(rf"\b{re.escape(last)}=", made) is not None
