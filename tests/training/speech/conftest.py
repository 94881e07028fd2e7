"""A small alphabet, and half a minute of speech."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.speech import speaking, tokens
from training.speech.speaking import Stream
from training.speech.tokens import Alphabet

TEXTS = (
    "Bonjour, je suis menuisier depuis douze ans.",
    "Qu'est-ce qui vous plaît dans ce métier ?",
    "Ce que j'aime, c'est le contact avec les clients et l'odeur du bois dans l'atelier.",
    "On débute à 1600 euros par mois.",
    "Il faut de la patience, de la rigueur, et un peu d'imagination.",
    "Mon frère est boulanger, ma sœur est vétérinaire.",
)


@pytest.fixture(scope="session")
def alphabet(tmp_path_factory: pytest.TempPathFactory) -> Alphabet:
    """Learnt from the texts."""
    file: Path = tmp_path_factory.mktemp("alphabet") / "tokenizer.json"
    tokens.train(TEXTS, 320, file)
    return Alphabet(file)


@pytest.fixture(scope="session")
def stream() -> Stream:
    """The texts, spoken."""
    return next(speaking.streams(TEXTS, seed=4))
