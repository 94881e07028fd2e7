"""The segment stage: laws that hold for any transcript, and a golden meeting."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.records import PersonId, Purpose, RecordingId, Span
from pipeline.errors import NothingToPublish
from pipeline.records import Referential, Segmentation, TagKind, Trade, Utterance, Word
from pipeline.segment.courtesy import courtesy_at_ends
from pipeline.segment.exchanges import exchanges_of
from pipeline.segment.sentences import blocks_of, sentence_units
from pipeline.segment.stage import provenance_of, segment
from pipeline.settings import ClipLengths
from tests.clearances import clearance_for
from tests.segment.meetings import AT, PRO, RECORDING_ID, YOUNG, cut, dialogue, recording, said, transcript

_GOLDEN = Path(__file__).parent.parent / "golden" / "segment"
_VOCABULARY = [
    "bonjour",
    "merci",
    "oui",
    "mm-hm.",
    "d'accord,",
    "euh",
    "pourquoi",
    "?",
    "salaire",
    "études.",
    "hôpital",
    "!",
    "est-ce",
    "que",
    "vous",
    "comment",
    "et",
    "ça…",
    "je",
    "travaille",
    "jardin",
    "«",
    "arbre",
    "»",
    "etc.",
    "M.",
    "3.5",
    "au",
    "revoir",
    "équipe",
    "nuit",
    "client",
    "?",
]
_LENGTHS = ClipLengths(minimum_s=5, ideal_s=12, maximum_s=25)  # small, so that small meetings meet every limit


class Case(NamedTuple):
    """A meeting as Hypothesis draws it."""

    utterances: list[Utterance]
    duration: float
    known: bool


@st.composite
def _meetings(draw: st.DrawFn) -> Case:
    """Any transcript: overlaps, nesting, long silences, missing punctuation, unknown or many speakers."""
    crowds: list[list[PersonId | None]] = [[PRO, YOUNG], [PRO], [PRO, YOUNG, PersonId("parent")], [None], [PRO, None]]
    people = draw(st.sampled_from(crowds))
    punctuated = draw(st.booleans())
    together = draw(st.sampled_from([False, False, False, True]))  # all words of an utterance at one instant
    utterances: list[Utterance] = []
    at = draw(st.floats(0, 5))
    for _ in range(draw(st.integers(1, 14))):
        words: list[Word] = []
        begin = at
        for text in draw(st.lists(st.sampled_from(_VOCABULARY), min_size=1, max_size=12)):
            begin += draw(st.sampled_from([0.0, 0.0, 0.05, 0.3, 1.0, 4.0]))
            end = begin + draw(st.sampled_from([0.001, 0.05, 0.3, 0.3, 0.3, 0.9, 600.0]))
            written = text if punctuated else text.strip(".?!…,") or "mot"
            words.append(Word(text=written, span=Span(start=begin, end=end), probability=1))
            begin = begin if together else end
        utterances.append(Utterance(speaker=draw(st.sampled_from(people)), words=tuple(words)))
        at = max(0.0, begin + draw(st.sampled_from([-6.0, -0.2, 0.0, 0.2, 1.0, 30.0])))
    last = max(one.span.end for one in utterances)
    return Case(utterances, max(0.5, last + draw(st.sampled_from([-3.0, -0.1, 0.0, 2.0]))), draw(st.booleans()))


def _segmented(case: Case) -> Segmentation | None:
    try:
        return cut(case.utterances, _LENGTHS, case.duration, known=case.known)
    except NothingToPublish:
        return None


def _words(found: Segmentation) -> list[Word]:
    return [word for one in found.segments for utterance in one.utterances for word in utterance.words]


@given(case=_meetings())
def test_clips_never_overlap_and_stay_in_the_recording(case: Case) -> None:
    """Clips are in order, apart from one another, and between 0 and the recording's end."""
    found = _segmented(case)
    spans = [one.span for one in found.segments] if found else []

    assert all(before.end <= after.start for before, after in pairwise(spans))
    assert all(0 <= span.start < span.end <= case.duration for span in spans)


@given(case=_meetings())
def test_no_cut_is_inside_a_word(case: Case) -> None:
    """Whoever speaks, in a clip or not, no cut falls strictly inside a word, but where the recording itself ends."""
    found = _segmented(case)
    cuts = [time for one in found.segments for time in (one.span.start, one.span.end)] if found else []
    inside = [
        (time, word.text)
        for time in cuts
        for utterance in case.utterances
        for word in utterance.words
        if word.span.start < time < word.span.end and time != case.duration
    ]

    assert [] == inside


@given(case=_meetings())
def test_every_word_is_in_one_clip_or_under_an_omission(case: Case) -> None:
    """What is spoken is published once or left out with a reason: nothing vanishes, nothing is said twice."""
    found = _segmented(case)
    if found is None:
        return
    spoken = sorted((word for one in case.utterances for word in one.words), key=lambda word: word.model_dump_json())
    kept = _words(found)
    # Where people talk at once at the very end, two omissions may hold the same instant: once is enough.
    omitted = [
        word
        for word in spoken
        if any(one.span.start <= word.span.start and word.span.end <= one.span.end for one in found.omissions)
    ]

    assert spoken == sorted([*kept, *omitted], key=lambda word: word.model_dump_json())
    assert all(
        one.span.start <= word.span.start < one.span.end
        for one in found.segments
        for u in one.utterances
        for word in u.words
    )


@given(case=_meetings())
def test_clips_are_made_of_whole_sentences(case: Case) -> None:
    """Every clip starts at a sentence start and ends at a sentence end: no sentence is shared or split."""
    found = _segmented(case)
    if found is None:
        return
    inside = [
        Utterance(speaker=one.speaker, words=words)
        for one in transcript(case.utterances).utterances
        if (words := tuple(word for word in one.words if word.span.start < case.duration))
    ]
    sentences = sentence_units(recording(case.duration, known=case.known), inside)
    for clip in found.segments:
        held = [one for one in sentences if clip.span.start <= one.start < clip.span.end]

        assert sum(len(one.words) for one in held) == sum(len(one.words) for one in clip.utterances)
        assert all(min(one.end, case.duration) <= clip.span.end for one in held)


@given(case=_meetings())
def test_lengths_are_within_limits(case: Case) -> None:
    """Shorter than the minimum only if alone; longer than the maximum only without a place to cut inside."""
    found = _segmented(case)
    if found is None:
        return
    blocks = blocks_of(
        sentence_units(recording(case.duration, known=case.known), transcript(case.utterances).utterances)
    )
    for clip in found.segments:
        places = sum(clip.span.start <= block.start < clip.span.end for block in blocks)

        assert clip.span.duration >= _LENGTHS.minimum_s or len(found.segments) == 1
        assert clip.span.duration <= _LENGTHS.maximum_s or places == 1


@given(case=_meetings())
def test_a_question_stays_with_its_answer(case: Case) -> None:
    """No clip ends between a question and the first sentence of its answer, unless the two exceed the maximum."""
    found = _segmented(case)
    if found is None or case.duration < max(word.span.end for one in case.utterances for word in one.words):
        return
    sentences = sentence_units(recording(case.duration, known=case.known), transcript(case.utterances).utterances)
    blocks = blocks_of(sentences)
    block_of = {index: block for block in blocks for index in range(block.first, block.past)}
    exchanges = exchanges_of(sentences)
    head, _ = courtesy_at_ends(sentences, exchanges)
    for exchange in exchanges:
        question = next(index for index in exchange.questions if index >= min(head, exchange.questions[-1]))
        asked, told = block_of[question], block_of[exchange.answer]
        if told.end - block_of[exchange.first].start > _LENGTHS.maximum_s - 1:
            continue
        holders = [
            {clip.id for clip in found.segments if clip.span.start <= block.start < clip.span.end}
            for block in (asked, told)
        ]

        assert holders[0] == holders[1] or exchange.first < head


def test_a_question_is_never_a_clip_of_ideal_length_without_its_answer() -> None:
    """However well the lengths would suit: the cut is inside the answer, not before it."""
    question = "J: " + "vous travaillez " * 15 + "combien ?"
    answer = "P: " + "patient hôpital " * 14 + "patient. " + "Patient hôpital " + "patient hôpital " * 10 + "patient."
    found = cut(dialogue(question, answer), _LENGTHS)

    assert [[YOUNG, PRO], [PRO]] == [[one.speaker for one in clip.utterances] for clip in found.segments]


@given(case=_meetings())
def test_the_same_meeting_gives_the_same_clips(case: Case) -> None:
    """Same input, same output, ids included; ids are unique and well formed."""
    found = _segmented(case)

    assert found == _segmented(case)
    ids = [one.id for one in found.segments] if found else []
    assert len(set(ids)) == len(ids)
    assert all(len(one) == len("clip-") + 20 for one in ids)


def _golden_lines() -> list[str]:
    return (_GOLDEN / "paysagiste.txt").read_text("utf-8").splitlines()


def test_a_career_meeting_is_cut_as_a_person_would() -> None:
    """Small talk, follow-ups, mm-hm, a question in two turns, a monologue beyond the maximum: the golden cut."""
    found = cut(dialogue(*_golden_lines()))

    clips = [
        {
            "start": round(one.span.start, 2),
            "end": round(one.span.end, 2),
            "title": one.title.replace("\u202f", " "),
            "opens": one.utterances[0].text[:60],
            "closes": one.utterances[-1].text[-60:],
        }
        for one in found.segments
    ]
    omissions = [
        {"start": round(one.span.start, 2), "end": round(one.span.end, 2), "reason": one.reason}
        for one in found.omissions
    ]
    expected = json.loads((_GOLDEN / "paysagiste.json").read_text("utf-8"))
    assert expected == {"clips": clips, "omissions": omissions}


def test_an_edit_changes_only_the_clips_near_it() -> None:
    """Correcting a word of the last answer leaves the ids of all the other clips as they were."""
    lines = _golden_lines()
    corrected = [line.replace("La météo, sans hésiter.", "La météo, sans réfléchir.") for line in lines]
    before, after = (cut(dialogue(*some)).segments for some in (lines, corrected))

    assert corrected != lines
    assert [one.id for one in before[:-1]] == [one.id for one in after[:-1]]
    assert before[-1].id != after[-1].id


@pytest.mark.parametrize("number", range(1, 28, 3))
def test_an_edit_anywhere_stays_near(number: int) -> None:
    """Another word in any line: all clips keep their ids but the one that holds it and, at most, its neighbours."""
    lines = _golden_lines()
    who, text = lines[number].split(": ", 1)
    *others, last = text.split()
    corrected = [*lines[:number], f"{who}: {' '.join([*others, 'mouton' + last[-1]])}", *lines[number + 1 :]]
    before, after = (cut(dialogue(*some)).segments for some in (lines, corrected))

    at = dialogue(*lines)[number].span
    kept = {one.id for one in after}
    lost = [place for place, one in enumerate(before) if one.id not in kept]
    outside = 0 if at.start < before[0].span.start else len(before) - 1  # courtesy
    holds = [place for place, one in enumerate(before) if one.span.overlaps(at)] or [outside]
    assert all(min(holds) - 1 <= place <= max(holds) + 1 for place in lost)


def test_three_hours_are_cut_like_five_minutes() -> None:
    """A long meeting is cut within the limits, every repetition of a question opening a clip."""
    pause = "P: Voilà, on fait une pause de lecture avant la suite du programme de la matinée."
    found = cut(dialogue(*([*_golden_lines()[5:-3], pause]) * 32))

    assert found.segments[-1].span.end > 3 * 3600
    assert all(20 <= one.span.duration <= 180 for one in found.segments)
    assert 32 == sum("salaire" in one.utterances[0].text for one in found.segments)


def test_without_speech_there_is_nothing_to_publish() -> None:
    """An empty transcript is told in one French sentence."""
    with pytest.raises(NothingToPublish, match="Aucune parole"):
        cut([])


def test_courtesy_alone_is_nothing_to_publish() -> None:
    """A meeting that never began gives no clip."""
    with pytest.raises(NothingToPublish, match="que des salutations"):
        cut(dialogue("P: Bonjour. Vous m'entendez ?", "J: Bonjour, oui.", "P: Au revoir."))


def test_a_meeting_shorter_than_the_minimum_is_one_clip() -> None:
    """Seven seconds of question and answer are still worth finding."""
    found = cut(dialogue("J: Vous gagnez combien ?", "P: Deux mille euros net par mois pour débuter."))

    assert ["Combien gagne une infirmière\u202f?"] == [one.title for one in found.segments]


def test_words_after_the_end_of_the_recording_are_left_out() -> None:
    """A platform's transcript that runs longer than its video never makes a clip of nothing."""
    spoken = dialogue("J: Vous gagnez combien ?", "P: Deux mille euros net par mois pour débuter.")
    found = cut([*spoken, said(PRO, "Et bien plus tard, on verra.", 100)], duration=30)

    assert found.segments[-1].span.end <= 30
    assert ["paroles datées après la fin de l'enregistrement"] == [one.reason for one in found.omissions]


def test_a_clearance_of_another_recording_or_purpose_is_refused() -> None:
    """No transcript is read without a clearance for this recording and for cutting."""
    spoken = transcript(dialogue("J: Vous gagnez combien ?", "P: Deux mille euros net par mois."))
    meeting = recording(30)
    made = provenance_of(meeting, spoken, ClipLengths(), AT)
    for clearance in (
        clearance_for(RecordingId("rec-fedcba9876543210")),
        clearance_for(RECORDING_ID, Purpose.TRANSCRIBE),
    ):
        with pytest.raises(PermissionError):
            segment(meeting, spoken, clearance, ClipLengths(), made)


def test_the_key_follows_what_determines_the_cut() -> None:
    """Other lengths or another transcript are another output; another hour is not."""
    spoken = transcript(dialogue("J: Vous gagnez combien ?"))
    other = spoken.model_copy(update={"provenance": spoken.provenance.model_copy(update={"key": "other"})})
    meeting = recording(30)
    key = provenance_of(meeting, spoken, ClipLengths(), AT).key

    assert key == provenance_of(meeting, spoken, ClipLengths(), AT.replace(year=2027)).key
    assert key != provenance_of(meeting, spoken, ClipLengths(ideal_s=60), AT).key
    assert key != provenance_of(meeting, other, ClipLengths(), AT).key


def test_a_clip_carries_its_summary_and_tags_with_the_second_that_earned_them() -> None:
    """The kind of question points to the question, the level to the answer; times are those of the words."""
    lines = (
        "J: Vous avez fait quelles études ?",
        "P: Après le bac, j'ai passé un BTS en deux ans à Nantes, en alternance.",
    )
    spoken = dialogue(*lines)
    made = cut(spoken).segments[0]

    tags = {tag.kind: tag for tag in made.tags}
    words = {word.text: word.span.start for utterance in spoken for word in utterance.words}
    assert ("studies", 0, words["études"]) == (
        tags[TagKind.QUESTION].value,
        tags[TagKind.QUESTION].sentence,
        tags[TagKind.QUESTION].at,
    )
    assert ("bac+2", 1, words["BTS"]) == (
        tags[TagKind.LEVEL].value,
        tags[TagKind.LEVEL].sentence,
        tags[TagKind.LEVEL].at,
    )
    assert ("Après le bac, j'ai passé un BTS en deux ans à Nantes, en alternance.",) == made.summary
    assert made.standalone is not None
    assert not made.standalone.needs_review


def test_a_presentation_names_no_clip_where_another_question_does() -> None:
    """« Vous pouvez vous présenter ? » tells nothing of what follows it in the clip."""
    found = cut(
        dialogue(
            "J: Bonjour madame, vous pouvez vous présenter ?",
            "P: Je suis infirmière à domicile depuis douze ans, et avant cela j'étais aux urgences de Brest.",
            "J: Vous gagnez combien ?",
            "P: Autour de deux mille euros par mois, avec les primes de nuit et celles du dimanche matin.",
        )
    )

    assert ["Combien gagne une infirmière\u202f?"] == [one.title for one in found.segments]


def test_a_clip_that_refers_to_what_was_said_before_is_marked() -> None:
    """« Comme je disais tout à l'heure » means nothing to who opens the clip."""
    made = cut(
        dialogue("P: Oui, comme je disais tout à l'heure, c'est un métier de patience et de précision.")
    ).segments[0]

    assert made.standalone is not None
    assert made.standalone.needs_review
    assert "l'extrait renvoie à ce qui a été dit avant" in made.standalone.reasons


def test_codes_of_the_occupation_are_part_of_the_key() -> None:
    """Importing a list that knows this occupation makes the clips anew; one that does not, does not."""
    spoken, meeting = transcript(dialogue("J: Vous gagnez combien ?")), recording(30)
    known = Referential(trades=(Trade(label="Infirmier", forms=("infirmier", "infirmiere"), rome="J1502"),))
    other = Referential(trades=(Trade(label="Soudeur", forms=("soudeur",), rome="H2913"),))
    key = provenance_of(meeting, spoken, ClipLengths(), AT).key

    assert key == provenance_of(meeting, spoken, ClipLengths(), AT, other).key
    assert key != provenance_of(meeting, spoken, ClipLengths(), AT, known).key
