"""The one command of the training, as its user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from training.speech import learning

PHRASES = {
    "tatoeba": "Elle aime son métier, dit la voisine.",
    "esco": "réparer des montres",
    "asp": "Il pleut depuis hier sur la petite ville.",
    "gnome": "Cliquez sur le bouton du menu pour continuer.",
    "pydoc": "La documentation est écrite par des volontaires.",
}
"""One of each origin of the pairs."""


def test_one_command_speaks_trains_and_exports(tmp_path: Path) -> None:
    """Sentences, speech, both stages and the export come out of one run."""
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text("".join(json.dumps([origin, "", said]) + "\n" for origin, said in PHRASES.items()), "utf-8")
    minutes = ["--encoder-minutes", "0.01", "--decoder-minutes", "0.01"]
    options = ["--work", tmp_path / "work", "--out", tmp_path / "model", "--sentences", "16", *minutes, "--no-judging"]
    command = [sys.executable, "-m", "training.speech", "--pairs", pairs, *options]

    subprocess.run([str(part) for part in command], check=True, timeout=300)

    assert (tmp_path / "model" / "model.bin").is_file()
    assert learning.load(tmp_path / "work" / "decoder.pt")[1]["progress"]["updates"] > 0
