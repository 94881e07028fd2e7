"""Sentences: punctuation, abbreviations, pauses, overlaps."""

from __future__ import annotations

import pytest

from consent.records import Span
from pipeline.records import Utterance, Word
from pipeline.segment.sentences import blocks_of, sentence_units
from tests.segment.meetings import PRO, YOUNG, dialogue, recording, said


def _texts(utterances: list[Utterance]) -> list[str]:
    return [unit.text for unit in sentence_units(recording(600), utterances)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Oui. Et vous ?", ["Oui.", "Et vous ?"]),
        ("Je vois M. Martin et le Dr. Petit. Voilà.", ["Je vois M. Martin et le Dr. Petit.", "Voilà."]),
        (
            "On pose des dalles, des bordures, etc. dans le parc.",
            ["On pose des dalles, des bordures, etc. dans le parc."],
        ),
        ("On plante, on taille, etc. Ensuite on range.", ["On plante, on taille, etc.", "Ensuite on range."]),
        ("C'est 3.5 tonnes ! Vraiment.", ["C'est 3.5 tonnes !", "Vraiment."]),
        ("Je voulais… enfin je crois. Oui.", ["Je voulais… enfin je crois.", "Oui."]),
        ("Je ne sais pas… Peut-être.", ["Je ne sais pas…", "Peut-être."]),
        ("Il a dit « Venez ! » Alors je suis venue.", ["Il a dit « Venez ! »", "Alors je suis venue."]),
        ("Vous gagnez combien\u202f? Dites-moi.", ["Vous gagnez combien\u202f?".replace("\u202f", " "), "Dites-moi."]),
    ],
)
def test_punctuation_ends_sentences(text: str, expected: list[str]) -> None:
    """A sentence ends at its mark, not at an abbreviation, a decimal point or a hesitation."""
    assert expected == _texts([said(PRO, text, 0)])


def test_pauses_end_sentences_where_punctuation_is_missing() -> None:
    """Without any mark, a silence of more than 0.6 s parts two sentences of an utterance."""
    first, second = said(PRO, "je suis infirmière", 0), said(PRO, "je travaille la nuit", 3)
    utterance = Utterance(speaker=PRO, words=(*first.words, *second.words))

    assert ["je suis infirmière", "je travaille la nuit"] == _texts([utterance])


def test_a_sentence_goes_on_across_a_breath_and_a_back_channel() -> None:
    """A punctuated sentence that two utterances share is one, whatever the other says meanwhile."""
    utterances = dialogue("P: Je travaille dans un", "J: Mm-hm.", "P: cabinet de Lyon.")

    assert ["Je travaille dans un cabinet de Lyon.", "Mm-hm."] == _texts(utterances)


def test_a_long_silence_ends_a_sentence() -> None:
    """After two seconds of silence, what follows is another sentence even without a mark."""
    utterances = [said(PRO, "Je travaille dans", 0), said(PRO, "un cabinet. Voilà.", 6)]

    assert ["Je travaille dans", "un cabinet.", "Voilà."] == _texts(utterances)


def test_a_run_without_punctuation_is_cut_at_its_longest_pause() -> None:
    """More than sixty words without a mark, in a punctuated transcript, are cut where the speaker breathes."""
    first, second = said(PRO, "mot " * 40, 0), said(PRO, "mot " * 40 + "fin. Oui. Non.", 17)
    utterance = Utterance(speaker=PRO, words=(*first.words, *second.words))

    lengths = [len(text.split()) for text in _texts([utterance])]

    assert [40, 41, 1, 1] == lengths


def test_overlapping_sentences_make_one_block() -> None:
    """A block ends only where nobody speaks: an « mm-hm » within a sentence is in its block."""
    utterances = [said(PRO, "Je soigne des enfants.", 0), said(YOUNG, "Mm-hm.", 0.5), said(PRO, "Voilà.", 3)]
    sentences = sentence_units(recording(60), utterances)

    assert [(0, 2), (2, 3)] == [(block.first, block.past) for block in blocks_of(sentences)]


def test_sentences_that_touch_are_two_blocks() -> None:
    """Speech that starts at the instant where other speech ends leaves a place to cut."""
    words = [Word(text=f"{index}.", span=Span(start=index, end=index + 1), probability=1) for index in range(3)]
    sentences = sentence_units(recording(60), [Utterance(speaker=None, words=tuple(words))])

    assert 3 == len(blocks_of(sentences))
