"""How the speech model listens: every decoding setting, frozen, with its reason.

Takes the meeting's language, its own vocabulary and the professional's occupation; gives :class:`DecodingOptions`,
which enter the transcript's key, and the arguments of ``faster_whisper.WhisperModel.transcribe``. Values are those that
French meetings need with that library (1.2): long silences on each person's track, no drift from one block to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from consent.records import Frozen
from pipeline.errors import ModelUnavailable
from pipeline.records import Recording
from pipeline.validation import printable

_MAX_HOTWORDS = 60
"""Words of the prompt. Whisper keeps at most 223 tokens of it, French takes two to three a word, and a longer
list pulls words into speech that does not hold them."""

GUIDANCE_WORDS = (
    "Parcoursup, Onisep, BTS, BUT, CAP, bac pro, licence professionnelle, alternance, apprentissage, "
    "école d'ingénieurs, classe préparatoire, CIO, CFA, stage de troisième, DUT, master"
)
"""What young people and professionals say in these meetings and a general model misspells."""


_CODES = (
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht hu hy id "
    "is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru sa sd si "
    "sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo zh yue"
)
_LANGUAGES = frozenset(_CODES.split())
"""What Whisper models know, by their codes. Written here because the library's list costs its native code."""


class SpeechSettings(Frozen):
    """Which speech model, and how it runs.

    ``model`` is a directory or a hub name; ``threads`` 0 takes every core; ``block_s`` is the longest stretch
    decoded at once, in seconds: faster-whisper's memory grows by about 2.4 GB an hour of audio.
    """

    model: str
    revision: str | None = None
    threads: int = Field(0, ge=0)
    block_s: float = Field(900, gt=0, le=900)


class DecodingOptions(Frozen):
    """Everything that changes what the model writes, beside its weights.

    The processor is left out: between int8 on a CPU and float16 on a GPU a transcript differs by rounding, and
    moving the archive to another machine is no reason to transcribe it again.
    """

    language: str = Field(description="Fixed, never detected: music in the first 30 s would decide for the hour.")
    hotwords: str
    block_s: float
    beam_size: int = 5
    condition_on_previous_text: bool = Field(False, description="True repeats an error to the end of the file.")
    hallucination_silence_threshold: float | None = Field(None, description="The library drops silently; we sift.")
    no_speech_threshold: float | None = Field(None, description="Likewise: what it would skip is counted and kept.")
    vad_threshold: float = 0.5
    vad_min_silence_ms: int = Field(500, description="The library's 2 s lets too much silence through.")
    vad_speech_pad_ms: int = Field(200, description="Keeps the first and last sounds of a turn.")

    def heard_by(self, *, prompted: bool) -> DecodingOptions:
        """The options for a model: a small one trained without prompts falls silent after one, and gets none."""
        return self if prompted else self.model_copy(update={"hotwords": ""})

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of ``WhisperModel.transcribe``."""
        return {
            "language": self.language,
            "task": "transcribe",
            "beam_size": self.beam_size,
            "word_timestamps": True,
            "condition_on_previous_text": self.condition_on_previous_text,
            "hallucination_silence_threshold": self.hallucination_silence_threshold,
            "no_speech_threshold": self.no_speech_threshold,
            "hotwords": self.hotwords or None,
            "vad_filter": True,
            "vad_parameters": {
                "threshold": self.vad_threshold,
                "min_silence_duration_ms": self.vad_min_silence_ms,
                "speech_pad_ms": self.vad_speech_pad_ms,
            },
        }


def options_for(recording: Recording, settings: SpeechSettings) -> DecodingOptions:
    """The options of one recording: its language, and what its own description makes likely to be said."""
    return decoding(recording.language, settings, (recording.occupation or "", *recording.vocabulary))


def decoding(language: str, settings: SpeechSettings, expected: Sequence[str] = ()) -> DecodingOptions:
    """The options for a language and the words expected beside those of guidance, the most important first."""
    hotwords = _hotwords((*expected, *GUIDANCE_WORDS.split(", ")))
    return DecodingOptions(language=language, hotwords=hotwords, block_s=settings.block_s)


def check_language(language: str) -> None:
    """Refuse a language that no speech model knows, before anything is prepared for it.

    Raises:
        ModelUnavailable: naming the places where it may be written.
    """
    if language in _LANGUAGES:
        return
    meant = next((f" (« {code} » ?)" for code in (language.casefold()[:2],) if code in _LANGUAGES), "")
    raise ModelUnavailable(
        f"Les modèles de parole ne connaissent pas la langue « {printable(language)[:40]} »{meant} ; écrivez son code "
        "en minuscules, comme « fr », dans VIDEOTHEQUE_LANGUAGE, « language » de meeting.json ou --language."
    )


def _hotwords(terms: Sequence[str]) -> str:
    """Terms joined by commas, each once and whole, as many as the prompt holds; a first one too long is cut."""
    kept: list[str] = []
    known: set[str] = set()
    left = _MAX_HOTWORDS
    for term in terms:
        words = term.replace(",", " ").split()[:_MAX_HOTWORDS]
        if words and len(words) <= left and " ".join(words).casefold() not in known:
            kept.append(" ".join(words))
            known.add(kept[-1].casefold())
            left -= len(words)
    return ", ".join(kept)
