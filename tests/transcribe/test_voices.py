"""Who is heard: bleed between open microphones goes, speech at the same time stays, captions find their voice."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from consent.records import PersonId, Role, Span
from demo import script
from demo.cast import MEETINGS
from demo.conversation import PEOPLE, Conversation, converse
from demo.conversation import Voices as Speakers
from demo.espeak import SAMPLE_RATE
from demo.voices import Voice
from pipeline.records import Cue, Track, TrackOrigin, Word
from pipeline.transcribe.voices import Voices, Words, attributed
from tests.transcribe.recordings import PRO, YOUNG
from tests.transcribe.speech import RATE, write_wav

Sound = NDArray[np.float32]
OTHER = {PRO: YOUNG, YOUNG: PRO}
ROOM_S = 0.03
"""How much later a microphone hears the other person."""


@pytest.fixture(scope="module")
def talk() -> Conversation:
    """About two minutes, a sound a person."""
    return converse("essai", script.load("ebeniste").shortened(3), MEETINGS[1].voices, 5)


def _track(folder: Path, person: PersonId, sound: Sound, offset: float = 0.0, rate: float = 1.0) -> Track:
    length = int(len(sound) * RATE / SAMPLE_RATE)
    samples = np.interp(np.arange(length) * SAMPLE_RATE / RATE, np.arange(len(sound)), sound)
    name = f"track-{len(list(folder.iterdir()))}.wav"
    duration = write_wav(folder / name, (np.clip(samples, -1, 1) * 32767).astype(np.int16))
    return Track(person=person, origin=TrackOrigin.OWN_FILE, file=name, offset=offset, duration=duration, rate=rate)


def _open_microphones(
    folder: Path, talk: Conversation, bleed: float, gains: tuple[float, float], late_s: float = ROOM_S
) -> list[Track]:
    """Both tracks, each with the other voice ``bleed`` times as loud, so much later, and its own gain."""
    late = round(late_s * SAMPLE_RATE)
    sounds: list[tuple[PersonId, Sound]] = []
    for role, other in ((Role.PROFESSIONAL, Role.YOUNG_PERSON), (Role.YOUNG_PERSON, Role.PROFESSIONAL)):
        heard = np.concatenate([np.zeros(late, np.float32), talk.track(other)[:-late]])
        sound = np.asarray(talk.track(role) + bleed * heard, dtype=np.float32)
        sounds.append((PEOPLE[role], sound))
    return [
        _track(folder, person, np.float32(gain) * sound) for (person, sound), gain in zip(sounds, gains, strict=True)
    ]


def _heard(talk: Conversation, seed: int, late: float = ROOM_S) -> list[Words]:
    """What a speech model hears on each track: all of its person, and most of the other, one word in four misheard."""
    chance = random.Random(seed)
    given = []
    for person in (PRO, YOUNG):
        words = []
        for true in talk.truth.words:
            own = true.speaker == person
            if not own and chance.random() < 0.1:
                continue
            shift = 0.0 if own else late + chance.uniform(-0.15, 0.15)
            text = true.text if own or chance.random() < 0.75 else "machin"
            start = max(0.0, true.span.start + shift)
            words.append(Word(text=text, span=Span(start=start, end=true.span.end + shift), probability=0.8))
        given.append(Words(person=person, words=tuple(sorted(words, key=lambda word: word.span.start))))
    return given


def _errors(talk: Conversation, kept: tuple[Words, ...]) -> float:
    """Share of words that are attributed to the wrong person, or lost."""
    truth = {person: [word for word in talk.truth.words if word.speaker == person] for person in (PRO, YOUNG)}
    wrong = 0
    for one in kept:
        assert one.person is not None
        own = [(word.text, word.span) for word in truth[one.person]]
        said = [(word.text, word.span) for word in one.words]
        wrong += sum(word not in own for word in said) + sum(word not in said for word in own)
    return wrong / len(talk.truth.words)


@pytest.mark.parametrize("bleed_db", [-10, -18, -30])
@pytest.mark.parametrize("gains", [(1.0, 1.0), (0.2, 1.0), (1.0, 0.3)])
def test_words_that_two_microphones_heard_are_their_speakers_alone(
    talk: Conversation, tmp_path: Path, bleed_db: float, gains: tuple[float, float]
) -> None:
    """Whatever the bleed and the gains, at most one word in a hundred is the wrong person's, or lost."""
    tracks = _open_microphones(tmp_path, talk, 10 ** (bleed_db / 20), gains)

    kept = Voices(tracks, tmp_path, talk.truth.duration).without_bleed(_heard(talk, 1))

    assert _errors(talk, kept) <= 0.01


def test_without_bleed_nothing_is_dropped(talk: Conversation, tmp_path: Path) -> None:
    """Closed microphones: every word stays, those that both happen to say near one another too."""
    tracks = _open_microphones(tmp_path, talk, 0.0, (1.0, 1.0))
    heard = [
        Words(
            person=person,
            words=tuple(
                Word(text=word.text, span=word.span, probability=0.9)
                for word in talk.truth.words
                if word.speaker == person
            ),
        )
        for person in (PRO, YOUNG)
    ]

    assert tuple(heard) == Voices(tracks, tmp_path, talk.truth.duration).without_bleed(heard)


def test_what_only_the_other_microphone_understood_is_its_speaker_s(talk: Conversation, tmp_path: Path) -> None:
    """The model heard nothing on the speaker's own track: the words of the echo are kept, and are theirs."""
    tracks = _open_microphones(tmp_path, talk, 0.1, (1.0, 1.0))
    words = tuple(
        Word(text=word.text, span=word.span, probability=0.5) for word in talk.truth.words if word.speaker == PRO
    )
    heard = [Words(person=PRO, words=()), Words(person=YOUNG, words=words)]

    kept = Voices(tracks, tmp_path, talk.truth.duration).without_bleed(heard)

    assert (words, ()) == (kept[0].words, kept[1].words)


def test_a_knock_on_the_table_gives_nobody_the_other_s_words(talk: Conversation, tmp_path: Path) -> None:
    """Short loud noises beside one microphone, while the other person speaks."""
    knocked = talk.track(Role.YOUNG_PERSON).copy()
    for at in range(0, len(knocked) - SAMPLE_RATE, SAMPLE_RATE):
        knocked[at : at + SAMPLE_RATE // 20] += 0.9
    tracks = [_track(tmp_path, PRO, talk.track(Role.PROFESSIONAL)), _track(tmp_path, YOUNG, knocked)]
    words = tuple(
        Word(text=word.text, span=word.span, probability=0.5)
        for word in talk.truth.words
        if word.speaker == PRO and word.span.duration > 0.12
    )
    heard = [Words(person=PRO, words=words), Words(person=YOUNG, words=())]

    assert words == Voices(tracks, tmp_path, talk.truth.duration).without_bleed(heard)[0].words


def test_both_who_say_oui_at_once_keep_theirs(talk: Conversation, tmp_path: Path) -> None:
    """The same word at the same moment, as loud on both sides, is two words."""
    both = talk.track(Role.PROFESSIONAL)[: 3 * SAMPLE_RATE]
    sounds = [np.concatenate([talk.track(role), both]) for role in (Role.PROFESSIONAL, Role.YOUNG_PERSON)]
    tracks = [_track(tmp_path, person, sound) for person, sound in zip((PRO, YOUNG), sounds, strict=True)]
    oui = Word(text="Oui,", span=Span(start=talk.truth.duration + 1, end=talk.truth.duration + 1.4), probability=0.9)
    heard = [Words(person=person, words=(oui,)) for person in (PRO, YOUNG)]

    assert tuple(heard) == Voices(tracks, tmp_path, talk.truth.duration + 3).without_bleed(heard)


def test_two_files_of_one_person_that_overlap_say_it_once(talk: Conversation, tmp_path: Path) -> None:
    """Who came back before leaving is heard twice for a moment: the words are kept once."""
    own = talk.track(Role.PROFESSIONAL)
    tracks = [_track(tmp_path, PRO, own), _track(tmp_path, PRO, 0.5 * own)]
    words = tuple(
        Word(text=word.text, span=word.span, probability=0.9) for word in talk.truth.words if word.speaker == PRO
    )
    heard = [Words(person=PRO, words=words), Words(person=PRO, words=words)]

    kept = Voices(tracks, tmp_path, talk.truth.duration).without_bleed(heard)

    assert [word.text for word in words] == [word.text for one in kept for word in one.words]


@pytest.mark.parametrize("off", [-1.0, 0.0, 1.0])
def test_a_long_caption_is_whose_voice_is_heard_under_it(talk: Conversation, tmp_path: Path, off: float) -> None:
    """Own tracks say it before the platform: wrong and missing names are put right, whatever its times' error."""
    late = 2.0
    pro, young = (talk.track(role) for role in (Role.PROFESSIONAL, Role.YOUNG_PERSON))
    tracks = [_track(tmp_path, PRO, pro), _track(tmp_path, YOUNG, young[round(late * SAMPLE_RATE) :], offset=late)]
    said = [one for one in talk.truth.utterances if one.span.start > late and one.span.duration > 4]
    cues = [
        Cue(span=_shifted(one.span, off), speaker=OTHER[one.speaker] if number % 2 else None, text=one.text)
        for number, one in enumerate(said)
    ]

    told = attributed(cues, Voices(tracks, tmp_path, talk.truth.duration))

    assert len(said) >= 3
    assert [one.speaker for one in said] == [cue.speaker for cue in told]


@pytest.mark.parametrize("off", [-1.0, -0.8, 0.8, 1.0])
@pytest.mark.parametrize("named", [True, False])
def test_a_short_caption_is_never_given_to_the_other_person(
    talk: Conversation, tmp_path: Path, off: float, named: bool
) -> None:
    """Captions of a word, with times as far off as platforms' are: a right name stays, and none is not guessed."""
    tracks = _open_microphones(tmp_path, talk, 0.1, (1.0, 1.0))
    said = [(utterance.words[0], utterance.speaker) for utterance in talk.truth.utterances]
    cues = [
        Cue(span=_shifted(word.span, off), speaker=person if named else None, text=word.text) for word, person in said
    ]

    told = attributed(cues, Voices(tracks, tmp_path, talk.truth.duration))

    wrong = [cue for cue, (_, person) in zip(told, said, strict=True) if cue.speaker not in (person, None)]
    assert [] == wrong
    assert not named or [person for _, person in said] == [cue.speaker for cue in told]


def test_a_short_file_of_a_reconnection_leaves_the_captions_their_voice(talk: Conversation, tmp_path: Path) -> None:
    """Three seconds of a first connection beside the person's whole file: the captions are named all the same."""
    young = talk.track(Role.YOUNG_PERSON)
    tracks = [
        _track(tmp_path, PRO, talk.track(Role.PROFESSIONAL)),
        _track(tmp_path, YOUNG, young[: 3 * SAMPLE_RATE]),
        _track(tmp_path, YOUNG, young[5 * SAMPLE_RATE :], offset=5.0),
    ]
    said = [one for one in talk.truth.utterances if one.span.start > 6 and one.span.duration > 6]
    cues = [Cue(span=one.span, speaker=None, text=one.text) for one in said]

    told = attributed(cues, Voices(tracks, tmp_path, talk.truth.duration))

    assert [one.speaker for one in said] == [cue.speaker for cue in told]


def test_a_muted_microphone_overrules_no_name(talk: Conversation, tmp_path: Path) -> None:
    """The young person's microphone was off, the professional's heard both: the platform's names stand."""
    pro, young = (talk.track(role) for role in (Role.PROFESSIONAL, Role.YOUNG_PERSON))
    tracks = [_track(tmp_path, PRO, pro + np.float32(0.4) * young), _track(tmp_path, YOUNG, np.zeros_like(young))]
    cues = [Cue(span=one.span, speaker=one.speaker, text=one.text) for one in talk.truth.utterances]

    told = attributed(cues, Voices(tracks, tmp_path, talk.truth.duration))

    assert [cue.speaker for cue in cues] == [cue.speaker for cue in told]


def _with_few_words(talk: Conversation, share: float) -> Conversation:
    """The same talk, in which the young person says only so large a share of the words."""
    said = [one for one in talk.truth.utterances if one.speaker == PRO]
    left = round(share / (1 - share) * sum(len(one.words) for one in said))
    sound = np.random.default_rng(3).normal(0, 0.0006, len(talk.track(Role.YOUNG_PERSON))).astype(np.float32)
    kept = list(said)
    for one in (one for one in talk.truth.utterances if one.speaker == YOUNG):
        words = one.words[:left]
        left -= len(words)
        if words:
            first, last = (round(at * SAMPLE_RATE) for at in (words[0].span.start - 0.02, words[-1].span.end + 0.02))
            sound[first:last] = talk.track(Role.YOUNG_PERSON)[first:last]
            kept.append(one.model_copy(update={"words": words}))
    utterances = tuple(sorted(kept, key=lambda one: one.words[0].span.start))
    truth = talk.truth.model_copy(update={"utterances": utterances})
    return Conversation(talk.professional, sound, truth)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.05, 0.1])
@pytest.mark.parametrize(("bleed_db", "late"), [(-10, 0.03), (-20, 0.03), (-20, 0.2), (-30, 0.03)])
def test_who_hardly_speaks_is_given_no_words_of_the_other(
    talk: Conversation, tmp_path: Path, share: float, bleed_db: int, late: float
) -> None:
    """A professional who explains at length: one word in a hundred at most is wrong, whatever the echo's delay."""
    few = _with_few_words(talk, share)
    tracks = _open_microphones(tmp_path, few, 10 ** (bleed_db / 20), (1.0, 0.5), late)

    kept = Voices(tracks, tmp_path, few.truth.duration).without_bleed(_heard(few, 2, late))

    assert _errors(few, kept) <= 0.01


@pytest.fixture(scope="module")
def interview() -> Conversation:
    """A minute and a half in which one word in six is the young person's."""
    people = Speakers(
        professional=Voice(name="fr+m3", speed=165, pitch=40), young_person=Voice(name="fr+f4", speed=175, pitch=65)
    )
    return converse("essai", script.load("cheffe").shortened(4), people, 11)


@pytest.mark.parametrize("late", [0.01, 0.12, 0.3])
def test_the_late_echo_of_who_asks_is_not_the_other_s_speech(
    interview: Conversation, tmp_path: Path, late: float
) -> None:
    """Loud microphones that hear one another through a network: the end of a question is heard after it is said."""
    tracks = _open_microphones(tmp_path, interview, 10 ** (-10 / 20), (1.0, 0.5), late)

    kept = Voices(tracks, tmp_path, interview.truth.duration).without_bleed(_heard(interview, 3, late))

    assert _errors(interview, kept) <= 0.01


@pytest.mark.parametrize("noise", [0.0, 0.0018])
def test_a_track_on_which_nobody_speaks_takes_no_words(talk: Conversation, tmp_path: Path, noise: float) -> None:
    """The young person is muted (digital silence), or sits in a noisy room and says nothing."""
    silent = np.random.default_rng(1).normal(0, noise, len(talk.mix)).astype(np.float32)
    tracks = [_track(tmp_path, PRO, talk.track(Role.PROFESSIONAL)), _track(tmp_path, YOUNG, silent)]
    words = tuple(
        Word(text=word.text, span=word.span, probability=0.8) for word in talk.truth.words if word.speaker == PRO
    )

    kept = Voices(tracks, tmp_path, talk.truth.duration).without_bleed(
        [Words(person=PRO, words=words), Words(person=YOUNG, words=())]
    )

    assert (words, ()) == (kept[0].words, kept[1].words)


def _shifted(span: Span, by: float) -> Span:
    return Span(start=max(0.0, span.start + by), end=max(0.1, span.end + by))


def test_captions_keep_the_platform_s_names_where_the_sound_does_not_tell(talk: Conversation, tmp_path: Path) -> None:
    """A mix, and captions that share one time, are named by the platform alone; no name stays no name."""
    mix = _track(tmp_path, PRO, talk.mix).model_copy(update={"person": None, "origin": TrackOrigin.MIX})
    span = talk.truth.utterances[0].span
    cues = [Cue(span=span, speaker=person, text="Oui.") for person in (PRO, YOUNG, None)]

    alone = attributed(cues[:1] + cues[2:], Voices([mix], tmp_path, talk.truth.duration))
    shared = attributed(cues, Voices(_open_microphones(tmp_path, talk, 0.1, (1, 1)), tmp_path, talk.truth.duration))

    assert [PRO, None] == [cue.speaker for cue in alone]
    assert [PRO, YOUNG, None] == [cue.speaker for cue in shared]
