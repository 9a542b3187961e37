import pickle

import numpy as np
import pytest
import sklearn
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks

from bias_detect.language.pipeline import sentence_reader
from bias_detect.model.classifier import ReviewClassifier
from bias_detect.model.features import SentenceFeatures
from bias_detect.model.folding import fold_token

TEXTS = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=60)


# parametrize_with_checks leaves estimators of text out altogether; these of its checks need no array of numbers.
CHECKS = [
    estimator_checks.check_do_not_raise_errors_in_init_or_set_params,
    estimator_checks.check_estimator_cloneable,
    estimator_checks.check_estimator_repr,
    estimator_checks.check_get_params_invariance,
    estimator_checks.check_mixin_order,
    estimator_checks.check_no_attributes_set_in_init,
    estimator_checks.check_parameters_default_constructible,
    estimator_checks.check_set_params,
    estimator_checks.check_valid_tag_types,
]


@pytest.mark.parametrize("estimator", [SentenceFeatures(), ReviewClassifier()], ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_scikit_learn_estimator_checks(estimator, check):
    check(type(estimator).__name__, estimator)


def test_counts_agree_with_count_vectorizer_on_plain_words():
    texts = ["the nurse rang the ward", "the ward was full", "nobody rang the nurse", "it was late and full"]
    ours = SentenceFeatures(words=(1, 2), cues=False, min_documents=1).fit_transform(texts)
    theirs = CountVectorizer(ngram_range=(1, 2), token_pattern=r"\S+").fit_transform(texts)
    # The columns stand in another order, and are otherwise the same.
    assert sorted(map(tuple, ours.toarray().T)) == sorted(map(tuple, theirs.toarray().T))


def test_features_of_fewer_documents_than_asked_are_left_out():
    texts = ["alpha beta", "alpha gamma", "alpha delta", "beta beta"]
    features = SentenceFeatures(words=(1, 1), cues=False, min_documents=2)
    assert features.fit(texts, groups=["a", "a", "b", "b"]).n_features_out_ == 2  # alpha and beta
    assert features.fit(texts, groups=["a", "a", "a", "b"]).n_features_out_ == 1  # beta: alpha is in one document


def test_names_and_numbers_do_not_reach_the_features():
    features = SentenceFeatures(min_documents=1).fit(["The nurse rang Mr Okonkwo on 3 May."])
    same = features.transform(["The nurse rang Mr Pettigrew on 14 May."]).toarray()
    assert np.array_equal(features.transform(["The nurse rang Mr Okonkwo on 3 May."]).toarray(), same)


@given(TEXTS, TEXTS)
def test_a_sentence_counts_the_same_alone_and_among_others(first, second):
    features = SentenceFeatures(min_documents=1).fit([first, second])
    alone = features.transform([second]).toarray()[0]
    assert np.array_equal(features.transform([first, second]).toarray()[1], alone)


@given(TEXTS)
def test_a_read_sentence_and_its_text_have_the_same_features(text):
    features = SentenceFeatures(min_documents=1).fit([text])
    read = sentence_reader().read(text)
    assert np.array_equal(features.transform([text]).toarray(), features.transform([read]).toarray())


@given(st.text(min_size=1).filter(lambda text: not text.isspace()), st.booleans())
def test_folding_always_gives_a_token(token, first):
    assert fold_token(token, first)


def test_clone_pickle_and_grid_search(sentences):
    texts, labels, _ = (part[:200] for part in sentences)
    pipeline = make_pipeline(SentenceFeatures(), TfidfTransformer(), LogisticRegression())
    search = GridSearchCV(clone(pipeline), {"sentencefeatures__words": [(1, 1), (1, 2)]}, cv=2).fit(texts, labels)
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    assert np.array_equal(again.predict(texts), search.predict(texts))


def test_each_column_has_a_name_of_its_own_that_other_fits_give_it_too():
    texts = ["Staff should have rung.", "Staff rang.", "Nobody should have rung."]
    features = SentenceFeatures(min_documents=1).fit(texts)
    names = features.get_feature_names_out()
    assert len(names) == len(set(names)) == features.transform(texts).shape[1]
    other = SentenceFeatures(min_documents=1).fit(["Staff should have rung."])
    counts = dict(zip(names, features.transform(texts[:1]).toarray()[0], strict=True))
    again = dict(zip(other.get_feature_names_out(), other.transform(texts[:1]).toarray()[0], strict=True))
    assert {name: count for name, count in counts.items() if count} == again
    with pytest.raises(NotFittedError):
        SentenceFeatures().get_feature_names_out()
    assert len(make_pipeline(features, TfidfTransformer().fit(features.transform(texts)))[:1].get_feature_names_out())


def test_named_columns_do_not_make_scikit_learn_ask_for_a_table(sentences):
    with sklearn.config_context(transform_output="pandas"):
        assert SentenceFeatures(min_documents=1).fit_transform(["She rang."]).shape[0] == 1
        fitted = ReviewClassifier(n_splits=2).fit(*(part[:200] for part in sentences))
        assert len(fitted.predict(sentences[0][:3])) == 3


def test_ngrams_longer_than_any_sentence_take_no_time():
    features = SentenceFeatures(words=(1, 10**12), cues=False, min_documents=1).fit(["They rang.", "They rang her."])
    assert features.n_features_out_ == 4 + 4 + 3 + 1  # words, pairs, triples and the longer sentence whole
    assert features.transform([]).shape == (0, 12)
