"""``videotheque referential import``: what the operator reads, and where the list is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.records import trade_key
from pipeline.referential import load_referential
from videotheque.cli import main


def test_a_list_is_imported_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command says how many occupations and codes it kept, under the library's own folder."""
    monkeypatch.setenv("VIDEOTHEQUE_HOME", str(tmp_path / "home"))
    (tmp_path / "rome.csv").write_text("code_rome;libelle\nJ1502;Infirmier / Infirmière\n;Astronaute\n", "utf-8")
    status = main(["referential", "import", str(tmp_path / "rome.csv")])
    kept = load_referential(tmp_path / "home" / "referentials")

    assert 0 == status
    assert "1 métier importé (1 avec un code ROME, 0 avec un identifiant ONISEP)" in capsys.readouterr().out
    assert [(trade_key("infirmier"), trade_key("infirmière"))] == [one.forms for one in kept.trades]


def test_a_fault_is_one_sentence_and_status_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is kept of a file that cannot be read."""
    monkeypatch.setenv("VIDEOTHEQUE_HOME", str(tmp_path / "home"))
    (tmp_path / "villes.csv").write_text("ville;habitants\nParis;2000000\n", "utf-8")
    status = main(["referential", "import", str(tmp_path / "villes.csv")])
    told = capsys.readouterr().err

    assert 1 == status
    assert 1 == told.count("\n")
    assert "colonne de nom de métier" in told
    assert not (tmp_path / "home" / "referentials").exists()
