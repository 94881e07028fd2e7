"""The network: exact padding, guidance, optimiser, and the export that faster-whisper loads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import ctranslate2
import numpy as np
import pytest
import torch
from faster_whisper import WhisperModel
from torch.nn import functional

from tests.training.speech.conftest import TEXTS
from training.speech import learning, windows
from training.speech.export import export, vocabulary
from training.speech.learning import Learner
from training.speech.muon import orthogonal
from training.speech.network import LONGEST_TEXT, PADDED_STEPS, STATES, Block, Network, positions
from training.speech.tokens import Alphabet
from training.speech.windows import COLUMNS, STEPS


def small(alphabet: Alphabet) -> Network:
    """A network of the right kind, without knowledge."""
    torch.manual_seed(0)
    return Network(alphabet.size, alphabet.pieces, width=32, heads=2, lower=1, upper=1, decoder=2)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, alphabet: Alphabet) -> Path:
    """A folder with a shard and checkpoints of both stages after a few seconds."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "shards").mkdir()
    windows.write_shard(folder / "shards" / "s_0000.npz", TEXTS * 4, alphabet, seed=3)
    network = small(alphabet)
    for stage in ("encoder", "decoder"):
        learner = Learner(network, alphabet, stage)
        learning.learn(learner, folder / "shards", folder / f"{stage}.pt", 3)
        network, _ = learning.load(folder / f"{stage}.pt")
    return folder


def test_padding_once_equals_padding_to_thirty_seconds(alphabet: Alphabet) -> None:
    """One padded state that counts 1 099 times gives the states of a picture padded with zeros to the end."""
    network = small(alphabet)
    picture = torch.randn(1, 80, COLUMNS)
    with torch.no_grad():
        short = network.memory(network.sounds(picture))
        x = functional.gelu(
            network.c2(functional.gelu(network.c1(functional.pad(picture, (0, 2 * PADDED_STEPS - COLUMNS)))))
        ).transpose(1, 2)
        x = x + positions(32)
        for block in network.E:
            assert isinstance(block, Block)
            x = block.encoding(x, torch.zeros(1, 1, 1, PADDED_STEPS))
        whole = network.en(x)

    assert (1, PADDED_STEPS, 32) == tuple(whole.shape)
    torch.testing.assert_close(short[:, :STEPS], whole[:, :STEPS], rtol=0, atol=1e-4)
    torch.testing.assert_close(short[:, -1], whole[:, -1], rtol=0, atol=1e-4)


def test_guidance_is_least_where_attention_falls_on_the_word() -> None:
    """All of the weight inside costs nothing; outside it costs; tokens without a time cost nothing."""
    middle, half = torch.tensor([[1.0, -1.0]]), torch.tensor([[0.1, 0.0]])
    inside, outside = (torch.zeros(1, 2, 2, STATES) for _ in range(2))
    inside[..., 50] = 1
    outside[..., 200] = 1

    assert 0 == pytest.approx(float(learning.guide(inside, middle, half)), abs=1e-6)
    assert float(learning.guide(outside, middle, half)) > 5


def test_muon_gives_all_directions_one_length() -> None:
    """Singular values that differ by a thousand become alike."""
    chance = torch.Generator().manual_seed(1)
    matrix = torch.randn(1, 24, 48, generator=chance) * torch.logspace(0, -2, 24)[None, :, None]
    lengths = torch.linalg.svdvals(orthogonal(matrix))

    assert 0.3 < float(lengths.min())
    assert float(lengths.max()) < 1.5


def test_each_stage_moves_its_own_weights(trained: Path, alphabet: Alphabet) -> None:
    """Sounds are learnt first and then left alone; text is learnt over them."""
    first, second = (learning.load(trained / f"{stage}.pt")[1]["weights"] for stage in ("encoder", "decoder"))
    start = dict(small(alphabet).named_parameters())

    def moved(before: Mapping[str, torch.Tensor], after: Mapping[str, torch.Tensor], name: str) -> bool:
        return not torch.equal(before[name].detach(), after[name])

    assert moved(start, first, "E.0.f1.weight")
    assert not moved(start, first, "D.0.f1.weight")
    assert not moved(first, second, "E.0.f1.weight")
    assert moved(first, second, "E.1.f1.weight")
    assert moved(first, second, "D.0.f1.weight")


def test_training_goes_on_where_it_was(trained: Path, alphabet: Alphabet) -> None:
    """A checkpoint gives back weights, momentum and the learning curve."""
    network, state = learning.load(trained / "decoder.pt")
    learner = Learner(network, alphabet, "decoder")
    learner.resume(state)
    again = learner.state()

    assert learner.progress.updates > 0
    assert state["progress"] == again["progress"]
    assert all(torch.equal(state["weights"][name], one) for name, one in again["weights"].items())
    assert all(torch.equal(a, b) for a, b in zip(state["momentum"], again["momentum"], strict=True))


def test_the_export_computes_what_was_trained(trained: Path, alphabet: Alphabet, tmp_path: Path) -> None:
    """CTranslate2's encoder gives the network's states for a window padded as faster-whisper pads it."""
    export(trained / "decoder.pt", alphabet.file, tmp_path, quantization="float32")
    network, _ = learning.load(trained / "decoder.pt")
    picture = torch.randn(1, 80, COLUMNS)
    padded = functional.pad(picture, (0, 2 * PADDED_STEPS - COLUMNS)).numpy()
    model = ctranslate2.models.Whisper(str(tmp_path), device="cpu", compute_type="float32")
    found = np.array(model.encode(ctranslate2.StorageView.from_array(np.ascontiguousarray(padded))))
    with torch.no_grad():
        wanted = network.memory(network.sounds(picture)).numpy()

    assert float(np.abs(found[:, :STEPS] - wanted[:, :STEPS]).max()) < 1e-3


def test_faster_whisper_loads_the_export(trained: Path, alphabet: Alphabet, tmp_path: Path) -> None:
    """The directory is complete, small, speaks French, and gives words with times that lie in the sound."""
    export(trained / "decoder.pt", alphabet.file, tmp_path)
    model = WhisperModel(str(tmp_path), device="cpu", compute_type="int8", cpu_threads=1)
    sound = np.random.default_rng(1).normal(0, 0.05, 16_000 * 9).astype(np.float32)
    segments, info = model.transcribe(sound, language="fr", word_timestamps=True, beam_size=1, temperature=0.0)
    words = [word for segment in segments for word in segment.words or ()]

    assert "fr" == info.language
    assert model.model.is_multilingual
    assert alphabet.size == len(vocabulary(alphabet)) == alphabet.time + 1501
    assert 448 == LONGEST_TEXT
    assert all(0 <= word.start <= word.end <= 9.1 for word in words)
