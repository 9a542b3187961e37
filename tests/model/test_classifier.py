import numpy as np
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GroupKFold, cross_val_predict

from bias_detect.errors import CorpusError
from bias_detect.model.classifier import ReviewClassifier
from bias_detect.model.conformal import conformal_threshold
from bias_detect.model.linear import linear_pipeline


def test_beats_the_majority_on_documents_it_has_not_seen(sentences):
    from sklearn.metrics import f1_score

    texts, labels, documents = sentences
    split = GroupKFold(3)
    ours = cross_val_predict(ReviewClassifier(n_splits=2), texts, labels, groups=documents, cv=split)
    theirs = cross_val_predict(DummyClassifier(), texts, labels, groups=documents, cv=split)
    assert f1_score(labels, ours, average="macro") > f1_score(labels, theirs, average="macro") + 0.3


def test_probabilities_are_probabilities(model, sentences):
    proba = model.predict_proba(sentences[0][:50])
    assert proba.shape == (50, 3)
    assert np.allclose(proba.sum(axis=1), 1)
    assert model.predict(sentences[0][:50]).tolist() == model.classes_[proba.argmax(axis=1)].tolist()
    assert (proba >= 0).all()


def test_takes_any_sequence_of_strings_and_none_at_all(model):
    for sequence in (["It was late."], ("It was late.",), np.array(["It was late."]), iter(["It was late."])):
        assert model.predict(sequence).tolist() == ["descriptive"]
    assert model.predict_proba([]).shape == (0, 3)
    assert model.predict([]).tolist() == []
    assert model.predict(["", " ", "§"]).shape == (3,)


def test_labels_of_any_kind_and_number():
    words = ("alpha", "beta", "gamma", "delta")
    places = ("here", "there", "above", "below", "inside", "outside", "nearby", "upstairs")
    texts = [f"{word} was seen {place}" for place in places for word in words]
    for names in (words, (0, 1, 2, 3), ("yes", "no", "yes", "no"), (True, False, True, False)):
        labels = [names[words.index(text.split()[0])] for text in texts]
        fitted = ReviewClassifier(n_splits=2).fit(texts, labels)
        assert set(fitted.classes_) == set(names)
        assert fitted.predict(["alpha was seen"])[0] == names[0]


def test_out_of_fold_probabilities_are_not_kept_in_what_is_stored(model):
    import pickle

    again = pickle.loads(pickle.dumps(model))
    assert not hasattr(again, "out_of_fold_") and not hasattr(again, "out_of_fold_sets_")
    assert np.array_equal(again.predict_proba(["It was late."]), model.predict_proba(["It was late."]))


def test_fitting_is_deterministic_and_clones(sentences):
    texts, labels, documents = (part[:300] for part in sentences)
    first = ReviewClassifier(n_splits=2).fit(texts, labels, groups=documents)
    second = clone(first).fit(texts, labels, groups=documents)
    assert np.array_equal(first.predict_proba(texts), second.predict_proba(texts))


def test_weights_move_the_model(sentences):
    texts, labels, documents = (part[:300] for part in sentences)
    plain = ReviewClassifier(n_splits=2).fit(texts, labels, groups=documents)
    heavy = [9.0 if label == "explanatory" else 1.0 for label in labels]
    weighted = clone(plain).fit(texts, labels, groups=documents, sample_weight=heavy)
    share = [fitted.predict_proba(texts)[:, 1].mean() for fitted in (plain, weighted)]
    assert share[1] > share[0] + 0.05


def test_one_class_and_a_label_in_one_document_are_refused():
    with pytest.raises(CorpusError, match="same label"):
        ReviewClassifier().fit(["One.", "Two."], ["a", "a"])
    with pytest.raises(CorpusError, match="label b occurs in one document only"):
        ReviewClassifier().fit(["One.", "Two.", "Three."], ["a", "a", "b"], groups=[1, 2, 3])


def test_not_fitted_is_said():
    with pytest.raises(NotFittedError):
        ReviewClassifier().predict(["It was late."])


def test_label_sets_cover_about_as_often_as_asked(sentences):
    texts, labels, documents = map(np.array, sentences)
    held_out = ~np.isin(documents, np.unique(documents)[::2])
    train = ~held_out
    fitted = ReviewClassifier(n_splits=3, coverage=0.8).fit(texts[train], labels[train], groups=documents[train])
    sets = fitted.assess(texts[held_out]).sets
    covered = sets[np.arange(held_out.sum()), np.searchsorted(fitted.classes_, labels[held_out])].mean()
    assert 0.7 < covered < 0.95


def test_label_sets_cover_hard_prose_as_often_as_easy_prose(sentences):
    texts, labels, documents = (part[:600] for part in sentences)
    # A second kind of prose, known by a word, in which every other label is wrong: hard to get right.
    others = [f"Minuted: {text}" for text in texts]
    mixed = [label if place % 2 else labels[-place] for place, label in enumerate(labels)]
    sources = ["reports"] * len(texts) + ["minutes"] * len(texts)
    groups = [*documents, *(f"minutes of {document}" for document in documents)]
    fitted = ReviewClassifier(n_splits=3).fit(texts + others, labels + mixed, groups=groups, sources=sources)
    assert fitted.kinds_.tolist() == ["minutes", "reports"]
    codes = np.searchsorted(fitted.classes_, labels + mixed)
    covered = fitted.out_of_fold_sets_[np.arange(len(codes)), codes].reshape(2, -1).mean(axis=1)
    assert covered == pytest.approx([0.9, 0.9], abs=0.05)
    one_for_all = fitted.out_of_fold_ >= conformal_threshold(fitted.out_of_fold_, codes, 0.9)
    assert np.ptp(one_for_all[np.arange(len(codes)), codes].reshape(2, -1).mean(axis=1)) > np.ptp(covered)


def test_a_sentence_is_uncertain_where_its_set_has_several_labels_or_none(model, sentences):
    found = model.assess(sentences[0][:200])
    assert found.uncertain.tolist() == [held != 1 for held in found.sets.sum(axis=1)]
    assert model.predict(sentences[0][:200]).tolist() == found.labels.tolist()
    assert model.assess([]).sets.shape == (0, 3)


def test_conformal_threshold_covers_the_calibration_scores():
    rng = np.random.default_rng(1)
    proba = rng.dirichlet([1, 1, 1], size=2000)
    codes = np.array([rng.choice(3, p=row) for row in proba])
    threshold = conformal_threshold(proba, codes, 0.9)
    assert abs((proba[np.arange(2000), codes] >= threshold).mean() - 0.9) < 0.002


def test_other_pipelines_fit_in(sentences):
    texts, labels, documents = (part[:300] for part in sentences)
    pipeline = linear_pipeline().set_params(features__cues=False, linear__C=1.0)
    fitted = ReviewClassifier(pipeline, n_splits=2).fit(texts, labels, groups=documents)
    assert fitted.pipeline_["features"].cues is False
    assert fitted.predict(["Staff should have acted."]).tolist() == ["hindsight_biased"]


def test_confusion_can_be_kept_for_sentences_drawn_as_they_come(sentences):
    texts, labels, documents = (part[:400] for part in sentences)
    fitted = ReviewClassifier(n_splits=2).fit(texts, labels, groups=documents)
    assert fitted.confusion_.sum() == len(texts)
    assert len(fitted.confusion_) == len(set(documents))
    natural = np.arange(len(texts)) % 3 == 0
    fitted.keep_confusion(natural, labels, documents)
    assert fitted.confusion_.sum() == natural.sum()
    given = [np.sum(np.array(labels)[natural] == name) for name in fitted.classes_]
    assert fitted.confusion_.sum(axis=(0, 2)).tolist() == given
    with pytest.raises(CorpusError, match="as it comes"):
        fitted.keep_confusion(np.zeros(len(texts), bool), labels, documents)
