"""Words and utterances: punctuation sticks, times stay inside, nobody's speech is torn or glued."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.records import PersonId, Span
from pipeline.records import Cue, Utterance, Word
from pipeline.transcribe.timing import apart, attach_punctuation, regroup, stretches_of_cues, words_of_cue
from tests.transcribe.recordings import PRO, YOUNG


def _cue(text: str, start: float = 0, end: float = 1, speaker: PersonId | None = PRO) -> Cue:
    return Cue(span=Span(start=start, end=end), speaker=speaker, text=text)


def _word(text: str, start: float, end: float) -> Word:
    return Word(text=text, span=Span(start=start, end=end), probability=0.5)


def _run(speaker: PersonId | None, *words: tuple[str, float, float]) -> Utterance:
    return Utterance(speaker=speaker, words=tuple(_word(*one) for one in words))


def _told(utterances: tuple[Utterance, ...]) -> list[tuple[PersonId | None, str]]:
    return [(one.speaker, one.text) for one in utterances]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("C'est quoi ton jour ?", ["C'est", "quoi", "ton", "jour ?"]),
        ("Quel jour\u202f? Lundi\u00a0!", ["Quel", "jour ?", "Lundi !"]),
        ("Il dit : « viens vite », et part", ["Il", "dit :", "« viens", "vite »,", "et", "part"]),
        ("- Oui – enfin non", ["- Oui –", "enfin", "non"]),
        ("… bon …", ["… bon …"]),
        ("( rires ) (", ["( rires ) ("]),
        ("♪ ♪", []),
    ],
)
def test_a_lone_sign_is_never_a_word(text: str, words: list[str]) -> None:
    """French spaces before « ? » and inside quotation marks make no words."""
    assert words == [word.text for word in words_of_cue(_cue(text))]


def test_a_word_gets_its_share_of_the_letters() -> None:
    """Four letters of ten take four tenths of the caption, from its start to its end."""
    words = words_of_cue(_cue("abcd ef, ghij", 10, 20))

    assert [Span(start=10, end=14), Span(start=14, end=16), Span(start=16, end=20)] == [word.span for word in words]
    assert {1.0} == {word.probability for word in words}


@given(st.text(max_size=80), st.floats(0, 10_000), st.floats(0.001, 60))
def test_words_of_a_caption_are_in_order_inside_it_and_lose_no_letter(text: str, start: float, length: float) -> None:
    """Whatever the text: contiguous words within the cue, and every letter of it."""
    cue = _cue(text, start, start + length)

    words = words_of_cue(cue)

    ends = [edge for word in words for edge in (word.span.start, word.span.end)]
    assert sorted(ends) == ends
    assert all(cue.span.start <= edge <= cue.span.end for edge in ends)
    letters = [one for one in text if one.isalnum()]
    assert letters == [one for word in words for one in word.text if one.isalnum()]


def test_attaching_a_sign_leaves_the_word_its_time_and_probability() -> None:
    """What the model thinks of a question mark says nothing of the word."""
    words = attach_punctuation(
        [_word("jour", 1, 2), _word("?", 2, 9).model_copy(update={"probability": 0.1}), _word("Oui", 9, 10)]
    )

    assert (_word("jour ?", 1, 2), _word("Oui", 9, 10)) == words


def _utterances(cues: list[Cue]) -> tuple[Utterance, ...]:
    """What captions become, speaker by speaker."""
    words = {
        speaker: [word for one in stretches_of_cues([cue for cue in cues if cue.speaker == speaker]) for word in one]
        for speaker in {cue.speaker for cue in cues}
    }
    return regroup([Utterance(speaker=speaker, words=tuple(said)) for speaker, said in words.items()])


def test_captions_of_one_speech_are_one_utterance_until_a_pause() -> None:
    """Less than a second between captions goes on; a second ends the utterance."""
    cues = [_cue("Je suis", 0, 1), _cue("menuisier.", 1.9, 3), _cue("Voilà.", 4, 5)]

    assert _told(_utterances(cues)) == [(PRO, "Je suis menuisier."), (PRO, "Voilà.")]


def test_a_speaker_change_ends_the_utterance() -> None:
    """Question and answer never share an utterance, and come in order."""
    cues = [_cue("Et toi ?", 0, 1, YOUNG), _cue("Moi, rien.", 1.1, 2), _cue("Ah.", 2.1, 2.5, YOUNG)]

    assert _told(_utterances(cues)) == [(YOUNG, "Et toi ?"), (PRO, "Moi, rien."), (YOUNG, "Ah.")]


def test_a_word_said_over_the_speech_does_not_tear_it_apart() -> None:
    """A « oui » over another's sentence stands beside it, whole; a « oui » in its pause splits it."""
    speech = _run(PRO, ("je", 0, 1), ("travaille", 1, 3), ("ici", 3.5, 4))

    over = regroup([speech, _run(YOUNG, ("oui", 1.5, 2))])
    between = regroup([speech, _run(YOUNG, ("oui", 3.1, 3.4))])

    assert _told(over) == [(PRO, "je travaille ici"), (YOUNG, "oui")]
    assert _told(between) == [(PRO, "je travaille"), (YOUNG, "oui"), (PRO, "ici")]


def test_an_unknown_speaker_never_answers_their_own_question() -> None:
    """Without a speaker an utterance ends with the sentence: another person may go on."""
    cues = [_cue("Vous aimez ça ? Oui,", 0, 2, None), _cue("beaucoup.", 2, 3, None)]

    assert _told(_utterances(cues)) == [(None, "Vous aimez ça ?"), (None, "Oui, beaucoup.")]


def test_overlapping_captions_of_one_speaker_keep_their_words_in_order() -> None:
    """A caption that starts before the last one ends comes after it, whole."""
    cues = [_cue("un deux trois", 0, 6), _cue("quatre cinq", 2, 8), _cue("six", 2, 7)]

    assert _told(_utterances(cues)) == [(PRO, "un deux trois quatre cinq six")]


def test_a_caption_overlapped_at_once_is_not_crammed_into_no_time() -> None:
    """A long answer, and another caption of the same person a second later: together, over the time of both."""
    answer = "je travaille ici depuis vingt ans et je n'ai jamais regretté mon choix"

    together = stretches_of_cues([_cue(answer, 0, 20), _cue("oui", 1.1, 2)])

    assert [f"{answer} oui"] == [" ".join(word.text for word in words) for words in together]
    assert together[0][-1].span.end == 20


def test_overlapping_captions_of_nobody_known_are_two_persons_each_whole() -> None:
    """Without a name two captions at one time are not one speech: neither is cut, and their words do not mix."""
    answer, remark = _cue("un deux trois quatre", 0, 20, None), _cue("ah oui", 1.1, 3, None)
    after = _cue("cinq", 20, 21, None)

    parts = apart([answer, remark, after])
    utterances = regroup([Utterance(speaker=None, words=words) for part in parts for words in stretches_of_cues(part)])

    assert ((answer, after), (remark,)) == parts
    assert "ah oui" in [one.text for one in utterances]
    assert "un deux trois quatre" in [one.text for one in utterances]


@given(
    st.lists(
        st.tuples(st.sampled_from([PRO, YOUNG, None]), st.floats(0, 30), st.floats(0.01, 3), st.sampled_from("ab.?")),
        max_size=30,
    )
)
def test_regrouping_keeps_every_word_once_and_orders_by_start(
    said: list[tuple[PersonId | None, float, float, str]],
) -> None:
    """Laws: the same words by speaker; utterances sorted; no pause of a second inside one."""
    runs = [_run(speaker, (f"x{text}", start, start + length)) for speaker, start, length, text in said]

    utterances = regroup(runs)

    def key(pair: tuple[PersonId | None, Word]) -> tuple[str, float, float, str]:
        return (pair[0] or "", pair[1].span.start, pair[1].span.end, pair[1].text)

    given_words = sorted(((run.speaker, word) for run in runs for word in run.words), key=key)
    assert given_words == sorted(((one.speaker, word) for one in utterances for word in one.words), key=key)
    starts = [one.span.start for one in utterances]
    assert sorted(starts) == starts
    for one in utterances:
        end = one.words[0].span.end
        for word in one.words[1:]:
            assert word.span.start - end < 1
            end = max(end, word.span.end)
