"""Masking: where somebody does not want to be named, nothing that is written of a clip names anybody."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from consent.records import Naming, PersonId, RecordingId, Span
from pipeline.outputs import provenance
from pipeline.records import ClipId, Segment, Segmentation, Stage, Tag, TagKind, Utterance, Word
from pipeline.segment.masking import MASK, named

RECORDING = RecordingId("rec-0123456789abcdef")


def segment_of(number: int, *said: str, title: str = "Un métier qui bouge") -> Segment:
    """A clip in which each text is said by one person, one word a second."""
    at, utterances = number * 1000.0, []
    for place, text in enumerate(said):
        words = []
        for word in text.split():
            words.append(Word(text=word, span=Span(start=at, end=at + 0.9), probability=1))
            at += 1
        utterances.append(Utterance(speaker=PersonId(("jeune", "pro")[place % 2]), words=tuple(words)))
    return Segment(
        id=ClipId(f"clip-{number:020d}"),
        recording_id=RECORDING,
        span=Span(start=number * 1000.0, end=at),
        title=title,
        summary=(said[-1],),
        tags=(Tag(kind=TagKind.SECTOR, value="health", label="Santé", confidence=1),),
        utterances=tuple(utterances),
    )


def segmentation_of(*segments: Segment) -> Segmentation:
    """What the stage gives."""
    made = provenance(Stage.SEGMENT, "test", (), {}, datetime(2026, 5, 1, tzinfo=UTC))
    return Segmentation(recording_id=RECORDING, segments=segments, omissions=(), provenance=made)


def written(segment: Segment) -> str:
    """All that is read of a clip."""
    said = " ".join(one.text for one in segment.utterances)
    return " ".join((segment.title, *segment.summary, *(tag.label for tag in segment.tags), said))


@pytest.mark.parametrize(
    ("said", "declared", "names"),
    [
        (("Bonjour Malik, installe-toi bien.",), (), ("Malik",)),
        (("Alors moi je m'appelle Zyriane, je suis infirmière.", "Merci Zyriane !"), (), ("Zyriane",)),
        (("Et donc zorvania, elle m'a tout appris.",), ("Zorvania Dupré",), ("zorvania",)),
        (("C'est d'Élise que je tiens ça.",), ("Élise Martin",), ("Élise",)),
        (("Monsieur Bensaïd, vous travaillez où ?",), (), ("Bensaïd",)),
    ],
)
def test_nothing_written_names_anybody(
    said: tuple[str, ...], declared: tuple[str, ...], names: tuple[str, ...]
) -> None:
    """Said by the sentence, known as a given name, or declared by the operator, in whatever case it was heard."""
    (made,) = named(segmentation_of(segment_of(1, *said)), declared, ()).segments

    assert not any(name in written(made) for name in names)
    assert MASK in written(made)
    assert Naming.MASKED is made.names
    assert [word.span for one in made.utterances for word in one.words] == [
        word.span for one in segment_of(1, *said).utterances for word in one.words
    ]


def test_a_name_that_one_clip_gives_away_is_masked_in_all() -> None:
    """« Je m'appelle Zyriane » in one clip: « Zyriane » alone in another is her."""
    clips = (segment_of(1, "Je m'appelle Zyriane."), segment_of(2, "C'est là que Zyriane a débuté."))

    made = named(segmentation_of(*clips), (), ())

    assert not any("Zyriane" in written(one) for one in made.segments)


def test_where_everybody_agreed_names_stay_and_the_clip_says_so() -> None:
    """The clip that may name keeps the name, and tells it; the other does not; the key is another one."""
    clips = (segment_of(1, "Bonjour Malik, ça va ?"), segment_of(2, "Bonjour Malik, ça va ?"))
    before = segmentation_of(*clips)

    made = named(before, (), (clips[0].id,))

    assert [Naming.SHOWN, Naming.MASKED] == [one.names for one in made.segments]
    assert ["Malik" in written(one) for one in made.segments] == [True, False]
    assert before.provenance.key != made.provenance.key


@pytest.mark.parametrize(
    "said",
    [
        "On code en Python et en Java toute la journée.",
        "Il y a une pierre dans la pâte, et une rose sur la table.",
        "J'étais au lycée Jean-Moulin, à Florence.",
    ],
)
def test_what_names_nobody_is_left_as_it_is(said: str) -> None:
    """Trades, places and words that are also names: the very same object, and so the same key."""
    before = segmentation_of(segment_of(1, said))

    assert before is named(before, ("Pierre Rose",), ())


def test_a_declared_name_in_several_words_is_masked_in_each() -> None:
    """« de » is too common to be masked; both halves of a name with a hyphen are not."""
    segmentation = segmentation_of(segment_of(1, "De temps en temps, les Kalt venaient voir."))

    (made,) = named(segmentation, ("Paule de Dupré-Kalt",), ()).segments

    assert f"De temps en temps, les {MASK} venaient voir." == made.utterances[0].text


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("bonjour camille tu fais quoi", f"bonjour {MASK} tu fais quoi"),
        ("monsieur dupont vous êtes boulanger", f"monsieur {MASK} vous êtes boulanger"),
        ("je m'appelle camille dupont", f"je m'appelle {MASK} {MASK}"),
        ("on va tailler la pierre chez le boulanger", "on va tailler la pierre chez le boulanger"),
    ],
)
def test_a_declared_name_is_masked_without_its_capital_where_it_is_no_word(said: str, left: str) -> None:
    """A given name that is no ordinary word, whoever is called « monsieur », a name said whole; trades stay."""
    declared = ("Camille Dupont", "Pierre Boulanger")

    (made,) = named(segmentation_of(segment_of(1, said)), declared, ()).segments

    assert left == made.utterances[0].text


def test_a_family_name_that_a_transcript_with_capitals_calls_stays_a_word_in_small_letters() -> None:
    """« Madame Boulanger » has her capital: the boulanger of the next sentence is a trade."""
    said = "Merci, Madame Boulanger. Le boulanger se lève tôt."

    (made,) = named(segmentation_of(segment_of(1, said)), ("Paule Boulanger",), ()).segments

    assert f"Merci, Madame {MASK}. Le boulanger se lève tôt." == made.utterances[0].text
