"""Exchanges: who asks, where a question opens, what is only courtesy."""

from __future__ import annotations

import pytest

from pipeline.segment.askers import askers_of, marked_near
from pipeline.segment.courtesy import courtesy_at_ends
from pipeline.segment.exchanges import exchanges_of
from pipeline.segment.lexicon import is_back_channel, is_question, is_small_talk
from pipeline.segment.sentences import SentenceUnit, sentence_units
from tests.segment.meetings import PRO, YOUNG, dialogue, recording

_ANSWER = "P: Je travaille à l'hôpital avec une grande équipe et je soigne surtout des enfants chaque jour."


def _sentences(*lines: str, known: bool = True) -> tuple[SentenceUnit, ...]:
    return sentence_units(recording(3600, known=known), dialogue(*lines))


def _first_sentences(sentences: tuple[SentenceUnit, ...]) -> list[str]:
    return [sentences[one.first].text for one in exchanges_of(sentences)]


def test_the_young_person_asks() -> None:
    """With roles known, the young person is the asker even when speaking most."""
    sentences = _sentences("J: " + "Je parle beaucoup. " * 20, "P: Vous voulez savoir quoi ?")

    assert {YOUNG} == askers_of(sentences)


def test_the_asker_is_inferred_from_questions() -> None:
    """Without roles, who speaks less and asks more is the asker."""
    sentences = _sentences("J: Que faites-vous ?", _ANSWER, "J: Et où ?", _ANSWER, known=False)

    assert {YOUNG} == askers_of(sentences)


def test_the_other_of_two_asks_where_only_the_professional_is_known() -> None:
    """In a conversation of two, the speaker who is not the professional asks."""
    assert {None} == askers_of(_sentences("?: Que faites-vous ?", _ANSWER))


def test_each_question_opens_an_exchange() -> None:
    """Two questions, each with an answer, are two exchanges."""
    sentences = _sentences("J: Que faites-vous ?", _ANSWER, "J: Vous gagnez combien ?", _ANSWER)

    assert ["Que faites-vous ?", "Vous gagnez combien ?"] == _first_sentences(sentences)


@pytest.mark.parametrize("listening", ["Mm-hm.", "D'accord.", "Ah oui, ok.", "Super, très bien."])
def test_back_channels_open_nothing(listening: str) -> None:
    """Showing that one listens is no turn: the answer goes on."""
    sentences = _sentences("J: Que faites-vous ?", _ANSWER, f"J: {listening}", _ANSWER)

    assert ["Que faites-vous ?"] == _first_sentences(sentences)


@pytest.mark.parametrize(
    ("announcement", "leave"),
    [
        ("J'avais une question sur les études.", "Oui, allez-y."),
        ("Tout le monde parle de l'intelligence artificielle…", "Oui, même ici, tu sais."),
        ("J'aimerais savoir… enfin, on voit surtout des hommes…", "C'est vrai, mais ça bouge."),
    ],
)
def test_a_question_over_several_turns_opens_once(announcement: str, leave: str) -> None:
    """The cut is before the announcement, and the answer begins after the last asking turn."""
    sentences = _sentences(
        "J: Que faites-vous ?", _ANSWER, f"J: {announcement}", f"P: {leave}", "J: Ça vous fait peur ?", _ANSWER
    )

    exchange = exchanges_of(sentences)[1]

    assert (announcement, _ANSWER[3:]) == (sentences[exchange.first].text, sentences[exchange.answer].text)


def test_a_question_sent_back_is_not_an_answer() -> None:
    """When the professional asks what is meant, the question goes on."""
    sentences = _sentences(
        "J: Il faut quoi comme bagage ?", "P: Vous parlez des diplômes ?", "J: Oui, quels diplômes il faut ?", _ANSWER
    )

    assert ["Il faut quoi comme bagage ?"] == _first_sentences(sentences)


def test_without_an_asker_real_questions_open_exchanges() -> None:
    """Where speakers are unknown, a question followed by an answer still opens an exchange."""
    answer = _ANSWER.replace("P:", "?:")
    sentences = _sentences("?: Que faites-vous ?", answer, "?: Vous gagnez combien ?", answer, known=False)

    assert ["Que faites-vous ?", "Vous gagnez combien ?"] == _first_sentences(sentences)


def test_greetings_and_farewells_are_courtesy() -> None:
    """Checks and greetings before the first question, thanks after the last answer, are counted."""
    sentences = _sentences(
        "P: Bonjour. Vous m'entendez bien ?",
        "J: Oui, très bien. Merci d'avoir accepté.",
        "P: Je sors tout juste d'une garde de nuit.",
        "J: Que faites-vous ?",
        _ANSWER,
        "J: Merci beaucoup, c'était passionnant.",
        "P: Avec plaisir. La porte de mon service vous reste ouverte.",
    )

    assert (5, 3) == courtesy_at_ends(sentences, exchanges_of(sentences))


def test_a_presentation_before_the_first_question_is_content() -> None:
    """Greetings do not take away what the professional tells before being asked."""
    telling = "P: " + "Je dirige un service de pédiatrie avec douze infirmières et trois médecins. " * 5
    sentences = _sentences("P: Bonjour.", telling, "J: Que faites-vous ?", _ANSWER)

    assert (1, 0) == courtesy_at_ends(sentences, exchanges_of(sentences))


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour madame.",
        "Est-ce que vous m'entendez bien ?",
        "Oui, je vous entends très bien, bonjour Léa.",
        "Je m'appelle Léa, je suis en troisième.",
        "Mon micro ne marche pas.",
        "Merci d'avoir accepté de répondre à mes questions.",
        "Bonne continuation pour la suite !",
        "Ça va, Léa ?",
        "Manon, tu partages ton écran ?",
        "Bonjour tout le monde, est-ce que le son passe ?",
        "Qui veut commencer ?",
        "Je leur laisse la parole.",
        "T'es prête ?",
        "Est-ce qu'il y a d'autres questions ?",
        "Une question au premier rang ?",
        "Vous avez des questions ?",
        "Attends je mets le téléphone droit.",
        "Bonsoir à tous, est-ce que tout le monde m'entend dans le fond ?",
        "Je rappelle que la soirée est enregistrée et que vous pourrez poser vos questions.",
    ],
)
def test_small_talk_is_recognised(text: str) -> None:
    """Greetings, checks, introductions and thanks have no topic."""
    assert is_small_talk(text)


@pytest.mark.parametrize(
    "text",
    [
        "Merci, et le salaire ?",
        "Bonjour, est-ce que vous pouvez me présenter votre métier ?",
        "On voit des patients.",
        "Le soir, je coupe mon téléphone.",
        "Moi c'est surtout le contact humain.",
        "Ça prend trente minutes.",
        "Pour vos études, visez un BTS.",
        "Vous voyez beaucoup de monde ?",
        "Vous commencez à quelle heure ?",
        "bonjour alors je voulais savoir c'est quoi une journée pour vous",
        "Je mets le téléphone dans un casier.",
        "Vous avez des questions bizarres de clients ?",
    ],
)
def test_content_is_not_small_talk(text: str) -> None:
    """A courtesy word beside a topic, or a word that only looks like a check, is content."""
    assert not is_small_talk(text)


@pytest.mark.parametrize("text", ["Ah bon ?", "Hein ?", "D'accord ?", "Vous voyez ?", "C'est vrai ?", "Ça va ?"])
def test_tags_are_not_questions(text: str) -> None:
    """A mark alone does not make a question."""
    assert not is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "Et le salaire ?",
        "Pourquoi ?",
        "comment vous avez choisi ce métier",
        "alors déjà comment t'as choisi ce métier",
        "tu gagnes combien",
        "Parlez-moi de vous.",
        "On voulait savoir ce que vous faites.",
        "Léa, en troisième, voudrait savoir où vous travaillez.",
        "Ensuite on me demande si c'est bien payé.",
    ],
)
def test_questions_are_questions(text: str) -> None:
    """With a mark, an interrogative form or a request, it asks."""
    assert is_question(text)


def test_a_theme_that_is_only_named_asks() -> None:
    """« Et vos horaires alors… » asks, in a talk where other questions have their mark."""
    sentences = _sentences("J: Que faites-vous ?", _ANSWER, "J: Et vos horaires alors…", _ANSWER)
    bare = _sentences("J: Que faites-vous ?", _ANSWER, "J: Et la pluie de ce matin.", _ANSWER)

    assert ["Que faites-vous ?", "Et vos horaires alors…"] == _first_sentences(sentences)
    assert ["Que faites-vous ?"] == _first_sentences(bare)


def test_one_mark_among_greetings_marks_no_question() -> None:
    """« Ça va ? » is the only mark: the questions that follow have none, and are told by their form."""
    lines = ("J: Bonjour, ça va ?", "J: Est-ce que c'est dur.", _ANSWER, "J: Combien vous gagnez.", _ANSWER)

    assert {False} == set(marked_near([line[3:] for line in lines]))
    assert {True} == set(marked_near(["Ça va ?", "Que faites-vous ?", "J'aimerais savoir où vous travaillez."]))
    assert {YOUNG} == askers_of(_sentences(*lines, known=False))


def test_a_mark_says_nothing_of_what_is_far() -> None:
    """Whether questions are written with their mark is told by the sentences around, in any talk."""
    marked, bare = ["Que faites-vous ?", "Je soigne."] * 60, ["Combien vous gagnez", "Deux mille"] * 60

    assert marked_near([*marked, *bare])[:60] == marked_near([*marked, *marked])[:60]
    assert marked_near([*marked, *bare])[-60:] == marked_near([*bare, *bare])[-60:] == (False,) * 60


def test_who_reads_questions_out_opens_exchanges() -> None:
    """One person alone: a question told, « on me demande si… », opens as one asked."""
    sentences = _sentences("P: Comment devient-on soudeur ?", _ANSWER, "P: Léa voudrait savoir si c'est dur.", _ANSWER)

    assert ["Comment devient-on soudeur ?", "Léa voudrait savoir si c'est dur."] == _first_sentences(sentences)


def test_content_is_no_back_channel() -> None:
    """« Oui » with something to say is an answer."""
    assert [True, True, False, False] == [
        is_back_channel(text) for text in ("Mm-hm.", "Ah oui, d'accord.", "Oui, la nuit.", "Trente heures.")
    ]


def test_a_classmate_whom_nobody_declared_asks_too() -> None:
    """Beside the young person, who asks more than others do is on the asking side; who answers is not."""
    sentences = _sentences(
        "J: Il faut quelles études ?",
        "P: Trois ans d'école après le bac, avec des stages à l'hôpital.",
        "?: Et vous gagnez combien ?",
        "P: Je gagne deux mille euros, avec les primes de nuit et de dimanche.",
    )

    assert frozenset({YOUNG, None}) == askers_of(sentences)


def test_professional_is_never_the_asker() -> None:
    """Who is known as the professional does not ask, however many questions they put."""
    assert PRO not in askers_of(_sentences("P: Et toi ? Et ça ? Quoi ?", "?: " + "Je parle de mon rêve. " * 9))


def test_a_guest_who_closes_the_meeting_is_courtesy() -> None:
    """A parent or a teacher whom nobody declared thanks, arranges the bus, and asks nothing: small talk at the end."""
    sentences = _sentences(
        "J: Que faites-vous ?",
        _ANSWER,
        "J: Vous gagnez combien ?",
        "P: " + "Deux mille euros net par mois, avec des primes la nuit et un treizième mois. " * 4,
        "G: Merci beaucoup à vous. Alors on range les chaises, on remplit la fiche, le bus nous attend dehors.",
        "P: Avec plaisir, bon retour.",
    )

    head, tail = courtesy_at_ends(sentences, exchanges_of(sentences))

    assert (0, "Merci beaucoup à vous.") == (head, sentences[len(sentences) - tail].text)


def test_a_second_professional_is_no_guest() -> None:
    """Who answers as well, declared or not, is kept: what they say after a thank-you is content."""
    sentences = _sentences(
        "J: Que faites-vous ?",
        _ANSWER,
        "J: Merci. Et vous, monsieur ?",
        "?: " + "Moi je conduis le camion et je porte le matériel toute la nuit. " * 6,
        known=False,
    )

    assert (0, 0) == courtesy_at_ends(sentences, exchanges_of(sentences))
