"""What nobody said is set aside and kept; what people really say is never touched."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.records import Span
from demo import script
from pipeline.records import DoubtReason, Word
from pipeline.transcribe.hallucinations import Quiet, sift, told

PACE_S = 0.3
"""Seconds a word: two hundred words a minute, lively French."""


def _words(text: str, start: float = 0.0, pace: float = PACE_S) -> list[Word]:
    return [
        Word(text=one, span=Span(start=start + pace * at, end=start + pace * (at + 1)), probability=0.9)
        for at, one in enumerate(text.split())
    ]


def _sifted(text: str) -> tuple[str, list[tuple[DoubtReason, str]]]:
    """The words kept, and what was set aside, of one stretch."""
    words = _words(text)
    found = sift([words], words[-1].span.end)
    return " ".join(word.text for word in found.words), [(one.reason, one.text) for one in found.doubts]


@pytest.mark.parametrize(
    "phrase",
    [
        "Sous-titres réalisés par la communauté d'Amara.org",
        "Sous-titres réalisés para la communauté d'Amara.org",
        "Sous-titrage ST' 501",
        "SOUS-TITRAGE ST'501",
        "Sous-titrage Société Radio-Canada",
        "Sous-titrage MFP.",
        "Sous-titres faits par un fan.",
        "❤️ par SousTitreur.com",
        "Merci d'avoir regardé cette vidéo !",
        "Merci d’avoir regardé la vidéo et à bientôt.",
        "Abonnez-vous à la chaîne !",
        "N'oubliez pas de vous abonner à ma chaîne YouTube.",
        "N'oubliez pas de liker et de partager.",
        "À bientôt pour une nouvelle vidéo.",
        "Thank you for watching!",
        "[Musique]",
        "♪ ♪",
    ],
)
def test_known_phrases_are_set_aside_and_the_speech_around_them_stays(phrase: str) -> None:
    """Credits and formulas of video makers, as a sentence of their own between two real ones."""
    before, after = "Je suis boulangère depuis douze ans.", "Et j'aime ça !"

    stretches = [_words(before), _words(phrase, 5), _words(after, 9)]

    found = sift(stretches, 12)

    assert f"{before} {after}" == " ".join(word.text for word in found.words)
    assert [(DoubtReason.KNOWN_PHRASE, phrase)] == [(one.reason, one.text) for one in found.doubts]


def test_credits_inside_a_stretch_leave_the_rest_of_it() -> None:
    """A real sentence and the credits that the model added to it, in one segment, without a sign between them."""
    kept, aside = _sifted("C'est un beau métier Sous-titrage ST' 501")

    assert "C'est un beau métier" == kept
    assert [(DoubtReason.KNOWN_PHRASE, "Sous-titrage ST' 501")] == aside


@pytest.mark.parametrize(
    "speech",
    [
        "Merci.",
        "Merci beaucoup, merci à vous, merci encore !",
        "Oui oui oui.",
        "Non, non, non, non, non, pas du tout.",
        "Oui, oui, oui, oui, je vois très bien ce que vous voulez dire.",
        "C'est très, très, très, très, très important.",
        "Je ne sais pas. Je ne sais pas. Je ne sais pas.",
        "Bla bla bla bla bla, et cetera, et cetera.",
        "Je fais le sous-titrage des films pour les sourds.",
        "Nous avons des sous-titres faits par mon collègue, et relus par moi.",
        "Je monte des vidéos, et à la fin je dis toujours : merci d'avoir regardé cette vidéo, abonnez-vous.",
        "Les gens disent « abonnez-vous à la chaîne » à chaque fois.",
        "Merci d'avoir répondu à mes questions, c'était super.",
        "À bientôt, et bon courage pour la suite !",
        "Il faut s'abonner à des revues.",
        "Le numéro, c'est zéro six, zéro six, zéro six, douze.",
    ],
)
def test_what_people_really_say_is_kept(speech: str) -> None:
    """Thanks, hesitations, emphasis, and the trades that speak of videos and subtitles."""
    assert (speech, []) == _sifted(speech)


@pytest.mark.parametrize("name", script.names())
def test_whole_meetings_are_kept(name: str) -> None:
    """Every turn of our demo meetings, spoken fast."""
    turns = [turn.text for turn in script.load(name).turns]
    stretches: list[list[Word]] = []
    for text in turns:
        stretches.append(_words(text, stretches[-1][-1].span.end if stretches else 0.0, 0.2))

    found = sift(stretches, stretches[-1][-1].span.end)

    assert found.doubts == ()
    assert [word for one in stretches for word in one] == list(found.words)


@pytest.mark.parametrize(
    "loop",
    [
        "oui " * 8,
        "et donc " * 5,
        "je ne sais pas ce que " * 4,
        "La formation dure deux ans en alternance. " * 4,
    ],
)
def test_a_loop_is_set_aside(loop: str) -> None:
    """A unit that follows itself more often than anybody says it, and only that."""
    kept, aside = _sifted(f"Voilà mon métier. {loop} Ensuite, j'ai changé.")

    assert kept == "Voilà mon métier. Ensuite, j'ai changé."
    assert [(DoubtReason.LOOP, loop.strip())] == aside


def test_text_over_silence_is_set_aside() -> None:
    """Words where the track holds nothing but its own noise; a word's times may be a little off."""
    frames = np.concatenate([np.full(250, 2000.0), np.full(500, 4.0), np.full(250, 1500.0)]).astype(np.float32)
    quiet = Quiet(frames, 0.02, 0.3)
    spoken, invented, late = _words("Bonjour à tous.", 1), _words("Merci.", 9), _words("Je continue.", 14.8)

    found = sift([spoken, invented, late], 20, quiet)

    assert [*spoken, *late] == list(found.words)
    assert [(DoubtReason.SILENCE, "Merci.", invented[0].span)] == [
        (one.reason, one.text, one.span) for one in found.doubts
    ]


def test_a_soft_voice_is_no_silence() -> None:
    """A person 25 dB below the other on the same track is heard."""
    frames = np.concatenate([np.full(500, 3000.0), np.full(500, 170.0)]).astype(np.float32)
    soft = _words("Je parle tout doucement.", 12)

    assert tuple(soft) == sift([soft], 20, Quiet(frames, 0.02, 0.3)).words


def test_text_faster_than_anyone_speaks_is_set_aside() -> None:
    """Forty words in two seconds; the same words in eight are a fast talker's."""
    text = "alors ensuite nous préparons les commandes de la semaine avec toute mon équipe du matin et du soir"

    fast, usual = _words(text, 1, 0.05), _words(text, 1, 0.2)

    assert [DoubtReason.TOO_FAST] == [one.reason for one in sift([fast, _words("Voilà.", 2.1)], 3).doubts]
    assert sift([usual], 20).doubts == ()


def test_words_crammed_together_before_a_pause_are_no_fast_text() -> None:
    """A model that places words badly left time for them until the next ones."""
    crammed = _words("alors ensuite nous préparons les commandes de la semaine", 1, 0.02)

    assert sift([crammed, _words("Voilà.", 5)], 6).doubts == ()


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12), max_size=8), max_size=8
    )
)
def test_nothing_is_ever_lost(texts: list[list[str]]) -> None:
    """Laws: every word is either kept or set aside, once, in order; the report counts what was set aside."""
    stretches: list[list[Word]] = []
    at = 0.0
    for words in texts:
        stretches.append(
            [Word(text=one, span=Span(start=at + n, end=at + n + 1), probability=1) for n, one in enumerate(words)]
        )
        at += len(words) + 1

    found = sift(stretches, at)

    given_texts = [(word.span.start, word.text) for one in stretches for word in one]
    aside = [(one.span.start, one.text) for one in found.doubts]
    together = sorted([(word.span.start, word.text) for word in found.words] + aside)
    assert " ".join(text for _, text in given_texts) == " ".join(text for _, text in together)
    assert all(a[0] < b[0] for a, b in pairwise(together))
    assert (told(found.doubts) == "") == (found.doubts == ())


@pytest.mark.parametrize(
    "phrase",
    [
        "N'hésitez pas à vous abonner !",
        "Merci d'avoir regardé !",
        "Abonne-toi à la chaîne.",
        "Et n'oubliez pas de vous abonner.",
        "Sous-titrage FR 2021",
        "Subtitles by the Amara.org community",
        "Merci à tous d'avoir regardé, abonnez-vous et likez la vidéo, à bientôt !",
        "(rires)",
    ],
)
def test_a_whole_segment_of_a_formula_leaves_nothing(phrase: str) -> None:
    """Not a year, not « the community »: all of it is set aside."""
    assert ("", [(DoubtReason.KNOWN_PHRASE, phrase)]) == _sifted(phrase)


@pytest.mark.parametrize(
    "speech",
    [
        "Merci d'avoir regardé ma vidéo de présentation, vous aviez des questions ?",
        "On se retrouve au studio chaque lundi pour tourner une nouvelle vidéo, c'est mon métier de monteuse.",
        "N'oubliez pas de partager votre écran.",
        "N'oubliez pas de cliquer sur le bouton pour confirmer vos vœux.",
        "(c'est-à-dire mon chef de projet",
        "(c'est-à-dire mon chef de projet)",
    ],
)
def test_speech_that_begins_like_a_formula_is_kept(speech: str) -> None:
    """A formula is one word for word."""
    assert (speech, []) == _sifted(speech)


def test_a_formula_between_real_sentences_stays_where_it_was_heard_well() -> None:
    """Quoted by a person with a sure voice; unsure words, or nothing beneath, make it an invention."""
    words = _words("Je finis toujours par ces mots. Abonnez-vous à la chaîne !")
    quoted = words[:6], words[6:]
    unsure = [*quoted[0], *(one.model_copy(update={"probability": 0.2}) for one in quoted[1])]

    assert sift([words], 20).doubts == ()
    assert ["Abonnez-vous à la chaîne !"] == [one.text for one in sift([unsure], 20).doubts]
    late = quoted[1][0].span.start
    silent = sift([words], 20, lambda span: span.start >= late)
    assert [DoubtReason.KNOWN_PHRASE] == [one.reason for one in silent.doubts]


def test_what_the_model_takes_for_no_speech_is_set_aside_and_counted() -> None:
    """A stretch that the model itself doubts, between two that it does not."""
    stretches = [_words("Bonjour.", 0), _words("La la la.", 5), _words("Je continue.", 9)]

    found = sift(stretches, 12, doubted={1})

    assert [(DoubtReason.NO_SPEECH, "La la la.")] == [(one.reason, one.text) for one in found.doubts]
    assert "1 passage douteux écarté (texte sur un bruit : 1)" == told(found.doubts)


@pytest.mark.parametrize("length", [15, 59])
def test_a_long_sentence_repeated_in_segment_after_segment_is_a_loop(length: int) -> None:
    """Forty segments of one sentence: not a word is published; three are emphasis."""
    random = np.random.default_rng(0)
    sentence = " ".join("".join(random.choice(list("abcdefghijklmnop"), 6)) for _ in range(length))
    pace = length * PACE_S
    segments = [_words(sentence, pace * number) for number in range(40)]

    found = sift(segments, 40 * pace)

    assert ((), [DoubtReason.LOOP]) == (found.words, [one.reason for one in found.doubts])
    assert sift(segments[:3], 40 * pace).doubts == ()


def test_a_text_that_shrinks_too_well_is_a_loop() -> None:
    """Sentences that vary by one word each never follow themselves, but compress below Whisper's own limit."""
    varied = " ".join(f"et ensuite je vais au travail le {number} du mois de mai" for number in range(30))
    real = " ".join(turn.text for turn in script.load(script.names()[0]).turns)[:800]

    assert [DoubtReason.LOOP] == [reason for reason, _ in _sifted(varied)[1]]
    assert _sifted(real)[1] == []


@pytest.mark.parametrize(("level", "silent"), [(55.0, True), (65.0, False)])
def test_silence_is_thirty_four_decibels_below_speech(level: float, silent: bool) -> None:
    """A fiftieth of the speech's amplitude, 60 of 3000, parts the two."""
    frames = np.concatenate([np.full(500, 3000.0), np.full(100, level)]).astype(np.float32)

    assert silent is Quiet(frames, 0.02, 0.0)(Span(start=10.5, end=11.5))
