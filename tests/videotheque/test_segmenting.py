"""``videotheque segment``: reads the corpus format, answers in JSON or in a table, tells what is wrong in French."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from videotheque.cli import main

_LINES = [
    ("P", "Bonjour, vous m'entendez ?"),
    ("J", "Oui, bonjour. Comment se passe une journée de travail ?"),
    ("P", "Je soigne les patients de l'hôpital avec toute une équipe, du matin au soir."),
    ("J", "Et quelles études il faut faire ?"),
    ("P", "Trois ans dans un institut après le bac, avec la moitié du temps en stage."),
]


def _file(folder: Path, *lines: object) -> Path:
    path = folder / "transcriptions.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    return path


def _talk(name: str) -> dict[str, object]:
    said = [{"speaker": who, "start": None, "end": None, "text": text} for who, text in _LINES]
    return {"id": name, "lang": "fr", "utterances": said, "boundaries": [1]}


def test_json_holds_every_transcript(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``{id: [index, …]}``, in the order of the file, the first utterance never listed."""
    status = main(["segment", str(_file(tmp_path, _talk("une"), _talk("deux"))), "--json", "--no-embedder"])

    assert 0 == status
    assert {"une": [1, 3], "deux": [1, 3]} == json.loads(capsys.readouterr().out)


def test_the_bundled_embedder_is_the_default(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without options the model that needs no network is used, and a count is kept."""
    status = main(["segment", str(_file(tmp_path, _talk("une"))), "--json", "--count", "2"])

    assert 0 == status
    assert 1 == len(json.loads(capsys.readouterr().out)["une"])


def test_a_table_is_for_reading(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without ``--json``: when each topic opens and its first words."""
    status = main(["segment", str(_file(tmp_path, _talk("une"))), "--no-embedder"])

    told = capsys.readouterr().out
    assert 0 == status
    assert "Premiers mots" in told
    assert "Et quelles études il faut faire ?" in told


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        ("pas du json", [], "ligne 1 : ce n'est pas du JSON"),
        ('{"id": "a"}', [], "utterances : champ obligatoire absent"),
        ('{"id": "a", "utterances": [{"text": 3}]}', [], "utterances[0].text : texte attendu"),
        ('{"id": "a", "utterances": [{"text": "oui", "start": -1}]}', [], "start"),
        ('{"id": "a", "utterances": [{"text": "oui", "start": 1e300}]}', [], "start : valeur trop grande"),
        ('{"id": "a", "utterances": [{"text": "oui \\ud83d"}]}', [], "ligne 1 : ce n'est pas du JSON"),
        (f'{{"id": "a", "utterances": {"9" * 5000}}}', [], "ligne 1"),
        (f'{{"id": "a", "utterances": [{{"text": "oui", "start": {"1" * 5000}}}]}}', [], "ligne 1 : "),
        (r'{"id": "a", "utterances": [{"text": "oui \ud800"}]}', [], "ligne 1 : "),
        ('{"id": "a", "utterances": []}\n{"id": "a", "utterances": []}', [], "y est déjà"),
        ("\n", [], "est vide"),
        ('{"id": "a", "utterances": []}', ["--count", "0"], "--count va de 1"),
        ('{"id": "a", "utterances": []}', ["--count", "2", "--ideal", "60"], "gardez l'un ou l'autre"),
        ('{"id": "a", "utterances": []}', ["--min", "90", "--max", "30"], "« --min 90, --max 30 »"),
        ('{"id": "a", "utterances": []}', ["--ideal", "nan"], "--min ≤ --ideal ≤ --max"),
        ('{"id": "a", "utterances": []}', ["--ideal", "inf"], "--min ≤ --ideal ≤ --max"),
        ('{"id": "a", "utterances": []}', ["--max", "inf"], "nombres finis"),
        ('{"id": "a", "utterances": []}', ["--max", "nan"], "nombres finis"),
        ('{"id": "a", "utterances": []}', ["--max", "-5"], "0 < --min"),
        ('{"id": "a", "utterances": {}}', [], "utterances : liste attendue"),
        ('{"id": "a", "utterances": []}\n\n[]', [], "ligne 3 : objet attendu"),
        ('{"utterances": []}', [], "id : champ obligatoire absent"),
        ('{"id": "a", "utterances": [{"text": "oui"}]}', ["--count", "2"], "« a » n'a de répliques (1)"),
    ],
)
def test_bad_input_is_told_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, options: list[str], expected: str
) -> None:
    """One French sentence on standard error, exit status 1, nothing on standard output."""
    path = tmp_path / "transcriptions.jsonl"
    path.write_text(content, "utf-8")

    status = main(["segment", str(path), "--no-embedder", "--json", *options])

    told = capsys.readouterr()
    assert (1, "") == (status, told.out)
    assert expected in told.err
    assert 1 == told.err.count("\n")


def test_line_separators_inside_a_text_part_no_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """U+2028 and U+0085 are legal inside JSON text: only a line feed ends a transcript."""
    talk = {"id": "a", "utterances": [{"text": "Je soigne\u2028les patients\u0085de l'hôpital."}, {"text": "Oui."}]}

    assert 0 == main(["segment", str(_file(tmp_path, talk)), "--json", "--no-embedder"])
    assert {"a": []} == json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("lengths", [["--ideal", "1e-300"], ["--min", "1", "--ideal", "5", "--max", "1e300"]])
def test_extreme_lengths_are_lengths(tmp_path: Path, capsys: pytest.CaptureFixture[str], lengths: list[str]) -> None:
    """As many topics as there are places to cut at most, and none too long where the maximum is out of reach."""
    talk = {"id": "a", "utterances": [{"speaker": who, "text": "oui le patient attend"} for who in "ABCABC"]}

    assert 0 == main(["segment", str(_file(tmp_path, talk)), "--json", "--no-embedder", *lengths])
    assert all(0 < line < 6 for line in json.loads(capsys.readouterr().out)["a"])


def test_a_file_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The name of the file, and what to check."""
    assert 1 == main(["segment", str(tmp_path / "rien.jsonl"), "--json"])
    assert "« rien.jsonl » n'est pas un fichier" in capsys.readouterr().err


def test_an_empty_transcript_has_no_topic(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No utterance, or only empty ones: nothing to cut, and no error."""
    silent = {"id": "b", "utterances": [{"text": ""}, {"text": "  "}]}
    status = main(["segment", str(_file(tmp_path, {"id": "a", "utterances": []}, silent)), "--json", "--no-embedder"])

    assert 0 == status
    assert {"a": [], "b": []} == json.loads(capsys.readouterr().out)


def test_a_byte_order_mark_and_unknown_fields_are_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What other tools write beside ours is read over; one utterance has no other topic."""
    path = tmp_path / "transcriptions.jsonl"
    path.write_text('\ufeff{"id": "a", "langue": "fr", "utterances": [{"text": "Oui.", "sûr": 1}]}', "utf-8")

    assert 0 == main(["segment", str(path), "--json", "--no-embedder"])
    assert {"a": []} == json.loads(capsys.readouterr().out)
