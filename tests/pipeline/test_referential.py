"""Rules of pipeline.referential: what is read of an operator's list of occupations, and how faults are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import InvalidReferential
from pipeline.records import Referential, trade_key
from pipeline.referential import forms_of, identity_of, import_referential, load_referential
from pipeline.segment.tags import trade_of

ROME = """\ufeff"code_rome","libelle_appellation_long","libelle_appellation_court"
"J1502","Infirmier / Infirmière de soins généraux","Infirmier / Infirmière"
"M1805","Développeur / Développeuse web","Développeur / Développeuse web"
"F1610","Couvreur / Couvreuse","Couvreur / Couvreuse"
"H2208","Restaurateur / Restauratrice de meubles","Restaurateur / Restauratrice"
"G1602","Restaurateur / Restauratrice","Restaurateur / Restauratrice"
"""
ONISEP = """libellé métier;lien site onisep.fr;code ROME
infirmier/infirmière;https://www.onisep.fr/http/redirection/metier/slug/MET.371;J1502
ébéniste;https://www.onisep.fr/http/redirection/metier/slug/MET.412;
"""


def imported(folder: Path, name: str, text: str) -> Referential:
    (folder / name).write_text(text, "utf-8")
    import_referential(folder / name, folder / "kept")
    return load_referential(folder / "kept")


def codes(referential: Referential, occupation: str) -> tuple[str | None, str | None]:
    trade = trade_of(occupation, referential)
    return (trade.rome, trade.onisep) if trade else (None, None)


def test_both_forms_of_a_name_find_its_code(tmp_path: Path) -> None:
    """« Développeuse web », « developpeur web », « Infirmière »: feminine, masculine, without accents."""
    referential = imported(tmp_path, "rome.csv", ROME)

    assert ("M1805", None) == codes(referential, "Développeuse web")
    assert ("M1805", None) == codes(referential, "developpeur web")
    assert ("J1502", None) == codes(referential, "infirmière")


def test_an_ambiguous_name_gets_no_code(tmp_path: Path) -> None:
    """« Restauratrice » is two trades: neither code, rather than a wrong one."""
    referential = imported(tmp_path, "rome.csv", ROME)

    assert (None, None) == codes(referential, "restauratrice")
    assert ("H2208", None) == codes(referential, "restauratrice de meubles")


def test_two_lists_complete_each_other(tmp_path: Path) -> None:
    """ONISEP's identifier and ROME's code meet on the same name."""
    imported(tmp_path, "rome.csv", ROME)
    referential = imported(tmp_path, "metiers.csv", ONISEP)

    assert ("J1502", "MET.371") == codes(referential, "Infirmière")
    assert (None, "MET.412") == codes(referential, "ébéniste")
    assert (None, None) == codes(referential, "astronaute")


def test_a_newer_list_replaces_the_former_one(tmp_path: Path) -> None:
    """Two editions of ROME must not contradict each other; the identity changes with the content."""
    imported(tmp_path, "rome-v1.csv", ROME)
    before = identity_of(tmp_path / "kept")
    referential = imported(tmp_path, "rome-v2.csv", ROME.replace("M1805", "M1855"))

    assert ("M1855", None) == codes(referential, "développeuse web")
    assert before != identity_of(tmp_path / "kept")


def test_json_and_windows_text_are_read_too(tmp_path: Path) -> None:
    """A list of objects, and a CSV saved by a spreadsheet."""
    read = imported(tmp_path, "own.json", '[{"masculin": "tailleur", "féminin": "tailleuse", "code_rome": "B1803"}]')
    (tmp_path / "own.csv").write_bytes("libellé;code_rome\nébéniste;H2207\n".encode("cp1252"))
    import_referential(tmp_path / "own.csv", tmp_path / "other")

    assert ("B1803", None) == codes(read, "Tailleuse")
    assert ("H2207", None) == codes(load_referential(tmp_path / "other"), "ébéniste")


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Ébéniste", ("Ébéniste",)),
        ("Développeur / Développeuse web", ("Développeur web", "Développeuse web")),
        ("Agent de sécurité / Agente de sécurité", ("Agent de sécurité", "Agente de sécurité")),
        ("Chef de cuisine / Cheffe", ("Chef de cuisine", "Cheffe de cuisine")),
        ("Employé(e) de banque", ("Employé de banque", "Employée de banque")),
        ("soudeur·euse", ("soudeur", "soudeuse")),
        ("infirmier(ière)", ("infirmier", "infirmière")),
        ("A / B / C", ("A / B / C",)),
    ],
)
def test_a_label_gives_its_forms(label: str, expected: tuple[str, ...]) -> None:
    """What both forms share is written once in the lists, and belongs to both."""
    assert expected == forms_of(label)


def test_a_damaged_line_costs_no_other(tmp_path: Path) -> None:
    """Half of a character is a question mark; a first line without its code is only left out."""
    half = imported(tmp_path, "demi.json", '[{"libelle": "soudeur \\ud83d", "code_rome": "H2913"}]')
    assert ["soudeur ?"] == [one.label for one in half.trades]

    short = imported(tmp_path, "court.csv", "libelle;code_rome\nsoudeur\ncouvreur;F1610\n")
    assert ["couvreur"] == [one.label for one in short.trades]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "est vide"),
        (b"PK\x03\x04classeur", "exportez-le en CSV"),
        (b"nom_de_ville;code_rome\nParis;M1805\n", "pas de colonne de nom de métier"),
        ("libellé;ville\nébéniste;Paris\n".encode(), "pas de colonne de code"),
        ("libellé;code_rome\nébéniste;inconnu\n".encode(), "aucun métier avec un code"),
        (b'[{"libelle": "soudeur",]', "pas du JSON valide"),
        (b'{"metiers": 3}', "pas une liste d'objets JSON"),
        ("libellé;code_rome\n".encode(), "ne contient aucun métier"),
        (b'["soudeur"]', "pas une liste d'objets JSON"),
    ],
)
def test_each_fault_is_told_in_one_french_sentence(tmp_path: Path, content: bytes, problem: str) -> None:
    """What, why, what to do; the former list stays."""
    imported(tmp_path, "rome.csv", ROME)
    kept = identity_of(tmp_path / "kept")
    (tmp_path / "faute.csv").write_bytes(content)
    with pytest.raises(InvalidReferential, match=problem) as caught:
        import_referential(tmp_path / "faute.csv", tmp_path / "kept")

    assert kept == identity_of(tmp_path / "kept")
    assert "\n" not in str(caught.value)
    assert "faute.csv" in str(caught.value)


def test_a_header_alone_is_no_list(tmp_path: Path) -> None:
    """The columns are there: what is missing is the occupations."""
    with pytest.raises(InvalidReferential, match="aucun métier"):
        imported(tmp_path, "vide.csv", ROME.splitlines()[0] + "\n")


def test_the_first_object_of_a_list_may_lack_a_column(tmp_path: Path) -> None:
    """JSON objects need not all have the same names."""
    rows = '[{"libelle": "inconnu"}, {"libelle": "Soudeur", "code_rome": "H2913"}]'

    assert ("H2913", None) == codes(imported(tmp_path, "metiers.json", rows), "soudeur")


def test_a_missing_file_or_a_damaged_list_is_told(tmp_path: Path) -> None:
    """A wrong path, a folder, and a kept file that somebody edited."""
    for wrong in (tmp_path / "absent.csv", tmp_path):
        with pytest.raises(InvalidReferential):
            import_referential(wrong, tmp_path / "kept")
    imported(tmp_path, "rome.csv", ROME)
    (tmp_path / "kept" / "rome.json").write_text("{}{", "utf-8")
    with pytest.raises(InvalidReferential, match="importez de nouveau"):
        load_referential(tmp_path / "kept")


def test_without_an_import_there_are_no_codes(tmp_path: Path) -> None:
    """A folder that does not exist is an empty referential, not a fault."""
    assert Referential() == load_referential(tmp_path / "referentials")
    assert "soudeuse a l arc" == trade_key("Soudeuse à l’arc")
