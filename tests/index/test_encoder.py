"""The French encoder that comes with the program: what it promises to whoever installs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bench.retrieval import RetrievalSet, rank_of, sets
from pipeline.index import embed
from pipeline.index.embed import Embedder

FOLDER = Path(embed.__file__).with_name("encoder_fr")

_MEGABYTE = 1_000_000


def test_it_weighs_at_most_twelve_megabytes() -> None:
    """It travels inside the package."""
    assert sum(path.stat().st_size for path in FOLDER.rglob("*")) <= 12 * _MEGABYTE


def test_its_card_says_where_it_comes_from() -> None:
    """Licences ask that sources be named where the model is."""
    card = (FOLDER / "README.md").read_text("utf-8")

    assert [] == [
        name for name in ("Tatoeba", "ESCO", "PSF", "GNOME", "African Storybook", "MiniLM") if name not in card
    ]


_PLAIN = """
import sys
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu", local_files_only=True)
print(model.encode(["boulanger"]).shape[1], sum(1 for name in sys.modules if name.startswith("pipeline")))
"""


def test_sentence_transformers_loads_it_alone(embedder: Embedder) -> None:
    """As any model of that library: without our code and without a network."""
    done = subprocess.run([sys.executable, "-c", _PLAIN, str(FOLDER)], capture_output=True, text=True, check=True)

    assert f"{embedder.dimension} 0" == done.stdout.strip()


_LIBRARY = """
import sys
import numpy as np
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu", local_files_only=True)
np.save(sys.argv[2], model.encode(sys.stdin.read().split("|"), normalize_embeddings=True))
"""


def test_its_vectors_are_those_of_sentence_transformers(embedder: Embedder, tmp_path: Path) -> None:
    """The product reads its table without that library, whose reading defines the model: they agree to rounding."""
    texts = ["", "Je suis boulangère.", "c koi le salair dun plombié", "1 500 € par mois", "你好 🙂", "ah ! " * 400]
    arguments = [sys.executable, "-c", _LIBRARY, str(FOLDER), str(tmp_path / "rows.npy")]
    subprocess.run(arguments, input="|".join(texts), text=True, check=True, capture_output=True)

    assert np.allclose(np.load(tmp_path / "rows.npy"), embedder.passages(texts), atol=1e-6)


_IMPORTED = """
import sys
from pipeline.index.embed import load_embedder
load_embedder("bundled").query("boulanger")
print([name for name in ("torch", "transformers", "sentence_transformers", "huggingface_hub") if name in sys.modules])
"""


def test_it_costs_no_import_of_torch() -> None:
    """A search typed in a terminal would wait five seconds for what is a look-up in a table."""
    done = subprocess.run([sys.executable, "-c", _IMPORTED], capture_output=True, text=True, check=True)

    assert "[]\n" == done.stdout


@pytest.mark.parametrize("typed", ["INFIRMIÈRE", "infirmiere", "l’infirmière", "  infirmie\u0300re !"])
def test_case_accents_and_elision_change_nothing_much(embedder: Embedder, typed: str) -> None:
    """A visitor on a telephone types none of them; an elided article weighs next to nothing."""
    assert float(embedder.query("infirmière") @ embedder.query(typed)) > 0.95


@pytest.mark.parametrize(
    ("typed", "right", "wrong"),
    [
        ("c koi le salair dun plombié", "Combien gagne un plombier ?", "Quelles études pour être fleuriste ?"),
        ("taf pr moi ki aime lé animo", "un métier avec les animaux", "un métier dans une banque"),
        ("infirmeire", "infirmier", "ingénieur"),
        ("dévelopeur informatik", "programmeur", "agriculteur"),
    ],
)  # fmt: skip
def test_misspelled_words_keep_their_meaning(embedder: Embedder, typed: str, right: str, wrong: str) -> None:
    """Text-message spelling and slips of the finger still point to what is meant."""
    asked = embedder.query(typed)
    near, far = embedder.passages([right, wrong]) @ asked

    assert near > far + 0.1


def test_a_text_of_unknown_letters_is_near_nothing(embedder: Embedder) -> None:
    """Neither an error nor a sure answer."""
    row = embedder.query("你好 🙂")

    assert np.isfinite(row).all()
    assert float(np.abs(embedder.passages(["infirmière", "le métier de boulanger"]) @ row).max()) < 0.5


# Floors a little under what was measured (bench/results/search.json): a worse model must not slip in unnoticed.
@pytest.mark.parametrize(
    ("name", "floor"), [("paraphrase", 0.30), ("keywords", 0.96), ("teen", 0.27), ("exchanges", 0.38)]
)
def test_the_dev_sets_are_answered_as_well_as_measured(embedder: Embedder, name: str, floor: float) -> None:
    """Mean reciprocal rank of the passage that answers, on the dev halves."""
    (one,) = (one for one in sets() if (one.name, one.split) == (name, "dev"))

    assert _reciprocal_rank(embedder, one) >= floor


def _reciprocal_rank(embedder: Embedder, one: RetrievalSet) -> float:
    passages = embedder.passages([passage.text for passage in one.passages])
    place = {passage.id: row for row, passage in enumerate(one.passages)}
    ranks = [
        rank_of((passages @ embedder.query(question.text)).astype(np.float64), place[question.passage_id])
        for question in one.questions
    ]
    return float(np.mean([1 / rank if rank <= 10 else 0 for rank in ranks]))
