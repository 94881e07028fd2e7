"""The scripts: what can be read, and what every demo script offers."""

import pytest

from consent.records import Role
from demo import script

EXAMPLE = """
# Luthière

P: Bonjour.
J: Bonjour !

## Le bois
J: J'ai une question…
P: Mm-hm.
J: Quel bois choisir ?
P: De l'épicéa : il chante.

##
P: Au revoir.
"""


def test_a_script_keeps_greetings_exchanges_and_farewells_apart() -> None:
    """Only what stands under a topic is an exchange."""
    read = script.parse(EXAMPLE)

    assert read.occupation == "Luthière"
    assert [turn.text for turn in read.opening] == ["Bonjour.", "Bonjour\u202f!"]
    assert [exchange.topic for exchange in read.exchanges] == ["Le bois"]
    assert [(turn.role, turn.text) for turn in read.closing] == [(Role.PROFESSIONAL, "Au revoir.")]


def test_a_question_in_two_turns_is_one_question() -> None:
    """The question runs up to the young person's first question mark, without what the professional says."""
    question = script.parse(EXAMPLE).exchanges[0].question

    assert question == "J'ai une question… Quel bois choisir\u202f?"


def test_punctuation_stays_with_its_word() -> None:
    """A word keeps the French punctuation that follows it."""
    words = script.parse(EXAMPLE).exchanges[0].turns[3].words

    assert words == ("De", "l'épicéa\u202f:", "il", "chante.")


@pytest.mark.parametrize("line", ["Bonjour.", "X: Bonjour.", "P:", "P : Bonjour."])
def test_a_line_that_is_not_of_the_format_is_refused(line: str) -> None:
    """A typing mistake in a script must not silently drop a turn."""
    with pytest.raises(ValueError, match="not a line of a script"):
        script.parse(f"# Luthière\n{line}\n")


@pytest.mark.parametrize("name", script.names())
def test_a_demo_script_is_a_whole_meeting(name: str) -> None:
    """Each has greetings by both, 5 to 8 exchanges that ask something, 330 to 480 words, farewells by both."""
    read = script.load(name)

    both = {Role.PROFESSIONAL, Role.YOUNG_PERSON}
    assert {turn.role for turn in read.opening} == both
    assert {turn.role for turn in read.closing} == both
    assert 5 <= len(read.exchanges) <= 8
    assert all(exchange.question.endswith("?") for exchange in read.exchanges)
    assert all(exchange.turns[0].role is Role.YOUNG_PERSON for exchange in read.exchanges)
    assert 330 <= sum(len(turn.words) for turn in read.turns) <= 480


def test_the_demo_scripts_are_of_six_jobs_and_hesitate_as_people_do() -> None:
    """Six occupations; each script has an "euh", an "mm-hm" and a question asked in two turns."""
    scripts = [script.load(name) for name in script.names()]

    assert len({read.occupation for read in scripts}) == 6
    for read in scripts:
        said = " ".join(turn.text.lower() for turn in read.turns)
        assert "euh" in said
        assert "mm-hm" in said
        assert any(not exchange.turns[0].text.endswith("?") for exchange in read.exchanges)


def test_a_shortened_script_keeps_the_shortest_exchanges_in_their_order() -> None:
    """The small meetings of the tests stay in the script's order."""
    read = script.load("infirmiere")

    short = read.shortened(3)
    places = [read.exchanges.index(exchange) for exchange in short.exchanges]
    longest_kept = max(exchange.length for exchange in short.exchanges)
    dropped = [exchange for exchange in read.exchanges if exchange not in short.exchanges]
    assert places == sorted(places)
    assert len(places) == 3
    assert all(exchange.length >= longest_kept for exchange in dropped)
