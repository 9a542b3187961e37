"""The API's requests and answers."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bias_detect.server.limits import MOST_CHARACTERS, MOST_IGNORED, MOST_JSON_BYTES

_TEXT = "The nurse rang the ward. Staff should have seen that he was in danger."

Text = Annotated[str, Field(max_length=MOST_CHARACTERS, description="Prose; blank lines part paragraphs.")]
Token = Annotated[str, Field(max_length=100, description="The `upload` of a document that was sent.")]
Entry = Annotated[str, Field(max_length=100)]
Ignored = Annotated[
    list[Entry],
    Field(max_length=MOST_IGNORED, description="Ids of sentences, and names of signals, that are left alone."),
]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ScoreRequest(_Request):
    """A text to score."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": _TEXT}]})

    text: Text


class FileRequest(_Request):
    """What a file is made of: a text, or a document that was sent."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": _TEXT, "ignored": ["missed_opportunity"]}]})

    text: Text | None = None
    upload: Token | None = None
    ignored: Ignored = []

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.text is None) == (self.upload is None):
            raise ValueError("give either text or upload")
        return self


class IgnoreRequest(_Request):
    """What is to be left alone, to be written as an ignore file."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"ignored": ["3fa9c1d20b"], "signals": ["outcome"], "name": "draft.docx"}]}
    )

    ignored: Ignored = []
    signals: Annotated[list[Entry], Field(max_length=100, description="Names of signals.")] = []
    notes: Annotated[
        dict[Entry, Annotated[str, Field(max_length=1000)]],
        Field(max_length=MOST_IGNORED, description="By id, a comment for who reads the file, such as the first words."),
    ] = {}
    name: Annotated[str, Field(max_length=1000, description="The draft's file name.")] = "draft.docx"
    text: Annotated[
        str, Field(max_length=MOST_JSON_BYTES, description="The file as it was; its comments and order are kept.")
    ] = ""


class IgnoreText(_Request):
    """The text of an ignore file."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "3fa9c1d20b  # agreed with the panel\noutcome"}]}
    )

    text: Annotated[str, Field(max_length=MOST_JSON_BYTES)]


class IgnoreEntries(BaseModel):
    """What an ignore file leaves alone."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ids": ["3fa9c1d20b"], "signals": ["outcome"]}]})

    ids: list[str]
    signals: list[str]


class SignalMark(BaseModel):
    """Words that are a signal of hindsight; offsets in the sentence."""

    model_config = ConfigDict(extra="forbid")

    signal: str
    start: int
    end: int
    text: str


class InfluenceMark(BaseModel):
    """Words that name an influence on practice; offsets in the sentence."""

    model_config = ConfigDict(extra="forbid")

    influence: str
    start: int
    end: int
    text: str


class Row(BaseModel):
    """A row of the scored table, with the sentence's id and whether it is flagged; `p_LABEL` for each label."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, float]

    document: str
    sentence_id: str
    section: str | None
    paragraph: int
    page: int | None
    start: Annotated[
        int, Field(description="Offset in the paragraphs' texts, joined by two newlines, in characters (code points).")
    ]
    end: int
    sentence: str
    label: str
    confidence: Annotated[float, Field(ge=0, le=1, description="Probability of the label.")]
    uncertain: Annotated[bool, Field(description="Whether other labels are possible.")]
    signals: list[SignalMark]
    influences: list[InfluenceMark]
    id: Annotated[str, Field(description="A digest of the sentence, by which it can be ignored.")]
    flagged: Annotated[bool, Field(description="Whether a review would comment on it.")]
    question: Annotated[str | None, Field(description="What such a comment would ask.")]
    meanings: Annotated[
        dict[str, str], Field(description="By signal, or label, of a flag: the name of the advice that explains it.")
    ]


class Place(BaseModel):
    """A paragraph."""

    model_config = ConfigDict(extra="forbid")

    number: int
    section: str | None
    page: int | None
    heading: bool
    text: str


class Share(BaseModel):
    """How many sentences have a label."""

    model_config = ConfigDict(extra="forbid")

    count: int
    share: float


_SENTENCE: dict[str, Any] = {
    "document": "text",
    "sentence_id": "p1s2",
    "section": None,
    "paragraph": 1,
    "page": None,
    "start": 25,
    "end": 70,
    "sentence": "Staff should have seen that he was in danger.",
    "label": "hindsight_biased",
    "confidence": 0.98,
    "p_descriptive": 0.01,
    "p_explanatory": 0.01,
    "p_hindsight_biased": 0.98,
    "uncertain": False,
    "signals": [{"signal": "counterfactual", "start": 6, "end": 22, "text": "should have seen"}],
    "influences": [],
    "id": "60b4c8a7de",
    "flagged": True,
    "question": "What did people see at the time, and what did it mean to them? What else had their attention then?",
    "meanings": {"counterfactual": "failure_to_see"},
}
_SCORED: dict[str, Any] = {
    "document": "text",
    "paragraphs": [{"number": 1, "section": None, "page": None, "heading": False, "text": _TEXT}],
    "sentences": [_SENTENCE],
    "shares": {
        "descriptive": {"count": 1, "share": 0.5},
        "explanatory": {"count": 0, "share": 0.0},
        "hindsight_biased": {"count": 1, "share": 0.5},
    },
}


class Scored(BaseModel):
    """A scored text."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_SCORED]})

    document: str
    paragraphs: list[Place]
    sentences: list[Row]
    shares: dict[str, Share]


class ScoredDocument(Scored):
    """A scored document."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{**_SCORED, "kind": "word", "upload": "kJ3…", "note": None}]}
    )

    kind: Annotated[str, Field(pattern="^(word|pdf|text)$", description="text for HTML and Markdown too.")]
    upload: Annotated[str, Field(description="By this it can be asked for, for half an hour.")]
    note: Annotated[str | None, Field(description="What a person should know of how it was read.")]


class Authority(BaseModel):
    """What advice rests on."""

    title: str
    address: str | None


class Advice(BaseModel):
    """What is said about a label, signal or influence."""

    id: str
    name: str
    what: str
    why: str
    question: str
    before: str
    after: str
    authorities: list[Authority]


class ModelAbout(BaseModel):
    """The model."""

    name: str
    classes: list[str]
    digest: str
    quality: Annotated[str | None, Field(description="How often a flag is right, in a few sentences.")]


_ADVICE: dict[str, Any] = {
    "id": "hindsight_biased",
    "name": "hindsight-biased",
    "what": "It judges what was done by what came to be known later.",
    "why": "It hides what made the action sensible at the time.",
    "question": "What was known then, and to whom?",
    "before": "Staff should have seen that he was in danger.",
    "after": "Staff had been told that he was safe.",
    "authorities": [{"title": "B. Fischhoff, Hindsight is not equal to foresight (1975)", "address": None}],
}


class AdviceBook(BaseModel):
    """All advice, the model and the version of the program."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "labels": {"hindsight_biased": _ADVICE},
                    "signals": {},
                    "influences": {},
                    "model": {
                        "name": "default",
                        "classes": ["descriptive", "explanatory", "hindsight_biased"],
                        "digest": "9f2c…",
                        "quality": "On real reports 70% of the flags are right, and 25% of such are missed; …",
                    },
                    "version": "0.1.0",
                }
            ]
        }
    )

    labels: dict[str, Advice]
    signals: dict[str, Advice]
    influences: dict[str, Advice]
    model: ModelAbout
    version: str


class ProblemDetails(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Unprocessable Content",
                    "status": 422,
                    "detail": "draft.docx: is a damaged Word document; open it in Word, repair it and save it again",
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
