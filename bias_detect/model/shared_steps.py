"""What the first steps of a pipeline make of sentences, kept for the next fit on the same ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import joblib

Key = tuple[str, int | tuple[int, ...]]


class SharedSteps:
    """Keep the fitted first steps of pipelines and their output, in this process and as long as it lives itself.

    It stands for the ``memory`` of a scikit-learn pipeline. Where candidates of a search differ in the last step alone,
    the steps before it are fitted once for all of them. What they were fitted on is told apart by identity, not by
    content, so that looking it up costs next to nothing: give the same objects again. All copies share what is kept.

    Notes
    -----
    The fitted steps are shared too: what a pipeline learns later must not be written to them, unless it is the same for
    all.

    Examples
    --------
    >>> from sklearn.feature_extraction.text import CountVectorizer
    >>> from sklearn.naive_bayes import MultinomialNB
    >>> from sklearn.pipeline import Pipeline
    >>> texts, labels, memory = ["She rang.", "He left."], ["a", "b"], SharedSteps()
    >>> steps = [("count", CountVectorizer()), ("linear", MultinomialNB())]
    >>> one, other = (Pipeline(steps, memory=memory).fit(texts, labels) for _ in "ab")
    >>> one["count"] is other["count"], one["linear"] is other["linear"]
    (True, True)
    """

    def __init__(self) -> None:
        # The inputs are kept too: an identity says nothing once its object has gone.
        self._known: dict[Key, tuple[Any, Any]] = {}

    def __sklearn_clone__(self) -> SharedSteps:
        """Return itself: clones of a pipeline share what is kept."""
        return self

    def cache(self, function: Callable[..., Any], **_: Any) -> Callable[..., Any]:
        """Return a function that fits a step unless the same was fitted on the same before.

        Parameters
        ----------
        function : callable
            Scikit-learn's own: from a step, its input, labels and parameters to output and fitted step.

        Returns
        -------
        callable
            The same, remembering.

        Examples
        --------
        >>> calls = []
        >>> fit = SharedSteps().cache(lambda step, X, y, params: calls.append(step))
        >>> texts = ["She rang."]
        >>> _ = fit("count", texts, ["a"]), fit("count", texts, ["a"])
        >>> calls
        ['count']
        """

        def kept(step: Any, X: Any, y: Any, *, params: Any = None, **more: Any) -> Any:
            identity = tuple(map(id, X)) if isinstance(X, Sequence) else id(X)
            key = str(joblib.hash((step, y, None if params is None else dict(params)))), identity
            if key not in self._known:
                self._known[key] = X, function(step, X, y, params=params, **more)
            return self._known[key][1]

        return kept
