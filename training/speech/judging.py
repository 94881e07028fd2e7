"""How well the exported model hears meetings it was never trained on, by the product itself.

Takes the model's directory; listens as a night does (worker, voice detection, beams, doubts); gives word error rate and
word-start error on scripted meetings of this repository, spoken by pairs of voices that no training window has, and
what is written of silence, noise and music.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from bench.hearing import Request, Sound, product
from bench.speech_material import mixed, write_wav
from bench.transcript_scores import Sentence, sentences_of, start_error, word_error_rate
from consent.records import Role
from demo.conversation import Conversation, Voices, converse
from demo.script import NARROW_SPACE, Script, Turn
from demo.voices import Voice
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


def judge(folder: Path, turns: int | None = None, meetings: Sequence[str] = MEETINGS, *, show: bool = False) -> str:
    """A line of figures a meeting, one for all, one for what is no speech. ``turns``: the first so many of each."""
    lines: list[str] = []
    found: list[Sentence] = []
    with TemporaryDirectory() as scratch:
        for number, (name, pair) in enumerate(zip(meetings, PAIRS * len(meetings), strict=False)):
            talk = meeting(read(ROOT / name, turns), pair, number)
            heard = product(Request(sounds=(mixed(Path(scratch) / f"{number}.wav", talk),), model=folder))
            own = sentences_of(talk.truth, heard.words)
            lines.append(f"{Path(name).stem}, {pair[0]} and {pair[3]}, {talk.truth.duration:.0f} s: {_figures(own)}")
            found += own
            if show:
                print(" ".join(word.text for one in talk.truth.utterances for word in one.words))
                print(">>", " ".join(word.text for word in heard.words))
        heard_of_nothing = {
            name: product(Request(sounds=(Sound(file=write_wav(Path(scratch) / f"{name}.wav", sound)),), model=folder))
            for name, sound in _nothing()
        }
    lines.append(f"all: {_figures(found)}")
    wrong = [name for name, heard in heard_of_nothing.items() if heard.words]
    lines.append(f"{len(heard_of_nothing)} sounds without speech, of which text was made: {', '.join(wrong) or 'none'}")
    return "\n".join(lines)


def _figures(found: Sequence[Sentence]) -> str:
    rate, start = word_error_rate(found), start_error(found)
    words = sum(one.tokens for one in found)
    return f"{words} words, WER {rate.value:.3f} [{rate.low:.3f}, {rate.high:.3f}], start {start.value:.3f} s"


def _nothing() -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Silence, four noises and eight pieces of music, half a minute each."""
    chance, length = np.random.default_rng(5), _NOBODY_S * RATE
    yield "silence", np.zeros(length, np.float32)
    for number in range(4):
        yield f"noise {number}", sounds.noise(length, float(10 ** (chance.uniform(-60, -25) / 20)), chance)
    for number in range(8):
        yield f"music {number}", sounds.music(length, chance)


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
