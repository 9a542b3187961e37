"""How far annotators agree: alpha and kappas with intervals, by label and by pair, and where they do not."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from bias_detect.bootstrap import REPLICATES, Floats, as_figure, bootstrap
from bias_detect.corpus.votes import NO_VOTE, Codes, Votes
from bias_detect.errors import CorpusError

if TYPE_CHECKING:
    import pandas as pd


def measure_agreement(votes: Votes, *, n_boot: int = REPLICATES, seed: int = 0) -> dict[str, Any]:
    """Measure how far annotators agree, with 95% intervals by bootstrap over documents.

    Labels may be missing anywhere. Whole documents are drawn with replacement, since the sentences of one document
    resemble each other. A figure that is not defined, as where one and the same label was given throughout, is None; a
    replicate in which it is not is left out; a single document has no interval. In simulations with documents of
    unequal difficulty the intervals of alpha and of the kappas held the true value in 89 to 92% of samples of 10
    documents and in 91 to 97% of samples of 20 to 100.

    Parameters
    ----------
    votes : Votes
        What each annotator said of each sentence.
    n_boot : int
        Number of replicates.
    seed : int
        Seed of the draws.

    Returns
    -------
    dict
        - ``alpha``: Krippendorff's, for nominal labels; ``raw_agreement``: the observed agreement in it.
        - ``fleiss_kappa``, as published, for which every sentence must have equally many labels, though not of the same
          annotators: over the ``sentences`` with the most frequent number of labels, ``labels_per_sentence``.
        - ``per_class[label]``: ``alpha`` of the label against all others; ``positive_agreement``: how probable it is
          that another annotator gives this label too; ``count``: labels given to sentences with at least two.
        - ``pairs``: of each two ``annotators`` with sentences in common, ``kappa`` (Cohen's), ``raw_agreement``,
          ``confusion`` (a row for each label of the first) and ``n_sentences``.
        - ``confusion``: ``labels`` and ``matrix``, how often any two annotators gave these two labels to a sentence,
          where each sentence counts with as many pairs as it has labels.
        - ``annotators[name]``: how many sentences they labelled, and how often each label was given.
        - ``n_sentences``, ``n_compared`` (with at least two labels), ``n_documents`` (of these), ``n_labels_given``.

        Each measured figure has ``value``, ``low`` and ``high``.

    Raises
    ------
    CorpusError
        If no sentence has the labels of two annotators.

    References
    ----------
    .. [1] K. Krippendorff, Computing Krippendorff's alpha-reliability, University of Pennsylvania, 2011.
    .. [2] J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20, 1960.
    .. [3] J. L. Fleiss, Measuring nominal scale agreement among many raters, Psychological Bulletin 76, 1971.
    .. [4] R. L. Spitzer, J. L. Fleiss, A re-analysis of the reliability of psychiatric diagnosis, British Journal of
       Psychiatry 125, 1974 (positive agreement).
    .. [5] C. A. Field, A. H. Welsh, Bootstrapping clustered data, Journal of the Royal Statistical Society B 69, 2007.

    Examples
    --------
    >>> codes = np.array([[0, 0], [1, 1], [0, 1], [0, 0]])
    >>> votes = Votes(("Ann", "Bo"), ("told", "judged"), codes, [""] * 4, list("aabb"), [None] * 4, {}, list("1234"))
    >>> figures = measure_agreement(votes)
    >>> round(figures["alpha"]["value"], 3), figures["pairs"][0]["kappa"]["value"]
    (0.533, 0.5)
    """
    k = len(votes.labels)
    tally = label_counts(votes)
    given = tally.sum(axis=1)
    compared = given >= 2
    if not compared.any():
        raise CorpusError(
            "no sentence has the labels of two annotators",
            subject="the corpus",
            next_step="see that the annotators' tables share sentence_id, or document and sentence",
        )
    pairs = _pairs(votes.codes)
    fleiss = given == _usual(given[compared])
    groups = votes.groups()
    _, documents = np.unique(groups[compared], return_inverse=True)
    of_document = np.full(len(groups), NO_VOTE)
    of_document[compared] = documents
    sums = _sums(votes.codes, tally, of_document, fleiss, pairs)
    found = bootstrap(sums, lambda totals: _statistics(totals, k, len(pairs)), n_boot, seed)
    figures = [as_figure(*triple) for triple in zip(*found, strict=True)]
    alpha, raw, kappa = figures[:3]
    alphas, positives = figures[3 : 3 + k], figures[3 + k : 3 + 2 * k]
    kappas, raws = figures[3 + 2 * k : 3 + 2 * k + len(pairs)], figures[3 + 2 * k + len(pairs) :]
    counts = tally[compared].sum(axis=0)
    names = votes.annotators
    return {
        "alpha": alpha,
        "raw_agreement": raw,
        "fleiss_kappa": {
            **kappa,
            "sentences": int(fleiss.sum()),
            "labels_per_sentence": int(given[fleiss][0]),
        },
        "per_class": {
            label: {"alpha": alphas[c], "positive_agreement": positives[c], "count": int(counts[c])}
            for c, label in enumerate(votes.labels)
        },
        "pairs": [
            {
                "annotators": [names[i], names[j]],
                "kappa": kappas[place],
                "raw_agreement": raws[place],
                "n_sentences": len(rows),
                "confusion": _crossed(votes.codes[rows, i], votes.codes[rows, j], k).tolist(),
            }
            for place, (i, j, rows) in enumerate(pairs)
        ],
        "confusion": {"labels": list(votes.labels), "matrix": _coincidences(tally[compared]).tolist()},
        "annotators": {
            name: {
                "sentences": int((column != NO_VOTE).sum()),
                "labels": {label: int((column == c).sum()) for c, label in enumerate(votes.labels)},
            }
            for name, column in zip(names, votes.codes.T, strict=True)
        },
        "n_sentences": len(given),
        "n_compared": int(compared.sum()),
        "n_documents": int(documents.max()) + 1,
        "n_labels_given": int(given.sum()),
        "protocol": {"bootstrap": {"replicates": n_boot, "seed": seed, "level": 0.95, "unit": "document"}},
    }


def label_counts(votes: Votes) -> Codes:
    """Count how many annotators gave each label to each sentence.

    Parameters
    ----------
    votes : Votes
        What they said.

    Returns
    -------
    array of int, of shape (n_sentences, n_labels)
        The counts.

    Examples
    --------
    >>> codes = np.array([[0, 0, 1], [1, -1, -1]])
    >>> votes = Votes(("A", "B", "C"), ("x", "y"), codes, ["", ""], [None] * 2, [None] * 2, {}, ["1", "2"])
    >>> label_counts(votes).tolist()
    [[2, 1], [0, 1]]
    """
    counts = [(votes.codes == c).sum(axis=1) for c in range(len(votes.labels))]
    return np.array(counts, dtype=np.intp).reshape(len(counts), len(votes.codes)).T  # of no label at all, too


def sentence_agreement(votes: Votes) -> Floats:
    """Return for each sentence the share of its pairs of labels that are equal.

    Parameters
    ----------
    votes : Votes
        What annotators said.

    Returns
    -------
    array of float
        From 0 to 1; not a number where a sentence has fewer than two labels.

    Examples
    --------
    >>> codes = np.array([[0, 0, 1], [1, -1, -1]])
    >>> votes = Votes(("A", "B", "C"), ("x", "y"), codes, ["", ""], [None] * 2, [None] * 2, {}, ["1", "2"])
    >>> sentence_agreement(votes).round(2).tolist()
    [0.33, nan]
    """
    tally = label_counts(votes)
    given = tally.sum(axis=1)
    equal = (tally * (tally - 1)).sum(axis=1)
    return _ratio(equal.astype(np.float64), (given * (given - 1)).astype(np.float64))


def disagreements(votes: Votes) -> pd.DataFrame:
    """List the sentences on which annotators disagree, the most torn first.

    Parameters
    ----------
    votes : Votes
        What annotators said.

    Returns
    -------
    pandas.DataFrame
        ``document``, ``sentence_id``, ``sentence``, ``agreement`` (see `sentence_agreement`) and the label of each
        annotator in ``annotator_<name>``. Of sentences with the same agreement, those with more labels come first.

    Examples
    --------
    >>> codes = np.array([[0, 0, 1], [0, 0, 0], [0, 1, -1]])
    >>> votes = Votes(("A", "B", "C"), ("x", "y"), codes, ["One.", "Two.", "Three."], [None] * 3, [None] * 3, {}, [""])
    >>> disagreements(votes)["sentence"].tolist()
    ['Three.', 'One.']
    """
    import pandas as pd

    agreement = sentence_agreement(votes)
    given = (votes.codes != NO_VOTE).sum(axis=1)
    rows = [row for row in np.lexsort([-given, agreement]) if agreement[row] < 1]
    said = [votes.of(row) for row in rows]
    columns: dict[str, list[Any]] = {
        "document": [votes.documents[row] for row in rows],
        "sentence_id": [votes.ids[row] for row in rows],
        "sentence": [votes.sentences[row] for row in rows],
        "agreement": [float(agreement[row]) for row in rows],
    }
    columns |= {f"annotator_{name}": [labels.get(name) for labels in said] for name in votes.annotators}
    return pd.DataFrame(columns)


def _usual(given: Codes) -> int:
    """Return the most frequent number of labels of a sentence, and of two that are as frequent the higher."""
    frequency = np.bincount(given)
    return int(np.flatnonzero(frequency == frequency.max())[-1])


def _pairs(codes: Codes) -> list[tuple[int, int, Codes]]:
    """Return each pair of annotators with the rows that both have labelled."""
    has = codes != NO_VOTE
    found = []
    for i, j in combinations(range(codes.shape[1]), 2):
        rows = np.flatnonzero(has[:, i] & has[:, j])
        if len(rows):
            found.append((i, j, rows))
    return found


def _sums(codes: Codes, tally: Codes, documents: Codes, fleiss: Any, pairs: list[tuple[int, int, Codes]]) -> Any:
    """Add up, a row a document, all that the figures are functions of.

    For alpha by label the coincidences with itself and the labels given; for Fleiss' kappa the agreement, the sentences
    and the labels given; for each pair the agreements and the labels of either.
    """
    from scipy import sparse

    k = tally.shape[1]
    rows, columns, values = [], [], []

    def add(of: Codes, column: Any, value: Any) -> None:
        rows.append(documents[of])
        columns.append(np.broadcast_to(column, len(of)))
        values.append(np.broadcast_to(np.asarray(value, dtype=np.float64), len(of)))

    several = np.flatnonzero(documents != NO_VOTE)
    others = tally[several].sum(axis=1) - 1
    for c in range(k):
        n = tally[several, c]
        add(several, c, n * (n - 1) / others)
        add(several, k + c, n)
    usual = np.flatnonzero(fleiss)
    m = tally[usual].sum(axis=1)
    add(usual, 2 * k, (tally[usual] * (tally[usual] - 1)).sum(axis=1) / (m * (m - 1)))
    add(usual, 2 * k + 1, 1)
    for c in range(k):
        add(usual, 2 * k + 2 + c, tally[usual, c])
    start = 3 * k + 2
    for place, (i, j, both) in enumerate(pairs):
        begin = start + place * (2 * k + 1)
        one, other = codes[both, i], codes[both, j]
        add(both, begin, one == other)
        add(both, begin + 1 + one, 1)
        add(both, begin + 1 + k + other, 1)
    shape = (int(documents.max()) + 1, start + len(pairs) * (2 * k + 1))
    entries = (np.concatenate(rows), np.concatenate(columns))
    return sparse.csr_array((np.concatenate(values), entries), shape=shape)


def _statistics(totals: Floats, k: int, n_pairs: int) -> Floats:
    """Turn totals, a row a replicate, into alpha, raw agreement, Fleiss' kappa, and those by label and by pair."""
    same, given = totals[:, :k], totals[:, k : 2 * k]
    n = given.sum(axis=1)
    observed = _ratio(same.sum(axis=1), n)
    alpha = _beyond(observed, _ratio((given * (given - 1)).sum(axis=1), n * (n - 1)))
    # Of one label against all others, from the disagreements in which it takes part.
    apart = _ratio(2 * (given - same), n[:, None])
    apart_by_chance = _ratio(2 * given * (n[:, None] - given), (n * (n - 1))[:, None])
    by_label = 1 - _ratio(apart, apart_by_chance)
    agreed, sentences, shares = totals[:, 2 * k], totals[:, 2 * k + 1], totals[:, 2 * k + 2 : 3 * k + 2]
    shares = _ratio(shares, shares.sum(axis=1, keepdims=True))
    fleiss = _beyond(_ratio(agreed, sentences), (shares**2).sum(axis=1))
    by_pair = totals[:, 3 * k + 2 :].reshape(len(totals), n_pairs, 2 * k + 1)
    first, second = by_pair[:, :, 1 : k + 1], by_pair[:, :, k + 1 :]
    common = first.sum(axis=2)
    raw = _ratio(by_pair[:, :, 0], common)
    kappa = _beyond(raw, _ratio((first * second).sum(axis=2), common**2))
    return np.column_stack([alpha, observed, fleiss, by_label, _ratio(same, given), kappa, raw])


def _ratio(above: Floats, below: Floats) -> Floats:
    """Divide; where there is nothing to divide by, the result is not a number."""
    below = np.broadcast_to(below, above.shape)
    result = np.full(above.shape, np.nan)
    np.divide(above, below, out=result, where=below > 0)
    return result


def _beyond(observed: Floats, chance: Floats) -> Floats:
    """Return how far agreement goes beyond chance, of what there is to go."""
    return 1 - _ratio(1 - observed, np.where(1 - chance > 1e-12, 1 - chance, 0))


def _crossed(one: Codes, other: Codes, k: int) -> Codes:
    return np.bincount(one * k + other, minlength=k * k).reshape(k, k)


def _coincidences(tally: Codes) -> Floats:
    """Return Krippendorff's matrix of coincidences: symmetric, its rows add up to the labels given."""
    weighted = tally / (tally.sum(axis=1, keepdims=True) - 1)
    matrix = weighted.T @ tally
    return np.asarray(matrix - np.diag(weighted.sum(axis=0)), dtype=np.float64)
