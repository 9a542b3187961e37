"""The sentences of the public sources that nobody has labelled, for self-training."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pypdfium2

from bias_detect.corpus.duplicates import normalise
from bias_detect.corpus.standoff import BLOCK, REPORTS, collapsed
from bias_detect.language.boundaries import sentence_spans
from bias_detect.language.pipeline import Sentence
from bias_detect.model.features import read
from bias_detect.model.splits import sentence_keys

_LETTERS = 0.7
_INVISIBLE = str.maketrans("", "", "\x02\ufffe")


def unlabelled(table: pd.DataFrame, sources: Path) -> list[tuple[str, Sentence]]:
    """Return the sentences of coroners' reports and inquiries that are neither labelled nor part of one that is.

    Parameters
    ----------
    table : DataFrame
        The labelled sentences.
    sources : Path
        Folder with ``pfd`` and ``inquiries``.

    Returns
    -------
    list of (str, Sentence)
        Document, named as in the table, and sentence; of 6 to 60 tokens, each text once.
    """
    labelled = " | ".join(map(normalise, table.loc[table["source"] != "composed", "sentence"]))
    seen = set(sentence_keys(table["sentence"].tolist()).tolist())
    names, texts = zip(*(*_reports(sources / "pfd"), *_inquiries(sources / "inquiries")), strict=True)
    found = []
    for name, key, sentence in zip(names, sentence_keys(texts).tolist(), read(texts), strict=True):
        text = sentence.text
        whole = text[:1].isupper() and text.endswith((".", "!", "?", "”", "’", ")"))
        wordy = sum(character.isalpha() for character in text) > _LETTERS * len(text)
        if key not in seen and whole and wordy and 6 <= len(sentence.tokens) <= 60 and normalise(text) not in labelled:
            seen.add(key)
            found.append((name, sentence))
    return found


def _reports(folder: Path) -> Iterator[tuple[str, str]]:
    table = pd.read_csv(folder / REPORTS, dtype=str)
    for row in table[["url", "circumstances", "concerns"]].fillna("").itertuples(index=False):
        for paragraph in (line for text in row[1:] for line in str(text).splitlines()):
            yield from ((row[0], paragraph[start:end]) for start, end in sentence_spans(paragraph))


def _inquiries(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.glob("*.pdf")):
        with pypdfium2.PdfDocument(path) as document:
            for page in range(len(document)):
                text = collapsed(document[page].get_textpage().get_text_range().translate(_INVISIBLE))
                # The first and the last sentence of a page may be cut.
                for start, end in sentence_spans(text)[1:-1]:
                    yield f"{path.name}#{page}", text[start:end]
    for path in sorted(folder.glob("*.md")):
        text = collapsed(path.read_text(encoding="utf-8"))
        for start, end in sentence_spans(text) if path.stem != "README" else ():
            yield f"{path.name}#{start // BLOCK}", text[start:end]
