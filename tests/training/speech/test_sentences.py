"""What is said in training, and what never is."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from training.speech import sentences
from training.speech.sentences import ROOT, Templates

PAIRS = (
    ("tatoeba", "I bake bread.", "Je fais du pain tous les matins."),
    ("tatoeba", "The cat sleeps.", "The cat sleeps on the chair ."),
    ("tatoeba", "x", "« J’ai froid », dit-il!"),
    ("asp", "x", "Le lion dort. La gazelle boit à la rivière."),
    ("gnome", "x", "Ouvrez le menu et choisissez une langue."),
    ("pydoc", "x", "La méthode str.join renvoie une chaîne."),
    ("esco", "x", "réparer des montres"),
    ("esco", "x", "ouvrier agricole/ouvrière agricole"),
    ("esco_alt", "x", "horloger"),
)


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """A file of pairs in which a sentence of the demo has slipped."""
    said = (ROOT / "demo" / "scripts" / "ebeniste.txt").read_text("utf-8").splitlines()[2].partition(": ")[2]
    file = tmp_path / "pairs.jsonl"
    lines = [json.dumps(pair) for pair in (*PAIRS, ("tatoeba", "x", said))]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def test_sentences_are_in_ordinary_writing() -> None:
    """Signs of French typography, quotation marks and dashes become what the product writes."""
    assert "J'ai froid, dit-il !" == sentences.tidy("« J’ai froid », dit-il!")
    assert "Ah bon ? Oui, c'est vrai…" == sentences.tidy("– Ah bon\u202f? Oui ,c'est vrai...")


def test_pairs_give_french_sentences_only(pairs: Path) -> None:
    """English lines, code and quotation marks do not pass; stories are cut into sentences, titles at the slash."""
    found = {source.name: source.sentences for source in sentences.from_pairs(pairs)}

    assert {"Le lion dort.", "La gazelle boit à la rivière."} == set(found["asp"])
    assert "Je fais du pain tous les matins." in found["tatoeba"]
    assert not any("cat" in one for one in found["tatoeba"])
    assert () == found["pydoc"]
    assert ("réparer des montres", "ouvrier agricole", "ouvrière agricole", "horloger") == found["esco"]


def test_nothing_that_measures_the_model_is_said_in_training(pairs: Path) -> None:
    """No run of six words of a demo script, a bench meeting or a test sentence is in the corpus."""
    judged = sentences.judged(ROOT / folder for folder in sentences.SPOKEN_AT_JUDGING)
    found = sentences.corpus(pairs, seed=3, count=400)

    assert len(judged) > 3000
    assert 400 == len(set(found))
    assert not [text for text in found if sentences.grams(text) & judged]


def test_occupations_and_names_kept_aside_are_never_said() -> None:
    """One name in eight is never in a filled template; the others are."""
    templates = Templates(["réparer des montres"], random.Random(1))
    names = (ROOT / "training/speech/text/names.txt").read_text("utf-8").split()
    aside = {name for name in names if sentences.held_out_word(name)}
    said = {templates.filled("{prenom}") for _ in range(6000)}

    assert len(names) / 12 < len(aside) < len(names) / 5
    assert not said & aside
    assert len(said) > len(names) / 2


def test_templates_are_elided_and_contracted() -> None:
    """« de » and « le » join with what follows as they do in French."""
    templates = Templates([], random.Random(1))

    assert "J'ai envie d'apprendre." == templates.filled("J'ai envie de apprendre.")
    assert "On parle du métier." == templates.filled("On parle de le métier.")
    assert "Il est de huit heures." == templates.filled("Il est de huit heures.")


def test_the_same_seed_writes_the_same_sentences(pairs: Path) -> None:
    """A training can be made again."""
    assert sentences.corpus(pairs, seed=5, count=50) == sentences.corpus(pairs, seed=5, count=50)


def test_other_texts_give_whole_sentences_of_known_words(tmp_path: Path, pairs: Path) -> None:
    """A misprint, a title or a number takes its sentence out; what remains is said beside the pairs."""
    file = tmp_path / "texts.txt"
    good = [f"Le menuisier rabote {what} planche." for what in ("une", "la", "cette", "sa")]
    file.write_text(
        "\n".join([*good * 4, "Le menuizier rabote une planche.", "la fin du chapitre", "Il a 12 ans."]), "utf-8"
    )
    found = sentences.corpus(pairs, seed=3, count=60, texts=[file])

    assert {f"Le menuisier rabote {what} planche." for what in ("une", "la", "cette", "sa")} <= set(found)
    assert not [text for text in found if "12" in text or "chapitre" in text]
    assert set(good) == set(sentences.from_texts([file] * 5, random.Random(1)))


def test_of_other_texts_a_rare_word_goes_before_a_common_one(tmp_path: Path) -> None:
    """Once its words have been heard often, an ordinary sentence is mostly left out; one with a new word never is."""
    file = tmp_path / "texts.txt"
    file.write_text("Il pleut encore ici.\n" * 400 + "La soudeuse règle son poste.\n" * 4, "utf-8")
    found = list(sentences.from_texts([file], random.Random(1)))

    assert 4 == found.count("La soudeuse règle son poste.")
    assert 12 < found.count("Il pleut encore ici.") < 200
