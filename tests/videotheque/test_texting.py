"""``videotheque index`` and ``videotheque search --index``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from videotheque import cli

TEXTS: list[dict[str, object]] = [
    {"id": "a", "text": "Je pétris la pâte à deux heures du matin.", "title": "Le fournil", "autre": 1},
    {"id": "b", "text": "Je soigne les malades à l'hôpital.", "tags": ["Santé"], "occupation": "infirmière"},
    {"id": "c", "text": "J'écris des programmes."},
]


def _lines(path: Path, objects: Sequence[object]) -> Path:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in objects), "utf-8")
    return path


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texting")
    out = folder / "index"
    assert cli.main(["index", str(_lines(folder / "texts.jsonl", TEXTS)), "--out", str(out)]) == 0
    return out


@pytest.mark.parametrize("mode", ["keyword", "semantic", "hybrid"])
def test_every_question_of_a_file_is_answered(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: str
) -> None:
    """One JSON object: the ids of each question's texts, best first."""
    asked = _lines(tmp_path / "q.jsonl", [{"id": "q1", "text": "l'hôpital"}, {"id": "q2", "text": "la pâte"}])
    status = cli.main(
        ["search", "--index", str(index), "--queries", str(asked), "--mode", mode, "--top", "2", "--json"]
    )

    answers = json.loads(capsys.readouterr().out)
    assert status == 0
    assert {"q1", "q2"} == set(answers)
    assert mode == "semantic" or [answers["q1"][0], answers["q2"][0]] == ["b", "a"]
    assert all(len(ids) <= 2 for ids in answers.values())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"id": "a", "text": "x"}\n{"id": "a", "text": "y"}\n', "ligne 2 : l'identifiant « a » y est déjà"),
        ('{"id": "a"}\n', "ligne 1 : text"),
        ("[", "ligne 1 : ce n'est pas du JSON"),
        ('{"id": 3, "text": "x"}\n', "ligne 1 : id"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, said: str) -> None:
    """One French sentence, the place first; nothing is written."""
    path = tmp_path / "textes.jsonl"
    path.write_text(content, "utf-8")
    status = cli.main(["index", str(path), "--out", str(tmp_path / "out")])

    assert status == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["search"], "Il manque la question"),
        (["search", "--queries", "q.jsonl"], "Il faut --index"),
        (["search", "x", "--index", "nulle-part", "--mode", "keyword"], "Aucun index"),
        (["search", "x", "--top", "51"], "--limit va de 1 à 50"),
        (["search", "x", "--since", "hier"], "n'est pas un jour"),
        (["index", "absent.jsonl", "--out", "out"], "n'est pas un fichier"),
    ],
)
def test_a_wrong_command_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    """What is missing or not admitted, in one sentence."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIDEOTHEQUE_HOME", str(tmp_path / "home"))

    assert cli.main(arguments) == 1
    assert said in capsys.readouterr().err
