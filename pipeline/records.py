"""Every type that one stage hands to another: frozen pydantic models, never a dict or a bare tuple.

In reading order: what is ingested, what was said, what is cut, what is published, what is found.
Times are seconds as floats from the recording's start unless the field says otherwise; people are
pseudonyms of :data:`consent.records.PersonId`, never names.
"""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, NewType

from pydantic import AwareDatetime, BeforeValidator, Field, PlainSerializer, PlainValidator

from consent.records import Frozen, Naming, PersonId, RecordingId, Role, Span

ClipId = NewType("ClipId", str)
"""``clip-`` and 20 hexadecimal digits: a hash of the recording, the cut and what is said in it."""

FrameRate = Annotated[
    Fraction,
    PlainValidator(Fraction),
    PlainSerializer(str, return_type=str),
]
"""Frames per second, exact (``30000/1001``)."""


class Stage(StrEnum):
    """The stages, in the order of the flow."""

    INGEST = "ingest"
    TRANSCRIBE = "transcribe"
    SEGMENT = "segment"
    RENDER = "render"
    INDEX = "index"

    @property
    def french(self) -> str:
        """How an operator reads it."""
        return {
            Stage.INGEST: "lecture",
            Stage.TRANSCRIBE: "transcription",
            Stage.SEGMENT: "découpage",
            Stage.RENDER: "montage",
            Stage.INDEX: "indexation",
        }[self]


class Provenance(Frozen):
    """How a stage output came to be. ``key`` addresses it: same key, same content.

    ``inputs`` are content hashes or keys of what went in; ``parameters`` is canonical JSON.
    """

    stage: Stage
    key: str
    code_version: str
    inputs: tuple[str, ...]
    parameters: str
    model: str | None = None
    made_at: AwareDatetime


# --- ingest ------------------------------------------------------------------------------------------


class MediaInfo(Frozen):
    """What a full read of the file found (never what its header claims)."""

    sha256: str
    size_bytes: int
    container: str
    duration: float = Field(gt=0)
    width: int
    height: int
    frame_rate: FrameRate
    variable_frame_rate: bool
    audio_streams: int


class Participant(Frozen):
    """A person in the meeting, without a name."""

    id: PersonId
    role: Role
    occupation: str | None = None


class TrackOrigin(StrEnum):
    """Where a track's audio was taken from, best first."""

    OWN_FILE = "own_file"
    OWN_STREAM = "own_stream"
    STEREO_SIDE = "stereo_side"
    MIX = "mix"


class Track(Frozen):
    """16 kHz mono 16-bit WAV of one person, or of everybody (``person`` None).

    ``stream`` is the audio stream of the media it was taken from, 0 being the first; a mix holds all of them. ``file``
    is relative to the ingest output. A person who came back after a cut has several tracks. A sample at time t of the
    track was heard at ``offset + rate * t`` seconds of the recording: ``offset`` may be negative, and ``rate`` is not 1
    where the two clocks drifted apart.
    """

    person: PersonId | None
    origin: TrackOrigin
    stream: int = Field(0, ge=0)
    file: str
    offset: float
    duration: float
    rate: float = Field(1.0, gt=0.99, lt=1.01)


class TranscriptOrigin(StrEnum):
    """Who wrote the words."""

    MODEL = "model"
    PLATFORM = "platform"
    SCRIPT = "script"

    @property
    def french(self) -> str:
        """How an operator reads it."""
        return {
            TranscriptOrigin.MODEL: "modèle de parole",
            TranscriptOrigin.PLATFORM: "transcription de la plateforme",
            TranscriptOrigin.SCRIPT: "texte du scénario",
        }[self]


class Cue(Frozen):
    """One caption of a transcript that came with the recording; its speaker where it was recognised."""

    span: Span
    speaker: PersonId | None
    text: str


class Sidecar(Frozen):
    """The transcript that came with the recording."""

    origin: TranscriptOrigin
    cues: tuple[Cue, ...]


class Recording(Frozen):
    """The ingest output: what was read of the meeting, and its tracks.

    It does not say where the recording is: the operator may move it, and its name may be a person's. ``vocabulary``
    holds words proper to this meeting, for the speech model. ``remarks`` are French sentences for the operator: what
    was handed in and could not be used, or was corrected.
    """

    id: RecordingId
    recorded_at: AwareDatetime
    language: str
    participants: tuple[Participant, ...]
    media: MediaInfo
    tracks: tuple[Track, ...]
    sidecar: Sidecar | None
    provenance: Provenance
    vocabulary: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def role_of(self, person: PersonId | None) -> Role | None:
        """The role of a person of this meeting; None for an unknown speaker."""
        return next((one.role for one in self.participants if one.id == person), None)

    @property
    def occupation(self) -> str | None:
        """The professional's occupation."""
        return next((one.occupation for one in self.participants if one.role is Role.PROFESSIONAL), None)


# --- transcribe --------------------------------------------------------------------------------------


class Word(Frozen):
    """A word as written (with its punctuation, without spaces around it), its time, its probability."""

    text: str = Field(min_length=1)
    span: Span
    probability: float = Field(ge=0, le=1)


class Utterance(Frozen):
    """Words that one person says without a break."""

    speaker: PersonId | None
    words: tuple[Word, ...] = Field(min_length=1)

    @property
    def span(self) -> Span:
        """From the first word's start to the last word's end."""
        return Span(start=self.words[0].span.start, end=max(word.span.end for word in self.words))

    @property
    def text(self) -> str:
        """The words, one space apart."""
        return " ".join(word.text for word in self.words)


class DoubtReason(StrEnum):
    """Why a text that was transcribed is not believed."""

    KNOWN_PHRASE = "known_phrase"
    LOOP = "loop"
    SILENCE = "silence"
    TOO_FAST = "too_fast"
    NO_SPEECH = "no_speech"

    @property
    def french(self) -> str:
        """How an operator reads it."""
        return {
            DoubtReason.KNOWN_PHRASE: "formule de sous-titrage",
            DoubtReason.LOOP: "texte en boucle",
            DoubtReason.SILENCE: "texte sur un silence",
            DoubtReason.TOO_FAST: "texte plus rapide que la parole",
            DoubtReason.NO_SPEECH: "texte sur un bruit",
        }[self]


class Doubt(Frozen):
    """A text set aside: it is kept here, and is in no utterance, so that nothing of it is ever published."""

    speaker: PersonId | None
    span: Span
    text: str
    reason: DoubtReason


class Transcript(Frozen):
    """Who said what and when; utterances, and what was set aside, in order of their start."""

    recording_id: RecordingId
    language: str
    origin: TranscriptOrigin
    utterances: tuple[Utterance, ...]
    provenance: Provenance
    doubts: tuple[Doubt, ...] = ()


# --- segment -----------------------------------------------------------------------------------------


class TagKind(StrEnum):
    """What a tag tells of a clip."""

    QUESTION = "question"
    SECTOR = "sector"
    OCCUPATION = "occupation"
    LEVEL = "level"


class Tag(Frozen):
    """What a clip is about, and the sentence that earned it.

    ``value`` is a stable identifier, ``label`` is French. ``sentence`` counts the sentences of the segment (later
    of the clip) from 0; None where the meeting's own description says it (the occupation declared there). ``at`` is
    when the earning words begin, in seconds of the recording: it outlives a new division into sentences.
    """

    kind: TagKind
    value: str
    label: str
    confidence: float = Field(ge=0, le=1)
    sentence: int | None = Field(None, ge=0)
    at: float | None = None
    rome: str | None = None
    onisep: str | None = None


class Standalone(Frozen):
    """How well a clip is understood without what came before it: 1 wholly, 0 not at all; why not, in French."""

    score: float = Field(ge=0, le=1)
    reasons: tuple[str, ...] = ()
    needs_review: bool = False


class Dependence(Frozen):
    """What the start of a passage takes from what was said before: 0 nothing, 1 it means nothing alone."""

    strength: float = Field(ge=0, le=1)
    reasons: tuple[str, ...] = ()


class Headline(Frozen):
    """What is read of a clip before it is watched. ``summary`` holds at most two of its own sentences, cleaned."""

    title: str
    summary: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()


def trade_key(form: str) -> str:
    """What two writings of one occupation share: case, accents, ligatures, hyphens and spaces do not count."""
    letters = unicodedata.normalize("NFKD", form.casefold().replace("œ", "oe").replace("æ", "ae"))
    return " ".join("".join(one if one.isalnum() else " " for one in letters if not unicodedata.combining(one)).split())


class Trade(Frozen):
    """An occupation of an imported referential: the keys of every form it is written in, and its codes.

    ``forms`` are made by :func:`trade_key`, feminine and masculine.
    """

    label: str = Field(min_length=1)
    forms: tuple[str, ...] = Field(min_length=1)
    rome: str | None = None
    onisep: str | None = None


class Referential(Frozen):
    """The occupations that the operator imported (ROME, ONISEP); empty where nothing was."""

    trades: tuple[Trade, ...] = ()


def _may_name(written: object) -> object:
    """What was written before names were told apart does not say whether it names somebody: it may."""
    return {"names": Naming.SHOWN, **written} if isinstance(written, dict) else written


class Segment(Frozen):
    """A future clip: the cut, its title, and what is said inside it (whole words only).

    ``names``: shown where what will be written of the clip names somebody.
    """

    id: ClipId
    recording_id: RecordingId
    span: Span
    title: str
    utterances: tuple[Utterance, ...] = Field(min_length=1)
    summary: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()
    standalone: Standalone | None = None
    names: Naming = Naming.MASKED


class Omission(Frozen):
    """A part of the meeting that is in no clip, and why (one French phrase)."""

    span: Span
    reason: str


class Segmentation(Frozen):
    """The segment output: clips in order of time, and what was left out."""

    recording_id: RecordingId
    segments: tuple[Annotated[Segment, BeforeValidator(_may_name)], ...]
    omissions: tuple[Omission, ...]
    provenance: Provenance


# --- render and publish ------------------------------------------------------------------------------


class Sentence(Frozen):
    """A sentence of a clip. ``span`` counts from the clip's start."""

    role: Role | None
    span: Span
    text: str = Field(min_length=1)


class Clip(Frozen):
    """A rendered clip. ``video``, ``captions`` and ``poster`` are file names in the render output.

    ``span`` is the cut in the recording; ``duration`` is that of the file. ``names``: shown where what is written of
    the clip names somebody, so that it is shown only as long as everybody agrees to be named.
    """

    id: ClipId
    recording_id: RecordingId
    span: Span
    duration: float
    title: str
    occupation: str | None
    language: str
    recorded_at: AwareDatetime
    width: int
    height: int
    sentences: tuple[Sentence, ...]
    video: str
    captions: str
    poster: str
    video_sha256: str
    summary: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()
    standalone: Standalone | None = None
    names: Naming = Naming.MASKED


class Rendering(Frozen):
    """The render output of a recording."""

    recording_id: RecordingId
    clips: tuple[Annotated[Clip, BeforeValidator(_may_name)], ...]
    provenance: Provenance


# --- index ------------------------------------------------------------------------------------------


class Belonging(Frozen):
    """What the operator says of a professional so that chance shows everybody alike; None where it is not said.

    It is in the index's columns alone: it is never shown, never told by the API, and nothing can be searched by it.
    """

    gender: str | None = None
    region: str | None = None


UNTOLD = Belonging()
"""Nothing is said."""


class EmbeddedClip(Frozen):
    """Where a clip's vectors are: row ``clip_row``, then one row a sentence from ``first_sentence_row``."""

    clip_id: ClipId
    clip_row: int
    first_sentence_row: int
    sentences: int


class Embedding(Frozen):
    """The index stage's output for one recording: its vectors, ready to enter any generation.

    ``file`` is a NumPy file in the output, ``(rows, dimension)`` float32, rows of unit length.
    """

    recording_id: RecordingId
    file: str
    dimension: int
    clips: tuple[EmbeddedClip, ...]
    provenance: Provenance


# --- find --------------------------------------------------------------------------------------------


class Mode(StrEnum):
    """How a query is matched."""

    HYBRID = "hybrid"
    KEYWORD = "keyword"
    SEMANTIC = "semantic"


class FacetName(StrEnum):
    """What clips can be filtered and counted by, in the order of the page."""

    QUESTION = "question"
    SECTOR = "sector"
    OCCUPATION = "occupation"
    LEVEL = "level"
    LENGTH = "length"
    LANGUAGE = "language"
    CAPTIONS = "captions"
    YEAR = "year"

    @property
    def french(self) -> str:
        """How a visitor reads it."""
        return {
            FacetName.QUESTION: "Type de question",
            FacetName.SECTOR: "Secteur",
            FacetName.OCCUPATION: "Métier",
            FacetName.LEVEL: "Niveau d’études",
            FacetName.LENGTH: "Durée",
            FacetName.LANGUAGE: "Langue",
            FacetName.CAPTIONS: "Accessibilité",
            FacetName.YEAR: "Année",
        }[self]


class Choice(Frozen):
    """A value that the visitor chose in a facet."""

    facet: FacetName
    value: str


class Filters(Frozen):
    """What a page is restricted to: any chosen value of a facet, and every facet; both days are included."""

    chosen: tuple[Choice, ...] = ()
    since: date | None = None
    until: date | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every clip passes."""
        return not self.chosen and self.since is None and self.until is None

    def of(self, facet: FacetName) -> tuple[str, ...]:
        """The values chosen in one facet."""
        return tuple(one.value for one in self.chosen if one.facet is facet)

    def without(self, facet: FacetName) -> Filters:
        """The same but for one facet."""
        return self.model_copy(update={"chosen": tuple(one for one in self.chosen if one.facet is not facet)})


EVERYTHING = Filters()
"""No filter."""


class FacetValue(Frozen):
    """A value, its label, and how many of the clips found have it."""

    value: str
    label: str
    count: int
    chosen: bool = False


class Facet(Frozen):
    """The values of one facet, the commonest first."""

    name: FacetName
    values: tuple[FacetValue, ...]


class SuggestionKind(StrEnum):
    """What a suggestion leads to."""

    OCCUPATION = "occupation"
    TAG = "tag"
    TITLE = "title"


class Suggestion(Frozen):
    """What a visitor may mean while typing; ``clips`` counts those that may be shown."""

    kind: SuggestionKind
    text: str
    clips: int


class Why(StrEnum):
    """What found a hit."""

    WORDS = "words"
    MEANING = "meaning"
    BOTH = "both"


class Mark(Frozen):
    """Characters ``[start, end)`` of a text that the query's words match."""

    start: int = Field(ge=0)
    end: int


class Moment(Frozen):
    """The sentence that answers: where it is in the clip and in the meeting, and its matching words."""

    at: float = Field(ge=0, description="seconds from the clip's start")
    in_meeting: float = Field(ge=0, description="seconds from the recording's start")
    text: str
    marks: tuple[Mark, ...]


class Hit(Frozen):
    """A clip that answers a query."""

    clip: Clip
    score: float
    why: Why
    title_marks: tuple[Mark, ...]
    moment: Moment


class SearchPage(Frozen):
    """One page of hits. ``generation`` names the index that answered (empty where there is none yet).

    ``understood`` is the question written out, where shorthand or mistakes were read otherwise than typed; empty
    where it was searched as it is. ``total`` counts the clips that answer and may be shown, ``facets`` count them.
    ``nearby`` are occupations close to a question that nothing answers. ``cursor`` leads to the next page.
    """

    query: str
    mode: Mode
    hits: tuple[Hit, ...]
    generation: str
    understood: str = ""
    total: int = 0
    facets: tuple[Facet, ...] = ()
    nearby: tuple[Suggestion, ...] = ()
    cursor: str | None = None


# --- report ------------------------------------------------------------------------------------------


class Outcome(StrEnum):
    """What became of a stage for one recording."""

    DONE = "done"
    REUSED = "reused"
    DENIED = "denied"
    FAILED = "failed"


class StageReport(Frozen):
    """One line of the night's table. ``detail`` is one French sentence."""

    recording_id: RecordingId
    stage: Stage
    outcome: Outcome
    seconds: float
    detail: str = ""
    finished_at: datetime
