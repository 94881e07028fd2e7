"""Learning announcements: what opens topics is found, what does not is not, and always the same."""

from training.announcements import LEAST_TALKS, example_of, learn

ANSWERS = ("we had a look at the budget and it grew", "yes I agree with that", "it depends on the people there")


def meeting(number: int) -> tuple[list[dict[str, str]], list[int]]:
    """Forty turns of two people, some of which open with the same words, at other places in each meeting."""
    opens = [5 + number % 5, 17 + number % 7, 30 + number % 4]
    turns = [
        {
            "speaker": "AB"[line % 2],
            "text": f"gentlemen next matter {line}" if line in opens else ANSWERS[(line + number) % 3],
        }
        for line in range(40)
    ]
    return turns, opens


def test_the_words_that_open_topics_are_learned() -> None:
    """Words heard only where topics open weigh for an opening, and those of answers do not."""
    model = learn([example_of(*meeting(number)) for number in range(2 * LEAST_TALKS)])

    assert model.weights["c:gentlemen"] > 0 > min(model.weights.get(f"c:{word}", 0.0) for word in ("budget", "agree"))
    assert 2 * LEAST_TALKS == model.transcripts


def test_a_word_of_few_meetings_is_not_learned() -> None:
    """Somebody's name, said in one meeting, is no feature: it would be kept in the package for nothing."""
    turns, opens = meeting(0)
    named = [{**one, "text": f"Marguerite {one['text']}"} if line in opens else one for line, one in enumerate(turns)]
    model = learn([example_of(named, opens), *(example_of(*meeting(number)) for number in range(1, 2 * LEAST_TALKS))])

    assert not [name for name in model.weights if "marguerite" in name]


def test_the_same_meetings_teach_the_same() -> None:
    """Nothing is drawn at random."""
    examples = [example_of(*meeting(number)) for number in range(LEAST_TALKS)]

    assert learn(examples) == learn(examples)


def test_a_turn_next_to_an_opening_teaches_nothing() -> None:
    """Within two lines of a known boundary nobody can say: such turns are set aside."""
    turns, opens = meeting(0)
    found = example_of(turns, opens).opens

    assert [1] * 3 == [int(found[line]) for line in opens]
    assert [-1] * 4 == [int(found[opens[0] + away]) for away in (-2, -1, 1, 2)]
