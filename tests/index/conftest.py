"""The bundled embedder and a small indexed library, each made once per session."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.index.embed import BUNDLED, Embedder, load_embedder
from tests.index.shelf import Shelf, make_entries


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The model that comes with the program."""
    return load_embedder(BUNDLED)


@pytest.fixture(scope="session")
def built_shelf(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """The twelve clips, indexed and published. Shared: its files are never changed."""
    home = tmp_path_factory.mktemp("shelf")
    shelf = Shelf(embedder, make_entries(embedder, home / "recordings"), home / "index")
    shelf.rebuild(shelf.entries)
    return shelf


@pytest.fixture
def shelf(built_shelf: Shelf) -> Shelf:
    """The shared library, with nothing withdrawn yet."""
    return Shelf(built_shelf.embedder, built_shelf.entries, built_shelf.root)


@pytest.fixture
def own_shelf(built_shelf: Shelf, tmp_path: Path) -> Shelf:
    """A library whose index may be rebuilt or damaged."""
    return built_shelf.copy(tmp_path)


@pytest.fixture
def without_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Meaning finds every clip, however far: what is tested is what happens to many hits."""
    monkeypatch.setattr("pipeline.index.matching.MEANING_FLOOR", float("-inf"))
    monkeypatch.setattr("pipeline.index.opened.NONSENSE", ())
