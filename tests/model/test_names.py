"""Nothing personal sits in the shipped model: no name of a real report is in its vocabulary or its texts."""

import re
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from default_corpus import default_corpus

from bias_detect.language.pipeline import Sentence
from bias_detect.model.bundle import find_bundle, load_model
from bias_detect.model.features import SentenceFeatures
from bias_detect.model.folding import NAME, fold_token

# Words that the real sentences have with a capital only.
_ORDINARY = {"anonymous", "chase", "christmas", "dental", "detective", "forty", "mail", "pack", "superintendent"}


def as_opening(word: str) -> int:
    """Return the key of a word that opens a sentence, as it would stand in a vocabulary."""
    sentence = Sentence(word, 0, len(word), [word], [], [], [], [])
    ((_, _, _, keys),) = SentenceFeatures(words=(1, 1), cues=False).ngrams([sentence])
    return int(keys[0])


@pytest.fixture(scope="module")
def vocabulary():
    return set(load_model().pipeline_["features"].vocabulary_.tolist())


@pytest.fixture(scope="module")
def names(shared):
    """Names of the dead, of coroners, and of whoever is named in mid-sentence; not those that are words as well."""
    table = default_corpus()
    text = "\n".join(table.loc[table["source"] != "composed", "sentence"])
    words = Counter(re.findall(r"\b[a-z][a-z]+\b", "\n".join(table["sentence"])))
    reports = pd.read_csv(shared / "pfd" / "reports.csv", dtype=str)
    of_the_dead = [part for url in reports["url"] for part in url.rstrip("/").split("/")[-1].split("-")]
    of_coroners = re.findall(r"[A-Z][a-z]{2,}", " ".join(reports["coroner"].dropna()))
    inside = re.findall(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b", text)
    found = {name.lower() for name in [*of_the_dead, *of_coroners, *inside] if len(name) > 2 and name.isalpha()}
    return sorted(name for name in found if not words[name] and fold_token(name.capitalize(), False) == NAME)


def test_no_name_of_a_real_report_is_in_the_vocabulary(vocabulary, names):
    assert len(names) > 2000
    assert as_opening("Staff") in vocabulary  # what is looked for would be found
    found = [name for name in names if as_opening(name.capitalize()) in vocabulary]
    assert [name for name in found if name not in _ORDINARY] == []


def test_no_name_of_a_real_report_is_in_the_texts_of_the_bundle(names):
    folder = find_bundle("default")
    with zipfile.ZipFile(folder / "model.skops") as archive:
        texts = [archive.read("schema.json").decode()]
    texts += [Path(folder / name).read_text(encoding="utf-8") for name in ("manifest.json", "MODEL_CARD.md")]
    words = {word.lower() for text in texts for word in re.findall(r"\b[A-Z][a-z]+\b", text)}
    allowed = {"mondrian", "brier", "matthews", "mcc"}
    assert sorted(words & set(names) - allowed) == []


def test_an_opening_that_is_a_name_elsewhere_is_left_out():
    places = ("ward", "clinic", "school", "court")
    texts = [f"Thorold rang the {place}." for place in places] + ["She rang Thorold.", "Staff rang.", "The staff rang."]
    fitted = SentenceFeatures(words=(1, 2), cues=False, min_documents=1).fit(texts)
    known = set(fitted.vocabulary_.tolist())
    assert as_opening("Thorold") not in known
    assert {as_opening("Staff"), as_opening("She")} <= known
    assert np.asarray(fitted.transform(["Thorold rang."]).sum()) > 0
