"""A fine-tuned sentence encoder, run offline from an ONNX file: sentences in, log-probabilities out."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bias_detect.errors import ModelError

ENCODER, TOKENIZER = "encoder.onnx", "tokenizer.json"
"""Names of the files in a bundle."""

DECIMALS = 4
"""To which log-probabilities are rounded: libraries add up in another order for batches of another size."""

_INSTALL = "run in the program's folder: pip install '.[accurate]'"
_BATCH = 16
_AT_ONCE = 2048  # sentences that are held as word pieces


class SentenceEncoder:
    """What a fine-tuned encoder says of sentences.

    Sentences of equal length are read together, without padding, by as many threads as ``OMP_NUM_THREADS`` or the
    machine allows. What is said of a sentence does not depend on the sentences beside it.

    Parameters
    ----------
    encoder : bytes
        An ONNX model from ``input_ids`` and ``attention_mask`` to ``log_proba``. It is given as bytes, so that it can
        name no other file.
    tokenizer : bytes
        The ``tokenizer.json`` that belongs to it, with its own limit of length.
    n_classes : int
        Number of labels.

    See Also
    --------
    bias_detect.model.encoded.EncodedClassifier : puts it beside the words and the cues.

    References
    ----------
    Wang et al., *MiniLM: deep self-attention distillation for task-agnostic compression of pre-trained transformers*,
    2020.
    Jacob et al., *Quantization and training of neural networks for efficient integer-arithmetic-only inference*, 2018.
    """

    def __init__(self, encoder: bytes, tokenizer: bytes, n_classes: int) -> None:
        self._encoder = encoder
        self._tokenizer = tokenizer
        self._n_classes = n_classes
        self._ready: tuple[Any, Any, int] | None = None
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        """Leave the running session out: another process makes its own."""
        return {**self.__dict__, "_ready": None, "_lock": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Come back in another process."""
        self.__dict__.update(state, _lock=threading.Lock())

    def log_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the log-probabilities of the labels.

        Parameters
        ----------
        texts : sequence of str
            One sentence each.

        Returns
        -------
        ndarray of shape (n_sentences, n_classes)
            Rounded to :data:`DECIMALS` decimals.

        Raises
        ------
        ModelError
            If the libraries of the extra ``accurate`` are not installed, or the files are not what they should be.
        """
        from concurrent.futures import ThreadPoolExecutor

        session, tokenizer, threads = self._session()
        found = np.zeros((len(texts), self._n_classes))

        def say(pieces: NDArray[np.int64], places: list[int]) -> None:
            given = {"input_ids": pieces, "attention_mask": np.ones_like(pieces)}
            found[places] = session.run(["log_proba"], given)[0]

        with ThreadPoolExecutor(threads) as pool:
            for start in range(0, len(texts), _AT_ONCE):
                part = [" ".join(text.split()) for text in texts[start : start + _AT_ONCE]]
                ids = [encoding.ids for encoding in tokenizer.encode_batch(part)]
                # The results are asked for, so that an error in a thread is not lost.
                list(pool.map(lambda batch: say(*batch), _batches(ids, start)))
        return found.round(DECIMALS)

    def _session(self) -> tuple[Any, Any, int]:
        """Return the session, the tokenizer and the number of threads, made when first needed."""
        with self._lock:
            if self._ready is None:
                self._ready = self._made()
            return self._ready

    def _made(self) -> tuple[Any, Any, int]:
        try:
            import onnxruntime
            import tokenizers
        except ImportError as error:
            raise ModelError(
                f"the accurate model needs {error.name}, which is not installed", next_step=_INSTALL
            ) from None
        try:
            tokenizer = tokenizers.Tokenizer.from_str(self._tokenizer.decode())
            tokenizer.no_padding()
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1  # the batches are spread, not their parts
            options.log_severity_level = 3
            session = onnxruntime.InferenceSession(self._encoder, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # both libraries raise kinds of their own
            raise ModelError(
                f"the encoder cannot be read ({type(error).__name__})", next_step="copy the bundle again"
            ) from error
        return session, tokenizer, n_threads()


def n_threads() -> int:
    """Return how many threads may work: ``OMP_NUM_THREADS``, which a pool of processes sets, or all cores.

    Returns
    -------
    int
        At least 1.

    Examples
    --------
    >>> n_threads() >= 1
    True
    """
    given = os.environ.get("OMP_NUM_THREADS", "")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(int(given), cores)) if given.isdecimal() else cores


def _batches(ids: list[list[int]], start: int) -> Iterator[tuple[NDArray[np.int64], list[int]]]:
    """Yield sentences of equal length, some at a time, with their places."""
    order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
    first = 0
    while first < len(order):
        size = len(ids[order[first]])
        last = first + 1
        while last < min(len(order), first + _BATCH) and len(ids[order[last]]) == size:
            last += 1
        places = order[first:last]
        yield np.array([ids[place] for place in places], dtype=np.int64), [start + place for place in places]
        first = last


def limited(tokenizer: bytes, tokens: int) -> bytes:
    """Return a tokenizer's file with a limit of length and no padding.

    Parameters
    ----------
    tokenizer : bytes
        A ``tokenizer.json``.
    tokens : int
        Most word pieces of a sentence.

    Returns
    -------
    bytes
        The same with this limit.

    Examples
    --------
    >>> json.loads(limited(b"{}", 128))["truncation"]["max_length"]
    128
    """
    content = json.loads(tokenizer)
    content["truncation"] = {"direction": "Right", "max_length": tokens, "strategy": "LongestFirst", "stride": 0}
    content["padding"] = None
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
