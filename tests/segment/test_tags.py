"""Tags: each points to the sentence that earned it; what nothing says gets none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records import Referential, TagKind, Trade
from pipeline.segment.lexicon import fold_line
from pipeline.segment.rules import model
from pipeline.segment.tags import THRESHOLD, Line, kinds_of, tags_of

_EXCHANGES = Path(__file__).parents[2] / "bench" / "data" / "exchanges.jsonl"
_NOTHING = Referential()


def asked(*texts: str) -> list[Line]:
    return [Line(text, True) for text in texts]


def told(*texts: str) -> list[Line]:
    return [Line(text, False) for text in texts]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Vous gagnez combien ?", "pay"),
        ("C'est quoi vos horaires ?", "pay"),
        ("À quoi ressemble une journée type ?", "typical_day"),
        ("Qu'est-ce qui vous plaît là-dedans ?", "likes"),
        ("Et le plus dur, c'est quoi ?", "hardships"),
        ("Faut faire quoi comme études ?", "studies"),
        ("Il faut quelles qualités ?", "qualities"),
        ("L'IA va vous remplacer ?", "ai"),
        ("Vous êtes la seule fille de l'atelier ?", "women"),
        ("Pourquoi vous avez changé de métier ?", "retraining"),
        ("Un conseil pour un élève de troisième ?", "advice"),
        ("C'est pas trop fatigant de rester debout ?", "hardships"),
        ("Vous arrivez à décrocher le soir ?", "hardships"),
        ("C'est dur d'entrer à l'école ?", "studies"),
        ("Est-ce qu'on devient riche ?", "pay"),
        ("C'est quoi un bon vendeur ?", "qualities"),
        ("Faut savoir bien dessiner ?", "qualities"),
        ("Vous avez été infirmière avant ?", "retraining"),
        ("C'est un milieu macho, la boulangerie ?", "women"),
        ("Si c'était à refaire, vous referiez pareil ?", "likes"),
        ("Vous nourrissez les tortues comment ?", "missions"),
        ("Une anecdote insolite ?", "unusual"),
        ("Quelles sont vos missions ?", "missions"),
        ("Ma première question est simple : c'est quoi, développeuse web ?", "missions"),
    ],
)
def test_each_kind_of_question_is_known(question: str, kind: str) -> None:
    """The thirteen kinds but « autre », each on a question that says it outright."""
    assert [kind] == [tag.value for tag in kinds_of(asked(question))]


@pytest.mark.parametrize(
    ("question", "answer", "kind"),
    [
        ("Ça tombe quand, les sous ?", "Le cinq du mois.", "pay"),
        ("Ma sœur elle hésite, vous lui diriez quoi ?", "Qu'elle vienne voir.", "advice"),
        ("Vous sortiez d'où, avant la boutique ?", "D'une usine, pendant quinze ans.", "retraining"),
    ],
)
def test_a_kind_is_known_without_any_word_of_the_rules(question: str, answer: str, kind: str) -> None:
    """Examples teach what no rule says; the tag points to the question."""
    (tag,) = kinds_of([*asked(question), *told(answer)])

    assert (kind, 0) == (tag.value, tag.sentence)


def test_an_answer_without_its_question_is_not_guessed() -> None:
    """Without a question only a rule that is sure finds a kind: what is told is told of many things."""
    assert () == kinds_of(told("On se retrouve le matin, on charge et on part."))


def test_a_question_of_no_kind_gets_no_tag() -> None:
    """« Autre » is the absence of a tag: nothing could be its evidence."""
    assert () == kinds_of([*asked("Vous avez un chien ?"), *told("Oui, il s'appelle Rex.")])


def test_a_question_in_two_parts_has_two_kinds() -> None:
    """The main kind comes first; a word that only colours the question adds none."""
    both = kinds_of(asked("Il faut quel diplôme et ça paye bien ?"))
    one = kinds_of(asked("Est-ce que c'est compliqué en tant que fille sur un chantier ?"))

    assert {"studies", "pay"} == {tag.value for tag in both}
    assert ["women"] == [tag.value for tag in one]


@pytest.mark.parametrize(
    ("answer", "levels"),
    [
        ("J'ai passé un CAP de pâtisserie.", ["cap"]),
        ("Il faut garder le cap dans la tempête.", []),
        ("À quarante ans j'ai passé un cap difficile.", []),
        ("J'ai eu mon bac pro puis un BTS.", ["bac", "bac+2"]),
        ("Une licence puis un master de droit.", ["bac+5"]),
        ("Ma licence de taxi coûte cher.", []),
        ("J'ai soutenu ma thèse à trente ans.", ["doctorate"]),
        ("On peut commencer sans diplôme.", ["none"]),
        ("Après le bac on a le temps.", []),
    ],
)
def test_levels_are_diplomas_and_nothing_else(answer: str, levels: list[str]) -> None:
    """A licence to drive, a cape and a threshold are no diplomas."""
    tags = tags_of([*asked("Et après ?"), *told(answer)], None, _NOTHING)

    assert levels == [tag.value for tag in tags if tag.kind is TagKind.LEVEL]


def test_a_diploma_that_is_only_asked_about_is_no_level() -> None:
    """« Il faut un master ? Non. » must not say that a master is needed."""
    tags = tags_of([*asked("Il faut un master ?"), *told("Non, pas du tout.")], "vendeuse", _NOTHING)

    assert [] == [tag for tag in tags if tag.kind is TagKind.LEVEL]


def test_what_the_asker_says_of_themselves_earns_no_tag_of_the_professional() -> None:
    """Evidence of a level, a sector or an occupation is told by the professional: not asked, not said by who asks."""
    young = [
        Line("Moi je suis en bac pro, en CAP cuisine avant, vous aussi ?", True),
        Line("Je fais mon stage à l'hôpital avec des patients, je veux être soudeuse.", False, asker=True),
    ]
    found = tags_of([*young, *told("D'accord, je comprends.")], None, _NOTHING)
    declared = tags_of([*young, *told("D'accord, je comprends.")], "soudeuse", _NOTHING)

    assert [] == [tag for tag in found if tag.kind is not TagKind.QUESTION]
    assert [None] == [tag.sentence for tag in declared if tag.kind is TagKind.OCCUPATION]


def test_the_occupation_bears_its_codes_and_its_sector() -> None:
    """The declared form is shown, the referential's codes are carried, the sector follows from the occupation."""
    known = Referential(
        trades=(Trade(label="x", forms=("aide soignant", "aide soignante"), rome="J1501", onisep="MET.1"),)
    )
    tags = {tag.kind: tag for tag in tags_of(told("Je suis aide-soignante depuis dix ans."), "aide-soignante", known)}

    assert ("J1501", "MET.1", 0) == (
        tags[TagKind.OCCUPATION].rome,
        tags[TagKind.OCCUPATION].onisep,
        tags[TagKind.OCCUPATION].sentence,
    )
    assert "Aide-soignante" == tags[TagKind.OCCUPATION].label
    assert "health" == tags[TagKind.SECTOR].value


def test_without_an_occupation_the_sector_needs_two_words() -> None:
    """One word of a sector may be said anywhere."""
    one = tags_of(told("J'ai vu un camion."), None, _NOTHING)
    two = tags_of(told("À l'hôpital, les patients attendent."), None, _NOTHING)

    assert [] == [tag.value for tag in one if tag.kind is TagKind.SECTOR]
    assert ["health"] == [tag.value for tag in two if tag.kind is TagKind.SECTOR]


_SENTENCES = [
    sentence
    for line in _EXCHANGES.read_text("utf-8").splitlines()
    for exchange in [json.loads(line)]
    if exchange["split"] == "dev"
    for sentence in (*exchange["asked"], *exchange["told"])
]


@given(
    lines=st.lists(st.builds(Line, st.sampled_from(_SENTENCES), st.booleans()), max_size=8),
    occupation=st.sampled_from([None, "", "soudeuse", "UX designer", "inventeur de mots"]),
)
def test_every_tag_has_its_evidence(lines: list[Line], occupation: str | None) -> None:
    """For any clip: a tag's sentence exists and holds a trigger of that tag, or asks; a declared one may have none."""
    found = tags_of(lines, occupation, _NOTHING)

    labels = {label.value: label for label in (*model().questions, *model().levels)}
    sectors = {sector.value: sector for sector in model().sectors}
    for tag in found:
        assert THRESHOLD <= tag.confidence <= 1
        if tag.sentence is None:
            assert tag.kind in (TagKind.OCCUPATION, TagKind.SECTOR)
            assert occupation
            continue
        text = fold_line(lines[tag.sentence].text)
        if tag.kind in (TagKind.QUESTION, TagKind.LEVEL):
            learned = tag.kind is TagKind.QUESTION and lines[tag.sentence].asks
            assert learned or any(rule.pattern.search(text) for rule in labels[tag.value].rules)
        elif tag.kind is TagKind.SECTOR:
            assert sectors[tag.value].said.search(text) or sectors[tag.value].occupation.search(text)
        else:
            assert fold_line(occupation or "") in text
    assert found == tags_of(lines, occupation, _NOTHING)


def test_every_rule_can_be_earned() -> None:
    """The rules' files hold no empty pattern, no kind twice, and thirteen kinds with « autre »."""
    values = [label.value for label in model().questions]

    assert 12 == len(values) == len(set(values))
    assert all(label.rules and label.french for label in (*model().questions, *model().levels))
    assert not any(rule.pattern.search("") for label in model().questions for rule in label.rules)


@pytest.mark.parametrize(
    ("occupation", "sector"),
    [
        ("archéologue", "culture"),
        ("opératrice de saisie", "administration"),
        ("technicienne radio", "health"),
        ("cordiste", "building"),
        ("vendeuse de cuisines", "trade"),
        ("pilote de chasse", "safety"),
        ("agent de surface", None),
        ("glaciologue", None),
        ("cuisiniste", None),
        ("technicien", None),
        ("monteuse-câbleuse", None),
        ("docteur en physique", None),
        ("coach de vie", None),
        ("responsable assurance qualité", None),
        ("chargé de développement", None),
    ],
)
def test_a_sector_is_earned_by_a_whole_word(occupation: str, sector: str | None) -> None:
    """A word that begins like another trade's is not that trade; what fits no sector gets none."""
    found = [tag.value for tag in tags_of([], occupation, _NOTHING) if tag.kind is TagKind.SECTOR]

    assert ([sector] if sector else []) == found


@pytest.mark.parametrize(
    ("said", "levels"),
    [
        ("Je n'ai pas le bac, j'ai fait un CAP cuisine.", ["cap"]),
        ("J'ai raté mon bac.", []),
        ("Ma sœur a un master en droit.", []),
        ("Pas besoin d'un master pour ça.", []),
        ("J'aurais pu faire un master mais j'ai arrêté après la licence.", ["bac+3"]),
        ("On entre par une licence avec option santé.", []),
        ("Avant j'ai fait un BTS.", ["bac+2"]),
    ],
)
def test_a_diploma_that_nobody_here_has_is_no_level(said: str, levels: list[str]) -> None:
    """Missed, not needed, somebody else's, or a way to another one."""
    assert levels == [tag.value for tag in tags_of(told(said), None, _NOTHING) if tag.kind is TagKind.LEVEL]
