"""The spaCy component ``bias_detect``: labels the sentences of any spaCy pipeline."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import srsly
from spacy.language import Language
from spacy.pipeline import Pipe
from spacy.tokens import Doc, Span
from spacy.util import minibatch

from bias_detect.errors import ModelError
from bias_detect.language.boundaries import ReportSentences
from bias_detect.model.bundle import FILES, find_bundle, load_model

if TYPE_CHECKING:
    from bias_detect.model.classifier import ReviewClassifier

KEY = "bias_detect"
"""Name of the component, and of its group in ``doc.spans``."""

_ATTRIBUTES = ("bias_label", "bias_scores", "bias_uncertain")


class BiasDetect(Pipe):
    """Label each sentence of a Doc as describing practice, explaining it, or judging it with hindsight.

    Every sentence of ``doc.sents`` gets ``sent._.bias_label`` (the label), ``sent._.bias_scores`` (a dict from each
    label to its probability) and ``sent._.bias_uncertain`` (whether other labels are possible); and
    ``doc.spans["bias_detect"]`` holds a span a sentence, its label in ``label_``, which
    ``displacy.render(doc, style="span", options={"spans_key": "bias_detect"})`` shows. Sentences of white space get
    none. The label rests on the sentence's characters alone: whichever tokenizer the pipeline has, it is that of
    ``predict([sent.text])``.

    Boundaries that a component before it has set (a parser, ``sentencizer``, ``report_sentences``) are taken as they
    are; where there are none, those of ``report_sentences`` are set, which were made for reports and may split a token
    that two sentences share. So add it last, or after ``report_sentences``.

    The model is loaded at the first Doc. It is saved with the pipeline, which can then be loaded where the folder of
    the model is not; so that one that is not there shows at the first Doc only, and ``nlp.replace_pipe`` takes another.

    Parameters
    ----------
    name : str, default="bias_detect"
        The component's name in the pipeline.
    model : str, default="default"
        The shipped model, or the folder of another.

    Notes
    -----
    Macro-F1 of the shipped model, cross-validated by document: 0.84 on composed reviews, 0.73 on coroners' reports,
    0.67 on public inquiries; F1 of ``hindsight_biased`` 0.90, 0.80 and 0.65, of ``explanatory`` 0.74, 0.41 and 0.41. On
    sentences that nobody had seen when its rules were written, macro-F1 is 0.51 on coroners' reports and 0.63 on
    inquiries. No human has labelled these sentences. The model card has the rest: ``bias-detect model card``.

    Examples
    --------
    >>> import spacy
    >>> nlp = spacy.blank("en")
    >>> _ = nlp.add_pipe("bias_detect")
    >>> doc = nlp("The nurse rang the ward. Staff should have seen that he was in danger.")
    >>> [sent._.bias_label for sent in doc.sents]
    ['descriptive', 'hindsight_biased']
    """

    def __init__(self, name: str = KEY, model: str = "default") -> None:
        self.name = name
        self._source = model
        self._classifier: ReviewClassifier | None = None
        self._files: dict[str, bytes] | None = None
        self._boundaries = ReportSentences()
        for attribute in _ATTRIBUTES:
            if not Span.has_extension(attribute):
                Span.set_extension(attribute, default=None)

    @property
    def classifier(self) -> ReviewClassifier:
        """The model that labels; loaded at the first use."""
        if self._classifier is None:
            try:
                folder = find_bundle(self._source)
            except ModelError as error:  # not said before: a saved pipeline is made first, and then given its model
                way = f"nlp.replace_pipe({self.name!r}, {KEY!r}, config={{'model': …}})"
                raise ModelError(error.cause, subject=error.subject, next_step=f"{error.next_step}: {way}") from None
            self._classifier = load_model(folder)
        return self._classifier

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the model; none while there is no such model."""
        try:
            return tuple(map(str, self.classifier.classes_))
        except ModelError:  # spaCy asks before it hands over the model that was saved
            return ()

    def __call__(self, doc: Doc) -> Doc:
        """Label the sentences of a Doc.

        Parameters
        ----------
        doc : spacy.tokens.Doc
            The text.

        Returns
        -------
        spacy.tokens.Doc
            The same Doc.
        """
        self._label([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Label the sentences of a stream of Docs, those of a batch at once.

        Parameters
        ----------
        stream : iterable of spacy.tokens.Doc
            The texts.
        batch_size : int, default=128
            Docs that are labelled at once.

        Yields
        ------
        spacy.tokens.Doc
            The same Docs, in order.

        Examples
        --------
        >>> import spacy
        >>> nlp = spacy.blank("en")
        >>> _ = nlp.add_pipe("bias_detect")
        >>> [[span.label_ for span in doc.spans["bias_detect"]] for doc in nlp.pipe(["She rang.", "He left."])]
        [['descriptive'], ['descriptive']]
        """
        handle: Callable[..., None] = self.get_error_handler()
        for docs in minibatch(stream, size=batch_size):  # type: ignore[no-untyped-call]
            try:
                self._label(docs)
            except Exception as error:
                handle(self.name, self, docs, error)
                continue
            yield from docs

    def _label(self, docs: list[Doc]) -> None:
        sentences: list[tuple[Doc, Span]] = []
        for doc in docs:
            if len(doc) and not doc.has_annotation("SENT_START"):
                self._boundaries(doc)
            doc.spans[KEY] = []
            sentences += [(doc, sentence) for sentence in doc.sents if sentence.text.strip()] if len(doc) else []
        if not sentences:
            return
        model = self.classifier
        names = [str(label) for label in model.classes_]
        found = model.assess([sentence.text for _, sentence in sentences])
        rows = zip(sentences, found.labels.tolist(), found.uncertain.tolist(), found.proba.tolist(), strict=True)
        for (doc, sentence), label, doubt, shares in rows:
            sentence._.bias_label = str(label)
            sentence._.bias_scores = dict(zip(names, shares, strict=True))
            sentence._.bias_uncertain = doubt
            doc.spans[KEY].append(Span(doc, sentence.start, sentence.end, label=str(label)))

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Return the model as bytes.

        Parameters
        ----------
        exclude : iterable of str, optional
            ``"model"`` leaves it out, so that the pipeline's config alone says which it is.

        Returns
        -------
        bytes
            The files of its bundle.

        Examples
        --------
        >>> len(BiasDetect().to_bytes()) > len(BiasDetect().to_bytes(exclude=["model"]))
        True
        """
        files = {} if "model" in exclude else self._bundle()
        data: bytes = srsly.msgpack_dumps(files)
        return data

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> BiasDetect:
        """Take the model from bytes.

        Parameters
        ----------
        data : bytes
            What `to_bytes` returned.
        exclude : iterable of str, optional
            ``"model"`` keeps the model that is there.

        Returns
        -------
        BiasDetect
            This component.

        Raises
        ------
        ModelError
            If the model is damaged or not to be trusted.

        Examples
        --------
        >>> BiasDetect().from_bytes(BiasDetect().to_bytes()).labels
        ('descriptive', 'explanatory', 'hindsight_biased')
        """
        files = {} if "model" in exclude else srsly.msgpack_loads(data)
        if files:
            self._classifier, self._files = _unpacked(files), files
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the model to a folder, as a bundle.

        Parameters
        ----------
        path : str or Path
            The folder.
        exclude : iterable of str, optional
            As in `to_bytes`.

        Examples
        --------
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     BiasDetect().to_disk(folder)
        ...     sorted(path.name for path in Path(folder).iterdir())
        ['MODEL_CARD.md', 'manifest.json', 'model.skops']
        """
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in {} if "model" in exclude else self._bundle().items():
            (folder / name).write_bytes(content)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> BiasDetect:
        """Take the model from a folder.

        Parameters
        ----------
        path : str or Path
            What `to_disk` wrote.
        exclude : iterable of str, optional
            As in `from_bytes`.

        Returns
        -------
        BiasDetect
            This component.

        Raises
        ------
        ModelError
            If the model is damaged or not to be trusted.

        Examples
        --------
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     BiasDetect().to_disk(folder)
        ...     BiasDetect().from_disk(folder).labels
        ('descriptive', 'explanatory', 'hindsight_biased')
        """
        files = {} if "model" in exclude else _read(Path(path))
        if files:  # none where the model was left out
            self._classifier, self._files = load_model(path), files
        return self

    def _bundle(self) -> dict[str, bytes]:
        return _read(find_bundle(self._source)) if self._files is None else self._files


def _read(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES if (folder / name).is_file()}


def _unpacked(files: dict[str, bytes]) -> ReviewClassifier:
    """Load a model from the files of its bundle."""
    if not set(files) <= set(FILES):
        raise ModelError("the bytes hold no model", next_step="save the pipeline again")
    with tempfile.TemporaryDirectory(prefix="bias-detect-") as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        return load_model(folder)


@Language.factory(
    KEY,
    default_config={"model": "default"},
    assigns=["doc.spans", *(f"span._.{attribute}" for attribute in _ATTRIBUTES)],
    retokenizes=True,
)
def create_bias_detect(nlp: Language, name: str, model: str) -> BiasDetect:
    """Make the component; called by ``nlp.add_pipe("bias_detect")``.

    Parameters
    ----------
    nlp : spacy.language.Language
        The pipeline.
    name : str
        The component's name in it.
    model : str
        The shipped model, or the folder of another.

    Returns
    -------
    BiasDetect
        A new component.

    Examples
    --------
    >>> create_bias_detect(Language(), "labels", "default").name
    'labels'
    """
    return BiasDetect(name, model)
