"""Agreement: the worked examples of the literature to the printed digits, and what must hold of any votes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from bias_detect.corpus.agreement import disagreements, measure_agreement, sentence_agreement
from bias_detect.corpus.votes import NO_VOTE, Votes
from bias_detect.errors import CorpusError

# K. Krippendorff, Computing Krippendorff's alpha-reliability, 2011: A (binary, two observers), B (nominal, two
# observers), C (nominal, four observers, missing data). A row an observer, a column a unit.
KRIPPENDORFF = {
    0.095: ["0100000010", "1110010000"],
    0.692: ["aabbdcccedda", "babbbccceddd"],
    0.743: ["123321412...", "1233224125.3", ".3332342251.", "12332441251."],
}
# J. L. Fleiss, 1971: thirty patients, the diagnoses (1 to 5) that six psychiatrists gave each; not the same six.
FLEISS_DATA = (
    "444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 144444 124444 222333 144444 224445 333335 "
    "111455 111112 224444 133555 555555 244444 224555 114444 144445 222224 111155 224444 133333 555555"
)
FLEISS = FLEISS_DATA.split()
# J. Cohen, 1960: two judges who sort 200 cases into three classes (the second worked example).
COHEN = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
# K. Krippendorff, Content analysis, 1980: three coders, nine units, and alpha by category.
BY_CATEGORY = ["111", "122", "222", "444", "144", "222", "123", "333", "222"]


def votes_of(units: Sequence[str], documents: Sequence[str | None] | None = None) -> Votes:
    """Return votes from a string a unit: a character an annotator's label, a point where there is none."""
    labels = sorted(set("".join(units)) - {"."})
    codes = np.array([[NO_VOTE if vote == "." else labels.index(vote) for vote in unit] for unit in units])
    n = len(units)
    names = tuple(f"r{place}" for place in range(codes.shape[1]))
    where = [str(row) for row in range(n)] if documents is None else list(documents)
    keys = [str(row) for row in range(n)]
    return Votes(names, tuple(labels), codes, [f"S{row}." for row in range(n)], where, [None] * n, {}, keys)


def turned(rows: Sequence[str]) -> list[str]:
    return ["".join(unit) for unit in zip(*rows, strict=True)]


def test_alpha_of_krippendorff_2011() -> None:
    for printed, rows in KRIPPENDORFF.items():
        assert round(measure_agreement(votes_of(turned(rows)))["alpha"]["value"], 3) == printed
    missing = measure_agreement(votes_of(turned(KRIPPENDORFF[0.743])))
    assert (missing["n_sentences"], missing["n_compared"], missing["n_labels_given"]) == (12, 11, 41)
    # The matrix of coincidences of example C, as printed.
    assert np.allclose(
        missing["confusion"]["matrix"],
        [
            [7, 4 / 3, 1 / 3, 1 / 3, 0],
            [4 / 3, 10, 4 / 3, 1 / 3, 0],
            [1 / 3, 4 / 3, 8, 1 / 3, 0],
            [1 / 3, 1 / 3, 1 / 3, 4, 0],
            [0, 0, 0, 0, 3],
        ],
    )


def test_alpha_by_label_of_krippendorff_1980() -> None:
    figures = measure_agreement(votes_of(BY_CATEGORY))
    assert figures["alpha"]["value"] == pytest.approx(0.642, abs=0.001)  # printed from rounded parts
    by_label = {label: round(part["alpha"]["value"], 3) for label, part in figures["per_class"].items()}
    assert by_label == {"1": 0.381, "2": 0.711, "3": 0.717, "4": 0.764}


def test_kappa_of_cohen_1960() -> None:
    units = [f"{i}{j}" for i in range(3) for j in range(3) for _ in range(COHEN[i][j])]
    (pair,) = measure_agreement(votes_of(units))["pairs"]
    assert round(pair["kappa"]["value"], 3) == 0.492
    assert round(pair["raw_agreement"]["value"], 2) == 0.70
    assert pair["confusion"] == COHEN


def test_kappa_of_fleiss_1971() -> None:
    fleiss = measure_agreement(votes_of(FLEISS))["fleiss_kappa"]
    assert round(fleiss["value"], 3) == 0.430
    assert (fleiss["sentences"], fleiss["labels_per_sentence"]) == (30, 6)


def test_fleiss_is_over_the_sentences_with_the_usual_number_of_labels() -> None:
    fewer = [*FLEISS, "12....", "1.....", "345..."]
    assert measure_agreement(votes_of(fewer))["fleiss_kappa"]["value"] == pytest.approx(
        measure_agreement(votes_of(FLEISS))["fleiss_kappa"]["value"]
    )


def test_positive_agreement_of_two_annotators_is_the_usual_one() -> None:
    figures = measure_agreement(votes_of(["aa"] * 5 + ["ab"] * 2 + ["ba"] + ["bb"] * 4))
    assert figures["per_class"]["a"]["positive_agreement"]["value"] == pytest.approx(2 * 5 / (2 * 5 + 3))
    assert figures["per_class"]["a"]["count"] == 13


def test_one_label_throughout_leaves_alpha_undefined_and_nothing_in_common_is_said() -> None:
    figures = measure_agreement(votes_of(["aa", "aa"]))
    assert figures["alpha"] == {"value": None, "low": None, "high": None}
    assert figures["pairs"][0]["kappa"]["value"] is None
    assert figures["raw_agreement"]["value"] == 1
    with pytest.raises(CorpusError, match="no sentence has the labels of two annotators"):
        measure_agreement(votes_of(["a.", ".b"]))


UNITS = st.integers(2, 4).flatmap(
    lambda width: st.lists(
        st.text("abc.", min_size=width, max_size=width).filter(lambda unit: len(unit.replace(".", "")) > 1),
        min_size=2,
        max_size=12,
    )
)


def alpha_by_pairs(units: Sequence[str]) -> float | None:
    """Return alpha as its definition reads: pairs of values within units against pairs of all values."""
    values = [unit.replace(".", "") for unit in units]
    everything = "".join(values)
    n = len(everything)
    within = sum(sum(a != b for a in unit for b in unit) / (len(unit) - 1) for unit in values) / n
    across = sum(a != b for a in everything for b in everything) / (n * (n - 1))
    return None if across == 0 else 1 - within / across


@given(UNITS, st.permutations("abc"), st.randoms())
def test_alpha_is_its_definition_and_knows_neither_names_nor_order(units, names, drawn) -> None:
    figures = measure_agreement(votes_of(units), n_boot=0)
    alpha = figures["alpha"]["value"]
    assert alpha == (None if alpha_by_pairs(units) is None else pytest.approx(alpha_by_pairs(units)))
    order = list(range(len(units[0])))
    drawn.shuffle(order)
    other = ["".join(unit[place] for place in order).translate(str.maketrans("abc", "".join(names))) for unit in units]
    drawn.shuffle(other)
    assert measure_agreement(votes_of(other), n_boot=0)["alpha"]["value"] == (alpha and pytest.approx(alpha))
    if alpha is not None:
        agreed = all(len(set(unit) - {"."}) == 1 for unit in units)
        assert (alpha == 1) == agreed
        assert figures["raw_agreement"]["value"] == pytest.approx(1) or not agreed
    of_sentences = sentence_agreement(votes_of(units))
    assert len(disagreements(votes_of(units))) == (of_sentences < 1).sum()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=2, max_size=30))
def test_kappa_of_a_pair_is_that_of_scikit_learn(pairs) -> None:
    first, second = zip(*pairs, strict=True)
    assume(len({*first, *second}) > 1)
    (pair,) = measure_agreement(votes_of([a + b for a, b in pairs]), n_boot=0)["pairs"]
    assert pair["kappa"]["value"] == pytest.approx(cohen_kappa_score(first, second))


@given(st.lists(st.text("abc.", min_size=4, max_size=4), min_size=3, max_size=20))
def test_each_pair_of_several_annotators_is_measured_by_itself(units) -> None:
    assume(any(len(unit.replace(".", "")) > 1 for unit in units))
    figures = measure_agreement(votes_of(units), n_boot=0)
    found = {tuple(pair["annotators"]): pair for pair in figures["pairs"]}
    for i, j in itertools.combinations(range(4), 2):
        both = [(unit[i], unit[j]) for unit in units if "." not in (unit[i], unit[j])]
        pair = found.pop((f"r{i}", f"r{j}"), None)
        assert (pair is None) == (not both)
        if pair:
            assert pair["n_sentences"] == len(both)
            assert pair["raw_agreement"]["value"] == pytest.approx(np.mean([one == other for one, other in both]))
            kappa = cohen_kappa_score(*zip(*both, strict=True)) if len({*itertools.chain(*both)}) > 1 else None
            assert pair["kappa"]["value"] == (kappa if kappa is None else pytest.approx(kappa))
    assert not found


def test_intervals_hold_the_value_and_are_wider_where_documents_are_few() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(3, size=600)
    noisy = [np.where(rng.random(600) < 0.25, rng.integers(3, size=600), truth) for _ in range(3)]
    units = ["".join(map(str, unit)) for unit in zip(*noisy, strict=True)]

    def width(n_documents: int) -> float:
        figure = measure_agreement(votes_of(units, [str(row % n_documents) for row in range(600)]))["alpha"]
        assert figure["low"] < figure["value"] < figure["high"]
        return figure["high"] - figure["low"]

    assert measure_agreement(votes_of(units, ["one"] * 600))["alpha"]["low"] is None
    assert width(300) < 0.12
    assert measure_agreement(votes_of(units), seed=1) == measure_agreement(votes_of(units), seed=1)
    # Documents in which annotators either agree or do not: sentences are no independent evidence.
    half = [unit[0] * 3 if row % 20 < 10 else unit for row, unit in enumerate(units)]
    together = measure_agreement(votes_of(half, [str(row % 20) for row in range(600)]))["alpha"]
    alone = measure_agreement(votes_of(half, [None] * 600))["alpha"]
    assert together["high"] - together["low"] > 1.5 * (alone["high"] - alone["low"])


def test_the_most_torn_sentences_come_first() -> None:
    votes = votes_of(["aab", "aaa", "abc", "ab.", "a.."])
    table = disagreements(votes)
    assert table["sentence"].tolist() == ["S2.", "S3.", "S0."]
    assert table["annotator_r2"].tolist()[0] == "c"
    assert table["annotator_r2"].isna().tolist() == [False, True, False]
