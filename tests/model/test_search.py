"""The search of the grid, by nested cross-validation."""

import importlib.util
import json
from functools import partial

import numpy as np
import pandas as pd
import pytest

from bias_detect.errors import BiasDetectError, UsageError
from bias_detect.model import learning_curve, parallel, search
from bias_detect.model.card import render_card
from bias_detect.model.classifier import ReviewClassifier
from bias_detect.model.features import SentenceFeatures
from bias_detect.model.search import search_parameters, with_search
from bias_detect.model.training import train_model

SMALL = {"features__words": ((1, 1), (1, 2)), "linear__C": (0.01, 10.0)}


@pytest.fixture
def table(two_class_rows, monkeypatch):
    monkeypatch.setattr(search, "GRID", SMALL)
    return two_class_rows


@pytest.fixture(scope="module")
def two_class_rows() -> pd.DataFrame:
    """Sentences whose label hangs on the order of two words, which single words do not see."""
    rng = np.random.default_rng(0)
    rows = []
    for document in range(10):
        for place in range(8):
            name = "".join(rng.choice(list("bcdfgaeiou"), 5))
            order = ("not only", "only not")[place % 2]
            rows.append((f"{name} was {order} at home that day.", order.replace(" ", "_"), f"review {document}"))
    return pd.DataFrame(rows, columns=["sentence", "label", "document"])


def test_the_search_finds_what_helps_and_says_what_it_tried(table):
    steps = []
    searched = search_parameters(table, n_splits=3, n_boot=50, progress=lambda done, of: steps.append((done, of)))
    record = searched.record
    assert steps[-1] == (16, 16)  # four candidates in three folds and on the whole
    assert [one["parameters"] for one in record["candidates"]] == [
        {"features__words": [1, 1], "linear__C": 0.01},
        {"features__words": [1, 1], "linear__C": 10.0},
        {"features__words": [1, 2], "linear__C": 0.01},
        {"features__words": [1, 2], "linear__C": 10.0},
    ]
    assert record["chosen"]["features__words"] == [1, 2]
    assert searched.estimator.pipeline["features"].words == (1, 2)
    assert record["nested"]["macro_f1"]["value"] == 1
    assert all(chosen["features__words"] == [1, 2] for chosen in record["nested"]["chosen_by_fold"])
    assert json.loads(json.dumps(record)) == record


def test_a_candidate_is_measured_as_it_would_be_trained(table):
    searched = search_parameters(table, n_splits=3, n_boot=0, seed=2)
    chosen = next(one for one in searched.record["candidates"] if one["parameters"] == searched.record["chosen"])
    trained = train_model(table, seed=2, estimator=searched.estimator)
    assert trained.record["quality"]["macro_f1"]["value"] == pytest.approx(chosen["macro_f1"])
    assert trained.record["quality"]["log_loss"]["value"] == pytest.approx(chosen["log_loss"])


def test_what_candidates_share_changes_no_figure(table, monkeypatch):
    """Features are fitted once for all candidates that have the same; each fitted on its own gives the same record."""
    fits = []
    fit = SentenceFeatures.fit

    def counted(self, *args, **named):
        fits.append(self.words)
        return fit(self, *args, **named)

    monkeypatch.setattr(SentenceFeatures, "fit", counted)
    shared = search_parameters(table, n_splits=3, n_boot=20).record
    of_words = [words for words in fits if words is not None]
    assert len(of_words) == 4 * 2 * 6  # splits, lengths of n-grams, inner folds and the whole
    fits.clear()
    monkeypatch.setattr(search.SharedSteps, "cache", lambda self, function, **_: function)
    apart = search_parameters(table, n_splits=3, n_boot=20).record
    assert len([words for words in fits if words is not None]) == 2 * len(of_words)
    assert shared == apart


def test_a_fold_is_predicted_by_a_search_that_did_not_see_it(table, monkeypatch):
    """What is labelled the other way round in the outer fold alone must be got wrong there."""
    monkeypatch.setattr(search, "GRID", {"linear__C": (10.0,)})
    turned = table["document"] == "review 3"
    other = {"not_only": "only_not", "only_not": "not_only"}
    labels = table["label"].where(~turned, table["label"].map(other))
    record = search_parameters(table.assign(label=labels), n_splits=10, n_boot=0).record
    assert record["nested"]["per_class"]["not_only"]["recall"]["value"] == pytest.approx(0.9)
    assert record["nested"]["per_class"]["only_not"]["recall"]["value"] == pytest.approx(0.9)


def test_the_record_and_the_card_hold_the_nested_figures(table):
    searched = search_parameters(table, n_splits=3, n_boot=50)
    record = with_search(train_model(table, files=["a.csv"], estimator=searched.estimator), searched.record)
    assert record["quality"]["macro_f1"] == searched.record["nested"]["macro_f1"]
    assert record["quality"]["protocol"].startswith("nested cross-validation")
    assert record["quality"]["coverage"]["asked"] == 0.9
    card = render_card("mine", record)
    for text in ("## Search", "- `linear__C`: 0.01, 10.0", "nested cross-validation", "## Limits", "10 documents only"):
        assert text in card
    assert "## To repeat it" in card
    assert record["data"]["digest"] in card


def test_another_linear_step_is_searched_by_the_parameters_that_it_has(table):
    from bias_detect.model.estimators import make_estimator

    recipe = make_estimator("sklearn.naive_bayes:MultinomialNB")
    searched = search_parameters(table, estimator=recipe, n_splits=3, n_boot=0)
    assert list(searched.record["grid"]) == ["features__words"]
    assert isinstance(searched.estimator, ReviewClassifier)


def test_tasks_on_two_processes_give_the_same_in_the_same_order(table):
    one, two = (search_parameters(table, n_splits=2, n_boot=20, jobs=jobs).record for jobs in (1, 2))
    assert one == two


def test_without_dask_or_a_scheduler_it_says_what_to_do(monkeypatch):
    monkeypatch.setattr(parallel, "CONNECT", 1)
    if importlib.util.find_spec("distributed") is not None:
        with pytest.raises(UsageError, match="no Dask scheduler answers"):
            parallel.run_tasks(pow, 2, [1, 2], scheduler="tcp://127.0.0.1:1")
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(UsageError, match=r"pip install '.\[cluster\]'"):
        parallel.run_tasks(pow, 2, [1, 2], scheduler="tcp://127.0.0.1:1")


@pytest.fixture
def dask_address():
    """Return the address of a cluster of one worker, a process of its own, to which all must be sent as bytes."""
    distributed = pytest.importorskip("distributed", reason="needs Dask: pip install 'bias-detect[cluster]'")
    options = {"threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(n_workers=1, **options) as cluster:
        yield cluster.scheduler_address


def test_a_cluster_gives_the_same_search_and_the_same_learning_curve(table, dask_address, monkeypatch):
    monkeypatch.setattr(search, "GRID", {"linear__C": (0.01, 10.0)})  # both are fitted on the same first steps
    options = {"n_splits": 2, "n_boot": 20}
    here = search_parameters(table, **options).record
    assert search_parameters(table, scheduler=dask_address, **options).record == here
    # A learning curve is made of the same tasks, though no command sends it to a cluster.
    columns = [table[name].tolist() for name in ("sentence", "label", "document")]
    recipe, points = ReviewClassifier(), {"shares": (0.5, 1.0), "n_draws": 1, **options}
    alone = learning_curve.learning_curve(recipe, *columns, **points)
    monkeypatch.setattr(learning_curve, "run_tasks", partial(parallel.run_tasks, scheduler=dask_address))
    assert learning_curve.learning_curve(recipe, *columns, **points) == alone


def test_a_process_that_is_killed_is_told_as_such():
    with pytest.raises(BiasDetectError, match="ended from outside"):
        parallel.run_tasks(_die, None, [1, 2, 3], jobs=2)


def _die(_, __):
    import os
    import signal

    os.kill(os.getpid(), signal.SIGKILL)
