"""How well the exported model hears meetings it was never trained on, by the product's own decoding.

Takes the model's directory; gives word error rate and word-start error on scripted meetings of this repository, spoken
by pairs of voices that no training window has, and what is written of silence, noise and music.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray
from scipy.signal import resample_poly

from bench.hearing import HeardWord
from bench.transcript_scores import Sentence, sentences_of, start_error, word_error_rate
from consent.records import Role
from demo.conversation import Conversation, Voices, converse
from demo.espeak import SAMPLE_RATE
from demo.script import NARROW_SPACE, Script, Turn
from demo.voices import Voice
from pipeline.transcribe.options import SpeechSettings, decoding
from training.speech import sounds
from training.speech.sentences import ROOT
from training.speech.sounds import RATE

PAIRS = (
    ("fr+f5", 150, 55, "fr+m5", 165, 45),
    ("fr-be+Michael", 160, 40, "fr+Andrea", 155, 60),
    ("fr-ch+m5", 142, 52, "fr-be+f5", 172, 65),
)
"""Voice, words a minute and pitch of both: variants kept out of training."""

MEETINGS = ("bench/meetings/pompier.txt", "bench/meetings/veterinaire.txt", "bench/meetings/graphiste.txt")
_NOBODY_S = 30


def read(file: Path, turns: int | None = None) -> Script:
    """A written meeting: lines « X: what is said ». Everybody but the professional (P) has the other voice."""
    said = re.findall(r"^([A-Z]): (.+)$", file.read_text("utf-8"), re.M)
    roles = [Role.PROFESSIONAL if who == "P" else Role.YOUNG_PERSON for who, _ in said]
    texts = [re.sub(r" +(?=[?!;:])", NARROW_SPACE, " ".join(text.split())) for _, text in said]
    made = [Turn(role=role, text=text) for role, text in zip(roles, texts, strict=True)]
    return Script(occupation=file.stem, opening=tuple(made[:turns]), exchanges=(), closing=())


def meeting(script: Script, pair: tuple[str, int, int, str, int, int], seed: int) -> Conversation:
    """A script spoken by two voices."""
    return converse(
        "judged",
        script,
        Voices(
            professional=Voice(name=pair[0], speed=pair[1], pitch=pair[2]),
            young_person=Voice(name=pair[3], speed=pair[4], pitch=pair[5]),
        ),
        seed,
    )


def hear(model: WhisperModel, sound: NDArray[np.float32], *, prompted: bool = False) -> list[HeardWord]:
    """The words of a sound at 16 kHz, by the product's options."""
    options = decoding("fr", SpeechSettings(model="")).heard_by(prompted=prompted).arguments()
    segments, _ = model.transcribe(sound, **options)
    words: list[HeardWord] = []
    for piece in (word for segment in segments for word in segment.words or ()):
        text = piece.word.strip()
        if words and not piece.word[:1].isspace():  # the library splits words at apostrophes and hyphens
            before = words.pop()
            words.append(before.model_copy(update={"text": before.text + text, "end": float(piece.end)}))
        elif text:
            words.append(HeardWord(text=text, start=float(piece.start), end=float(piece.end), person=None))
    return words


def judge(folder: Path, turns: int | None = None, meetings: Sequence[str] = MEETINGS, *, show: bool = False) -> str:
    """One line of figures. ``turns``: of each meeting, the first so many."""
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)
    found: list[Sentence] = []
    seconds = 0.0
    for number, (name, pair) in enumerate(zip(meetings, PAIRS * len(meetings), strict=False)):
        talk = meeting(read(ROOT / name, turns), pair, number)
        sound = np.asarray(resample_poly(talk.mix, RATE // 50, SAMPLE_RATE // 50), np.float32)
        heard = hear(model, sound)
        seconds += talk.truth.duration
        found += sentences_of(talk.truth, heard)
        if show:
            print(" ".join(word.text for one in talk.truth.utterances for word in one.words))
            print(">>", " ".join(word.text for word in heard))
    chance = np.random.default_rng(1)
    nothing = {
        "silence": np.zeros(_NOBODY_S * RATE, np.float32),
        "noise": sounds.noise(_NOBODY_S * RATE, 0.02, chance),
        "music": sounds.music(_NOBODY_S * RATE, chance),
    }
    said = {name: sum(len(word.text) > 0 for word in hear(model, sound)) for name, sound in nothing.items()}
    rate, start = word_error_rate(found), start_error(found)
    return (
        f"{seconds:.0f} s: WER {rate.value:.3f} [{rate.low:.3f}, {rate.high:.3f}], "
        f"start {start.value:.3f} s, words in {said}"
    )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.speech.judging", description=__doc__)
    parser.add_argument("folder", type=Path, help="the model's directory")
    parser.add_argument("--turns", type=int, help="of each meeting; by default all")
    parser.add_argument("--show", action="store_true", help="print what was said and heard")
    options = parser.parse_args()
    print(judge(options.folder, options.turns, show=options.show))


if __name__ == "__main__":
    main()
