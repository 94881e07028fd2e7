"""Rules of pipeline.render.captions, and of the typography and lines it is made of."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.records import PersonId, Role, Span
from pipeline.records import Utterance, Word
from pipeline.render.captions import MAX_CHARACTERS, MAX_LINES, Caption, cues, sentences, webvtt
from pipeline.render.typography import NARROW, french
from tests.render.media import PRO, YOUNG

GOLDEN = Path(__file__).parent / "golden" / "exchange.vtt"
ROLES = {PRO: Role.PROFESSIONAL, YOUNG: Role.YOUNG_PERSON}

EXCHANGE = [
    (YOUNG, 100.4, "Bonjour madame, et merci de me recevoir. Qu'est-ce qui vous plaît le plus dans votre métier ?"),
    (PRO, 106.1, "Oh, c'est une bonne question !"),
    (
        PRO,
        109.0,
        "Ce que je préfère, c'est le moment où la soudure prend : on voit le métal fondre, se mélanger, puis "
        "refroidir en laissant un cordon bien régulier. Au début, j'avais peur de me brûler ; aujourd'hui, je n'y "
        "pense plus. Il faut dire qu'on est bien protégés, avec le masque, les gants et le tablier de cuir.",
    ),
    (YOUNG, 128.2, "D'accord."),
    (YOUNG, 129.0, "Et il faut quel diplôme pour commencer, un CAP ou un bac pro ?"),
    (PRO, 133.5, "Un CAP suffit, mais M. Martin, mon chef d'atelier, conseille plutôt « le bac pro » : on y apprend"),
    (PRO, 138.6, "aussi à lire un plan."),
]
"""A meeting's exchange, with the hesitations, pauses and punctuation of a real transcript."""


def utterance(speaker: PersonId | None, start: float, text: str, pace: float = 15) -> Utterance:
    """Words one after another at ``pace`` characters a second."""
    words = []
    for word in text.split():
        end = start + (len(word) + 1) / pace
        words.append(Word(text=word, span=Span(start=start, end=end), probability=0.9))
        start = end
    return Utterance(speaker=speaker, words=tuple(words))


def spoken(*said: tuple[PersonId | None, float, str]) -> tuple[Utterance, ...]:
    return tuple(utterance(*one) for one in said)


def texts(captions: tuple[Caption, ...]) -> list[str]:
    return [" ".join(caption.lines) for caption in captions]


def bare(text: str) -> str:
    """Every visible character of a text but the dashes of speakers."""
    return re.sub(r"\s", "", text)


@st.composite
def meetings(draw: st.DrawFn) -> tuple[tuple[Utterance, ...], float, float]:
    """Utterances one after another (never two at once), the clip's offset and its duration."""
    letters = st.text(st.sampled_from("aéœZ'.,?!:;«»&<>-10… "), min_size=1, max_size=12)
    long = st.text(st.sampled_from("ab?é"), min_size=35, max_size=130)
    word = st.one_of(letters, letters, letters, long).filter(lambda text: text.strip("« ") != "")
    offset = draw(st.sampled_from([0.0, 3.7, 1800.04]))
    now, said = offset, []
    for _ in range(draw(st.integers(1, 6))):
        words = []
        for text in draw(st.lists(word, min_size=1, max_size=25)):
            now += draw(st.sampled_from([0.0, 0.0, 0.05, 0.3, 1.2, 3.0]))
            end = now + draw(st.sampled_from([0.05, 0.2, 0.6, 2.0]))
            words.append(Word(text=text, span=Span(start=now, end=end), probability=0.5))
            now = end
        said.append(Utterance(speaker=draw(st.sampled_from([PRO, YOUNG, None])), words=tuple(words)))
    return tuple(said), offset, now - offset + draw(st.sampled_from([0.0, 0.02, 2.0]))


@given(meetings())
def test_no_caption_is_over_two_lines_of_forty(meeting: tuple[tuple[Utterance, ...], float, float]) -> None:
    """Whatever is said, even in one very long word."""
    for caption in cues(*meeting):
        assert 1 <= len(caption.lines) <= MAX_LINES == 2
        assert all(1 <= len(line) <= MAX_CHARACTERS == 40 for line in caption.lines)


@given(meetings())
def test_captions_are_ordered_inside_the_clip_and_apart(
    meeting: tuple[tuple[Utterance, ...], float, float],
) -> None:
    """0 <= start < end <= duration, and none begins before the last one ended."""
    said, offset, duration = meeting
    captions = cues(said, offset, duration)

    assert all(0 <= one.start_ms < one.end_ms <= round(duration * 1000) for one in captions)
    assert all(one.end_ms <= following.start_ms for one, following in pairwise(captions))


@given(meetings())
def test_every_word_is_shown_once_and_in_order(meeting: tuple[tuple[Utterance, ...], float, float]) -> None:
    """Nothing that was said is lost, doubled or moved; only spaces and dashes are added."""
    said, offset, duration = meeting
    shown = "".join(re.sub(r"^– ", "", text) for text in texts(cues(said, offset, duration)))

    assert bare("".join(one.text for one in said)) == bare(shown)
    assert bare("".join(one.text for one in said)) == bare(
        "".join(sentence.text for sentence in sentences(said, ROLES, offset))
    )


@given(meetings())
def test_sentences_are_inside_the_clip(meeting: tuple[tuple[Utterance, ...], float, float]) -> None:
    """Times count from the clip's start, in order, and stay inside it."""
    said, offset, duration = meeting
    found = sentences(said, ROLES, offset, duration)

    assert all(0 <= one.span.start < one.span.end <= duration + 0.001 for one in found)
    assert sorted(one.span.start for one in found) == [one.span.start for one in found]


def test_a_real_exchange_reads_as_it_should() -> None:
    """The golden file, read and approved: breaks at clauses, a dash at each change of speaker."""
    expected = GOLDEN.read_text("utf-8")

    assert expected == webvtt(cues(spoken(*EXCHANGE), 100.0, 41.0))


def test_a_dash_announces_another_speaker_only() -> None:
    """Neither the first caption nor the same speaker's next one has it."""
    said = spoken((YOUNG, 1, "Vous gagnez bien votre vie ?"), (PRO, 4, "Oui, assez."), (PRO, 8, "Et vous ?"))

    assert [
        f"Vous gagnez bien votre vie{NARROW}?",
        "– Oui, assez.",
        f"Et vous{NARROW}?",
    ] == texts(cues(said, 0, 12))


def test_an_interjection_comes_where_it_is_heard() -> None:
    """What one says over the other stands between the other's captions, in order of time."""
    long = (
        "Je commence le matin à six heures. Ensuite je prépare toutes les tôles pour toute l'équipe de la journée. "
        "Puis je soude jusqu'à midi."
    )
    said = (utterance(PRO, 0, long), utterance(YOUNG, 3.0, "Six heures !"))
    order = texts(cues(said, 0, 12))

    assert f"– Six heures{NARROW}!" == order[2]
    assert order[3].startswith("– ")


def test_a_short_caption_stays_a_second_where_there_is_room() -> None:
    """Speech of a third of a second, then silence: one second; a clip that ends sooner ends it."""
    said = spoken((PRO, 2, "Oui."))

    assert (cues(said, 0, 9)[0].start_ms, cues(said, 0, 9)[0].end_ms) == (2000, 3000)
    assert cues(said, 0, 2.5)[0].end_ms == 2500


def test_fast_speech_stays_long_enough_to_be_read() -> None:
    """34 characters said in a second are shown two, in the silence that follows."""
    caption = cues((utterance(PRO, 1, "On part à cinq heures et on revient", pace=36),), 0, 9)[0]

    assert caption.end_ms - caption.start_ms >= 35 / 17 * 1000 - 1


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("va?", f"va{NARROW}?"),
        ("quoi?!", f"quoi{NARROW}?!"),
        ("dit:", f"dit{NARROW}:"),
        ("«oui»", f"«{NARROW}oui{NARROW}»"),
        ("pro»:", f"pro{NARROW}»{NARROW}:"),
        ("10:30", "10:30"),
        ("https://exemple.fr", "https://exemple.fr"),
        ("fin.", "fin."),
    ],
)
def test_high_punctuation_takes_a_narrow_space(token: str, expected: str) -> None:
    """Before ? ! : ; » at a word's end and after «; nowhere else; and once only."""
    assert expected == french(token)
    assert expected == french(expected)


def test_lone_punctuation_stays_with_its_word() -> None:
    """A transcript that writes « ? » as a word of its own reads the same."""
    assert [f"Ça va{NARROW}?"] == texts(cues(spoken((PRO, 0, "Ça va ?")), 0, 3))


def test_markup_is_escaped() -> None:
    """What is said cannot become a tag or a timing line."""
    document = webvtt(cues(spoken((PRO, 0, "<b>R&D</b> --> 00:00")), 0, 4))

    assert "&lt;b&gt;R&amp;D&lt;/b&gt; --&gt; 00:00" in document
    assert document.count("-->") == 1


def test_nothing_said_gives_an_empty_file() -> None:
    """A header alone is a valid WebVTT."""
    assert webvtt(cues((), 0, 3)) == "WEBVTT\n"


def test_sentences_have_a_role_and_their_own_times() -> None:
    """One sentence each, across an utterance's pause; titles and initials end none."""
    found = sentences(spoken(*EXCHANGE), ROLES, 100.0, 41.0)

    assert [
        (Role.YOUNG_PERSON, "Bonjour madame, et merci de me recevoir."),
        (Role.YOUNG_PERSON, f"Qu'est-ce qui vous plaît le plus dans votre métier{NARROW}?"),
        (Role.PROFESSIONAL, f"Oh, c'est une bonne question{NARROW}!"),
    ] == [(one.role, one.text) for one in found[:3]]
    assert len(found) == 9
    assert found[-1].text.startswith("Un CAP suffit, mais M. Martin,")
    assert found[-1].text.endswith("aussi à lire un plan.")
    assert pytest.approx(33.5) == found[-1].span.start


def test_speech_without_punctuation_is_divided() -> None:
    """No sentence of a minute: it is divided, at a pause where there is one."""
    half = (
        "alors moi je dirais que le plus dur c'est de se lever tôt le matin quand il fait encore nuit dehors et froid"
    )
    said = (utterance(None, 0, half), utterance(None, 9, half), utterance(None, 18, half))
    found = sentences(said, ROLES, 0)

    assert all(len(one.text) <= 240 for one in found)
    assert 3 >= len(found) >= 2
    assert all(one.role is None for one in found)
