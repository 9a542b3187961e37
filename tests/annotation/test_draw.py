"""Samples for annotators: unbiased whatever is preferred, the same everywhere, and never what was annotated before."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bias_detect.annotation.draw import COLUMNS, Drawn, draw
from bias_detect.annotation.population import PLACE, Population, of_audit, of_documents, of_tables
from bias_detect.annotation.strata import Stratum
from bias_detect.auditing.run import audit
from bias_detect.auditing.validated import Validated, prediction_powered
from bias_detect.corpus.formats.registry import Format, write_annotations
from bias_detect.corpus.sampling import entropies
from bias_detect.errors import CorpusError, UsageError

LABELS = ("descriptive", "explanatory", "hindsight_biased")
WORDS = ["ward", "clinic", "school", "home", "court", "office", "unit", "hostel", "surgery", "nursery"]


def sentences(count: int) -> list[str]:
    """Return sentences that differ in more than a number."""
    acts = ["rang", "saw", "left", "met", "told", "asked"]
    made = itertools.product(WORDS, acts, WORDS)
    return [f"The {who} {act} the {whom}." for who, act, whom in itertools.islice(made, count)]


@pytest.fixture(scope="module")
def simulated() -> tuple[Population, np.ndarray, np.ndarray]:
    """Return sentences of 20 documents, what a poor model makes of them, and the truth."""
    rng = np.random.default_rng(3)
    count = 400
    proba = rng.dirichlet([4, 1, 1], count)
    # The model is often wrong, and most of all where it is certain.
    truth = np.array([rng.choice(3, p=0.5 * row[[2, 0, 1]] + 0.5 * row) for row in proba])
    frame = pd.DataFrame(
        {
            "document": [f"review-{place % 20:02}" for place in range(count)],
            "sentence_id": [f"p{place // 20 + 1}s1" for place in range(count)],
            "section": rng.choice(["findings", "analysis"], count),
            "page": 1,
            "paragraph": np.arange(count) // 20 + 1,
            "sentence": sentences(count),
            "predicted": np.array(LABELS)[proba.argmax(axis=1)],
            "signal": rng.choice(["none", "counterfactual"], count, p=[0.9, 0.1]),
            "uncertainty": entropies(proba),
        }
    )
    return Population(frame, LABELS), proba, truth


def places(drawn: Drawn, frame: pd.DataFrame) -> np.ndarray:
    names = {name: place for place, name in enumerate(zip(frame["document"], frame["sentence_id"], strict=True))}
    return np.array([names[row.document, row.sentence_id] for row in drawn.rows])


def inclusion(drawn: Drawn) -> np.ndarray:
    return np.array([row.extra["inclusion"] for row in drawn.rows])


def near(values: list[float], truth: float) -> bool:
    """Say whether the mean of estimates is the truth, as far as chance allows to say."""
    return bool(abs(np.mean(values) - truth) < 3.5 * np.std(values) / np.sqrt(len(values)) + 1e-9)


DESIGNS = {
    "random": {},
    "proportional": {"by": [Stratum.SECTION, Stratum.DOCUMENT]},
    "equal": {"by": [Stratum.LABEL], "equal": True},
    "uncertain": {"uncertain": True},
    "uncertain in equal parts": {"by": [Stratum.SIGNAL], "equal": True, "uncertain": True},
}


@pytest.mark.parametrize("design", DESIGNS)
def test_weights_of_one_over_the_inclusion_are_unbiased(simulated, design):
    population, proba, truth = simulated
    totals: list[list[float]] = [[], [], [], []]
    shares: list[list[float]] = [[], [], []]
    for seed in range(160):
        drawn = draw(population, 40, **DESIGNS[design], seed=seed)
        rows, weights = places(drawn, population.frame), 1 / inclusion(drawn)
        assert len(rows) == 40
        for label in range(3):
            totals[label].append(weights[truth[rows] == label].sum())
        totals[3].append(weights.sum())
        if seed < 60:
            sample = Validated(rows=rows, truth=truth[rows], inclusion=inclusion(drawn))
            powered = prediction_powered(LABELS, proba, population.frame["document"], sample, n_boot=2)
            for label, share in enumerate(powered):
                shares[label].append(share.value)
    for label in range(3):
        assert near(totals[label], (truth == label).sum())
        # A ratio, and a tuned one: not unbiased to the last digit in samples of 40.
        assert abs(np.mean(shares[label]) - (truth == label).mean()) < 0.025
    assert near(totals[3], len(truth))


def test_the_share_that_is_not_weighted_is_wrong(simulated):
    """What the test above would find if the probabilities were not kept."""
    population, _, truth = simulated
    drawn = [places(draw(population, 40, **DESIGNS["equal"], seed=seed), population.frame) for seed in range(100)]
    assert not near([float((truth[rows] == 0).mean()) for rows in drawn], float((truth == 0).mean()))


def save(drawn: Drawn, path: Path) -> Path:
    with path.open("wb") as stream:
        write_annotations(drawn.rows, stream, Format.CSV, ".csv", columns=COLUMNS)
    return path


def test_a_second_batch_speaks_for_what_the_first_has_left(simulated, tmp_path):
    population, _, truth = simulated
    right, twice = [], []
    for seed in range(120):
        first = draw(population, 60, uncertain=True, seed=seed)
        path = save(first, tmp_path / "first.csv")
        second = draw(population, 40, by=[Stratum.LABEL], equal=True, exclude=[path], seed=seed)
        assert (second.remaining, second.annotated, second.alike) == (340, 60, 0)
        old, new = places(first, population.frame), places(second, population.frame)
        assert not set(old) & set(new)
        estimate = ((truth[new] == 1) / inclusion(second)).sum()
        right.append((truth[old] == 1).sum() + estimate)
        twice.append((((truth[old] == 1) / inclusion(first)).sum() + estimate) / 2)
    assert near(right, (truth == 1).sum())
    assert not near(twice, (truth == 1).sum())


def test_uncertain_sentences_come_more_often_and_from_everywhere(simulated):
    population, _, _ = simulated
    frame = population.frame
    plain, keen = draw(population, 60, seed=1), draw(population, 60, uncertain=True, seed=1)
    mean = frame["uncertainty"].mean()
    assert frame["uncertainty"].to_numpy()[places(keen, frame)].mean() > mean + 0.05
    assert abs(frame["uncertainty"].to_numpy()[places(plain, frame)].mean() - mean) < 0.05
    picked = frame.iloc[places(keen, frame)]
    assert picked["document"].nunique() >= 16
    assert set(picked["predicted"]) == set(frame["predicted"]) and set(picked["section"]) == set(frame["section"])
    assert set(inclusion(plain)) == {60 / 400}


def test_equal_parts_are_as_large_as_each_other_and_named(simulated):
    population, _, _ = simulated
    drawn = draw(population, 40, by=[Stratum.SIGNAL, Stratum.SECTION], equal=True, seed=4)
    counts = pd.Series([row.extra["stratum"] for row in drawn.rows]).value_counts()
    assert set(counts.index) == {
        f"{one} / {two}" for one in ("none", "counterfactual") for two in ("findings", "analysis")
    }
    assert counts.tolist() == [10] * 4


@settings(max_examples=25, deadline=None)
@given(rng=st.randoms(use_true_random=False), uncertain=st.booleans(), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_files_does_not_matter(tmp_path_factory, rng, uncertain, seed):
    folder = tmp_path_factory.mktemp("tables")
    rows = [{"document": f"D{n % 7}", "sentence_id": f"s{n}", "sentence": text} for n, text in enumerate(sentences(40))]
    drawn = []
    for _ in range(2):
        rng.shuffle(rows)
        cut = rng.randrange(1, 39)
        for name, part in (("a", rows[:cut]), ("b", rows[cut:])):
            pd.DataFrame(part).to_csv(folder / f"{name}.csv", index=False)
        drawn.append(draw(of_tables([folder / "a.csv", folder / "b.csv"]), 9, uncertain=uncertain, seed=seed).rows)
    assert drawn[0] == drawn[1]
    assert [(row.document, int(row.sentence_id[1:])) for row in drawn[0]] == sorted(
        (row.document, int(row.sentence_id[1:])) for row in drawn[0]
    )


def test_another_seed_draws_other_sentences(simulated):
    assert draw(simulated[0], 40, seed=1).rows != draw(simulated[0], 40, seed=2).rows
    assert draw(simulated[0], 40, seed=1).rows == draw(simulated[0], 40, seed=1).rows


def test_sentences_equal_to_an_annotated_one_are_not_drawn(tmp_path):
    texts = ["She rang on 3 May.", "She rang on 4 May!", "she  rang on 5 may", "Nobody came.", "The ward was full."]
    pd.DataFrame({"sentence": texts}).to_csv(tmp_path / "all.csv", index=False)
    done = tmp_path / "done.jsonl"
    done.write_text(json.dumps({"text": texts[0], "label": "descriptive", "answer": "accept"}) + "\n{\n")
    drawn = draw(of_tables([tmp_path / "all.csv"]), 9, exclude=[done])
    assert sorted(row.sentence for row in drawn.rows) == sorted(texts[3:])
    assert (drawn.remaining, drawn.annotated, drawn.alike) == (2, 0, 3)
    assert len(drawn.notes) == 1 and "done.jsonl: line 2 is not valid JSON" in drawn.notes[0]
    assert inclusion(drawn).tolist() == [1, 1]
    with pytest.raises(UsageError, match="every sentence has been annotated"):
        draw(of_tables([tmp_path / "all.csv"]), 9, exclude=[done, save(drawn, tmp_path / "second.csv")])


def test_what_needs_a_model_says_so_where_none_has_looked(tmp_path):
    pd.DataFrame({"sentence": sentences(5)}).to_csv(tmp_path / "all.csv", index=False)
    population = of_tables([tmp_path / "all.csv"], needed=False)
    assert len(draw(population, 2, by=[Stratum.DOCUMENT]).rows) == 2
    for options in ({"uncertain": True}, {"by": [Stratum.LABEL]}):
        with pytest.raises(UsageError, match="no model has looked"):
            draw(population, 2, **options)
    with pytest.raises(UsageError, match="a sample of 0"):
        draw(population, 0)
    (tmp_path / "all.csv").write_text("sentence\n\n")
    with pytest.raises(CorpusError, match="no sentences"):
        of_tables([tmp_path / "all.csv"])


# Documents and audits

REVIEW = """# Review

## Findings

The nurse rang the ward. Staff should have seen that he was in danger. The form had no box for it, so nobody asked.

The panel wrote: “The school could have done more, and it ought to have been told.”

## Recommendations

The board must review its forms.
"""


@pytest.fixture
def reviews(tmp_path) -> Path:
    folder = tmp_path / "reviews"
    (folder / "2019").mkdir(parents=True)
    for number, name in enumerate(["a.md", "b.md", "2019/b.md"]):
        (folder / name).write_text(REVIEW.replace("nurse", WORDS[number]), encoding="utf-8")
    return folder


def test_documents_and_their_audit_are_drawn_from_alike(tmp_path, reviews):
    (reviews / "empty.md").write_text("")
    audit(reviews, tmp_path / "audit", report=False)
    from_audit, from_documents = of_audit(tmp_path / "audit"), of_documents([reviews])
    pd.testing.assert_frame_equal(from_audit.frame, from_documents.frame)
    assert from_audit.labels == LABELS
    assert len(from_documents.notes) == 1 and "empty.md" in from_documents.notes[0]
    # What the audit sets aside, it gives no shares of.
    assert not from_audit.frame["sentence"].str.contains("must review|ought to have been told").any()
    assert set(from_audit.frame["document"]) == {"a.md", "b.md", "2019/b.md"}
    assert set(PLACE) <= set(from_audit.frame.columns)


def test_an_audit_that_is_not_finished_is_refused(tmp_path, reviews):
    result = audit(reviews, tmp_path / "audit", report=False)
    next(result.sentences_path.glob("*.parquet")).unlink()
    with pytest.raises(UsageError, match="is no finished audit; give the same audit command again"):
        of_audit(tmp_path / "audit")
    (tmp_path / "audit" / "summary.json").unlink()
    with pytest.raises(UsageError, match="is no finished audit"):
        of_audit(tmp_path / "audit")
