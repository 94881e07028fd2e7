"""A script spoken by two: tracks and truth agree."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from consent.records import PersonId, Role
from demo import script
from demo.cast import MEETINGS, DemoMeeting
from demo.conversation import PEOPLE, Conversation, converse
from demo.espeak import SAMPLE_RATE
from demo.truth import TrueUtterance


@pytest.fixture(scope="module", params=MEETINGS, ids=lambda meeting: meeting.id)
def meeting(request: pytest.FixtureRequest) -> DemoMeeting:
    found: DemoMeeting = request.param
    return found


@pytest.fixture(scope="module")
def conversation(meeting: DemoMeeting) -> Conversation:
    return converse(meeting.id, script.load(meeting.script), meeting.voices, meeting.seed)


def test_the_true_words_are_the_scripts_words(meeting: DemoMeeting, conversation: Conversation) -> None:
    """Nothing is lost or added between the script and the truth, speakers included."""
    turns = script.load(meeting.script).turns

    written = [(PEOPLE[turn.role], word) for turn in turns for word in turn.words]
    assert [(word.speaker, word.text) for word in conversation.truth.words] == written


def test_times_increase_and_stay_inside_the_sound(conversation: Conversation) -> None:
    """Words follow one another and end before the recording does; the meeting lasts 2 to 5 minutes."""
    words = conversation.truth.words

    starts = [word.span.start for word in words]
    assert starts == sorted(starts)
    assert all(one.span.end <= two.span.start + 1e-3 for one, two in pairwise(words))
    assert words[-1].span.end < conversation.truth.duration
    assert 120 <= conversation.truth.duration <= 300
    assert len(conversation.mix) == round(conversation.truth.duration * SAMPLE_RATE)


def test_a_person_is_heard_in_their_own_words_only(conversation: Conversation) -> None:
    """On a person's track, their words are loud, and the other's words leave only the room's noise."""
    for role, person in PEOPLE.items():
        track = conversation.track(role)
        loud = [_loudness(track, turn.span.start, turn.span.end) for turn in _turns(conversation, person, same=True)]
        quiet = [_loudness(track, turn.span.start, turn.span.end) for turn in _turns(conversation, person, same=False)]

        assert min(loud) > 30 * max(quiet)


def test_exchanges_hold_their_question_and_follow_one_another(meeting: DemoMeeting, conversation: Conversation) -> None:
    """An exchange starts with the first word of its question, lasts 15 to 45 s, and overlaps no other."""
    truth = conversation.truth

    starts = {turn.span.start: turn for turn in truth.utterances}
    assert len(truth.exchanges) == len(script.load(meeting.script).exchanges)
    for exchange in truth.exchanges:
        opener = starts[exchange.span.start]
        assert opener.speaker == PEOPLE[Role.YOUNG_PERSON]
        assert exchange.question.startswith(opener.text)
        assert 15 <= exchange.span.duration <= 45
    assert all(not one.span.overlaps(two.span) for one, two in pairwise(truth.exchanges))


def test_the_two_voices_differ(meeting: DemoMeeting) -> None:
    """Two people of one meeting never share a voice."""
    voices = meeting.voices

    assert voices.professional.name != voices.young_person.name


def test_the_same_meeting_is_spoken_the_same_way_twice() -> None:
    """Pauses and noise come from the seed only; espeak itself varies by less than a video frame."""
    one = MEETINGS[0]
    text = script.load(one.script).shortened(1)

    first, second = (converse(one.id, text, one.voices, one.seed).truth for _ in range(2))
    starts = [[word.span.start for word in truth.words] for truth in (first, second)]
    assert [word.text for word in first.words] == [word.text for word in second.words]
    np.testing.assert_allclose(starts[0], starts[1], rtol=0, atol=0.04)


def _turns(conversation: Conversation, person: PersonId, *, same: bool) -> list[TrueUtterance]:
    return [turn for turn in conversation.truth.utterances if (turn.speaker == person) is same]


def _loudness(track: NDArray[np.float32], start: float, end: float) -> float:
    return float(np.sqrt(np.mean(track[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)] ** 2)))
