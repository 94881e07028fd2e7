"""The voices: written words get exact times."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.espeak import SAMPLE_RATE
from demo.voices import Voice, say

VOICE = Voice(name="fr+f2")
WORDS = (
    "Bonjour,", "aujourd'hui", "peut-être", "l'école.", "Qu'est-ce", "parce", "que", "est-ce", "BTS", "2000",
    "euros", "Mm-hm.", "euh…", "il", "y", "a", "qu'on", "vrai\u202f?", "d'abord\u202f:", "35", "de", "la", "ce",
    "n'est", "pas", "c'est-à-dire", "l'IA,",
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=25))
def test_every_written_word_is_timed_in_order_inside_the_sound(words: list[str]) -> None:
    """Whatever espeak merges or splits: same words, each lasting, none overlapping, all within the sound."""
    try:
        speech = say(" ".join(words), VOICE)
    except ValueError:
        return  # four written words in one breath: told, never mistimed

    assert [word.text for word in speech.words] == words
    assert all(word.start < word.end for word in speech.words)
    assert all(one.end <= two.start + 0.04 for one, two in pairwise(speech.words))
    assert speech.words[0].start >= 0
    assert speech.words[-1].end <= len(speech.wave) / SAMPLE_RATE + 0.04


def test_a_word_is_loud_and_the_pause_after_a_sentence_is_not() -> None:
    """Word times are those of the sound itself: loud inside, silent between two sentences."""
    speech = say("Je travaille la nuit. Ensuite je dors longtemps.", VOICE)

    def loudness(start: float, end: float) -> float:
        return float(np.sqrt(np.mean(speech.wave[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)] ** 2)))

    quietest_word = min(loudness(word.start, word.end) for word in speech.words)
    pause = loudness(speech.words[3].end + 0.02, speech.words[4].start - 0.02)
    assert speech.words[4].start - speech.words[3].end > 0.2
    assert pause < 0.05 * quietest_word


def test_words_said_in_one_breath_share_its_time() -> None:
    """Espeak reports "parce que" as one word; both written words get a part of it."""
    speech = say("Je reste parce que c'est bien.", VOICE)

    because, that, following = speech.words[2:5]
    assert (because.text, that.text) == ("parce", "que")
    assert because.end == that.start
    assert that.end <= following.start
    assert that.end - that.start > 0.05


def test_speaking_from_several_threads_mixes_nothing_up() -> None:
    """espeak-ng keeps global state: concurrent calls come out as if they were alone."""
    texts = [f"Voici la phrase numéro {number}." for number in range(12)]
    alone = [say(text, VOICE) for text in texts]

    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda text: say(text, VOICE), texts))
    for one, other in zip(alone, together, strict=True):
        assert [word.text for word in one.words] == [word.text for word in other.words]
        times = [[word.start for word in speech.words] for speech in (one, other)]
        np.testing.assert_allclose(times[0], times[1], rtol=0, atol=0.02)
        assert abs(len(one.wave) - len(other.wave)) < 0.02 * SAMPLE_RATE


def test_an_unknown_voice_is_refused() -> None:
    """A misspelt voice must not fall back to another one."""
    with pytest.raises(ValueError, match="unknown voice"):
        say("Bonjour.", Voice(name="fr+nobody"))
