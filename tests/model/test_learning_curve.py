"""Learning curves, and transfer between sources."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from bias_detect.errors import CorpusError
from bias_detect.model.evaluation import cross_validate
from bias_detect.model.learning_curve import learning_curve
from bias_detect.model.metrics import classification_figures
from bias_detect.model.transfer import transfer_matrix

NAMES = ["ward", "clinic", "school", "court", "office", "hostel", "chapel", "prison", "garden", "kitchen"]


def corpus(n_documents=20, seed=0, verbs=("rang", "left", "found")):
    """Sentences that say ``should have`` or not, with verbs of their own in each document."""
    rng = np.random.default_rng(seed)
    sentences, labels, documents = [], [], []
    for document in range(n_documents):
        for place in range(8):
            name = "".join(rng.choice(list("bcdfgaeiou"), 6))
            verb, where = rng.choice(verbs), rng.choice(NAMES)
            judged = place % 2
            sentences.append(f"{name} {'should have ' if judged else ''}{verb} the {where}.")
            labels.append("judged" if judged else "told")
            documents.append(f"review {document}")
    return sentences, labels, documents


def classifier():
    return make_pipeline(TfidfVectorizer(), LogisticRegression())


def test_the_end_of_the_curve_is_the_cross_validation():
    sentences, labels, documents = corpus()
    curve = learning_curve(classifier(), sentences, labels, documents, shares=[0.2, 1.0], n_boot=50)
    whole = cross_validate(classifier(), sentences, labels, documents)
    figures = classification_figures(
        labels, None, whole.classes, whole.groups.tolist(), n_boot=50, y_pred=whole.predicted
    )
    assert curve[1]["macro_f1"] == pytest.approx(figures["macro_f1"])
    assert curve[1]["mcc"] == pytest.approx(figures["mcc"])
    assert curve[0]["documents"] == pytest.approx(0.2 * curve[1]["documents"], abs=1)
    assert curve[0]["sentences"] < curve[1]["sentences"]


def test_more_documents_help_where_there_is_something_to_learn():
    sentences, labels, documents = corpus(30)
    rng = np.random.default_rng(1)
    noisy = [label if rng.random() < 0.7 else "told" for label in labels]
    curve = learning_curve(classifier(), sentences, noisy, documents, shares=[0.05, 1.0], n_boot=50)
    assert curve[0]["macro_f1"]["value"] < curve[1]["macro_f1"]["value"]
    assert curve[1]["macro_f1"]["low"] < curve[1]["macro_f1"]["value"] < curve[1]["macro_f1"]["high"]


def test_a_share_without_both_labels_is_said_to_be_too_small():
    sentences, _, documents = corpus(12)
    one_each = ["judged" if int(name.split()[1]) % 2 else "told" for name in documents]
    curve = learning_curve(classifier(), sentences, one_each, documents, shares=[0.01, 1.0], n_boot=50, n_splits=3)
    assert curve[0]["failed"] == "the documents hold one label only"
    assert curve[0]["macro_f1"]["value"] is None
    assert curve[1]["failed"] is None


def test_a_classifier_transfers_where_sources_speak_alike_and_not_where_they_do_not():
    sentences, labels, documents = corpus(18)
    sources = [("old", "new", "odd")[int(name.split()[1]) % 3] for name in documents]
    # The odd source means the opposite by the same words.
    turned = [
        {"told": "judged", "judged": "told"}[label] if source == "odd" else label
        for label, source in zip(labels, sources, strict=True)
    ]
    cells = transfer_matrix(classifier(), sentences, turned, sources, documents, n_splits=3, n_boot=50)
    value = {(cell["trained_on"], cell["tested_on"]): cell["macro_f1"]["value"] for cell in cells}
    assert len(cells) == 9
    assert min(value["old", "new"], value["new", "old"], value["odd", "odd"]) > 0.9
    assert max(value["old", "odd"], value["odd", "new"]) < 0.1


def test_what_stands_in_both_sources_is_not_trained_on():
    sentences, labels, documents = corpus(8)
    twice = [*sentences, *sentences]
    sources = ["first"] * len(sentences) + ["copy"] * len(sentences)
    named = [*(f"a {name}" for name in documents), *(f"b {name}" for name in documents)]
    cells = transfer_matrix(classifier(), twice, labels * 2, sources, named, n_splits=2, n_boot=50)
    crossed = [cell for cell in cells if cell["trained_on"] != cell["tested_on"]]
    assert {cell["failed"] for cell in crossed} == {"the training side holds fewer than two labels"}


@pytest.mark.parametrize("sources", [["one"] * 64, [str(place) for place in range(64)]])
def test_one_source_or_too_many_are_refused(sources):
    sentences, labels, documents = corpus(8)
    with pytest.raises(CorpusError, match="--source-column"):
        transfer_matrix(classifier(), sentences, labels, sources, documents)
