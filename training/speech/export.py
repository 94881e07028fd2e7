"""The trained network as the directory that faster-whisper loads: CTranslate2's format, eight bits a weight.

Takes a checkpoint and its tokenizer; gives ``model.bin``, ``config.json``, ``vocabulary.json``, ``tokenizer.json``,
``preprocessor_config.json``, and ``videotheque.json``, which says that the model was never given prompts. The heads and
normalisations that only serve training are left out.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs import whisper_spec
from numpy.typing import NDArray

from training.speech.learning import GUIDED, load
from training.speech.network import positions
from training.speech.tokens import SPECIAL, STEPS_PER_S, TIMES, Alphabet
from training.speech.windows import WINDOW_S

Get = Callable[[str], NDArray[np.float32]]


def export(checkpoint: Path, tokenizer: Path, target: Path, quantization: str = "int8") -> None:
    """Write the directory.

    Args:
        checkpoint: of :func:`training.speech.learning.save`.
        tokenizer: the ``tokenizer.json`` it was trained with.
        target: made where it is not there; files of these names are replaced, others stay.
        quantization: CTranslate2's name.
    """
    network, state = load(checkpoint)
    arrays = {name: weight.float().numpy() for name, weight in state["weights"].items()}
    shape = network.shape
    layers = shape["lower"] + shape["upper"]
    spec = whisper_spec.WhisperSpec(layers, shape["heads"], shape["decoder"], shape["heads"])
    _encoder(spec.encoder, arrays.__getitem__, layers, shape["width"])
    _decoder(spec.decoder, arrays.__getitem__, shape["decoder"])
    alphabet = Alphabet(tokenizer)
    spec.register_vocabulary(vocabulary(alphabet))
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []
    spec.config.lang_ids = [alphabet.french]
    spec.config.alignment_heads = [[shape["decoder"] - 1, head] for head in range(GUIDED)]
    spec.validate()
    spec.optimize(quantization=quantization)
    target.mkdir(parents=True, exist_ok=True)
    spec.save(str(target))
    shutil.copyfile(tokenizer, target / "tokenizer.json")
    features = {
        "feature_size": 80,
        "sampling_rate": 16000,
        "hop_length": 160,
        "n_fft": 400,
        "chunk_length": round(WINDOW_S),
    }
    (target / "preprocessor_config.json").write_text(json.dumps(features), "utf-8")
    (target / "videotheque.json").write_text(json.dumps({"prompted": False}) + "\n", "utf-8")


def vocabulary(alphabet: Alphabet) -> list[str]:
    """Every token in order. The byte 0x00, which no text has, is written as an empty name.

    By that entry CTranslate2 knows a model of several languages, the only kind that keeps to the language asked.
    """
    names = {number: token for token, number in alphabet.tokenizer.get_vocab().items()}
    tokens = [names[number] for number in range(alphabet.pieces + len(SPECIAL))]
    tokens[tokens.index("\u0100")] = ""
    return [*tokens, *(f"<|{step / STEPS_PER_S:.2f}|>" for step in range(TIMES))]


def _encoder(spec: Any, get: Get, layers: int, width: int) -> None:
    for number in (1, 2):
        convolution = getattr(spec, f"conv{number}")
        convolution.weight, convolution.bias = _plain(get(f"c{number}.weight")), _plain(get(f"c{number}.bias"))
    spec.position_encodings.encodings = _plain(positions(width).numpy())
    _norm(spec.layer_norm, get, "en")
    for number, layer in zip(range(layers), spec.layer, strict=True):
        _own_attention(layer.self_attention, get, f"E.{number}.")
        _feed_forward(layer.ffn, get, f"E.{number}.")


def _decoder(spec: Any, get: Get, layers: int) -> None:
    spec.position_encodings.encodings = _plain(get("pd"))
    spec.embeddings.weight = _plain(get("emb.weight"))
    spec.projection.weight = _plain(get("emb.weight"))
    _norm(spec.layer_norm, get, "dn")
    for number, layer in zip(range(layers), spec.layer, strict=True):
        _own_attention(layer.self_attention, get, f"D.{number}.")
        _cross_attention(layer.attention, get, f"D.{number}.")
        _feed_forward(layer.ffn, get, f"D.{number}.")


def _plain(array: NDArray[Any]) -> NDArray[np.float32]:
    return np.ascontiguousarray(array, dtype=np.float32)


def _linear(spec: Any, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
    spec.weight, spec.bias = _plain(weight), _plain(bias)


def _norm(spec: Any, get: Get, name: str) -> None:
    spec.gamma, spec.beta = _plain(get(f"{name}.weight")), _plain(get(f"{name}.bias"))


def _own_attention(spec: Any, get: Get, at: str) -> None:
    _norm(spec.layer_norm, get, f"{at}n1")
    none = np.zeros_like(get(f"{at}a.q.bias"))  # Whisper's keys have no bias
    weight = np.concatenate([get(f"{at}a.{part}.weight") for part in "qkv"])
    _linear(spec.linear[0], weight, np.concatenate([get(f"{at}a.q.bias"), none, get(f"{at}a.v.bias")]))
    _linear(spec.linear[1], get(f"{at}a.o.weight"), get(f"{at}a.o.bias"))


def _cross_attention(spec: Any, get: Get, at: str) -> None:
    _norm(spec.layer_norm, get, f"{at}n2")
    none = np.zeros_like(get(f"{at}c.q.bias"))
    _linear(spec.linear[0], get(f"{at}c.q.weight"), get(f"{at}c.q.bias"))
    weight = np.concatenate([get(f"{at}c.k.weight"), get(f"{at}c.v.weight")])
    _linear(spec.linear[1], weight, np.concatenate([none, get(f"{at}c.v.bias")]))
    _linear(spec.linear[2], get(f"{at}c.o.weight"), get(f"{at}c.o.bias"))


def _feed_forward(spec: Any, get: Get, at: str) -> None:
    _norm(spec.layer_norm, get, f"{at}n3")
    _linear(spec.linear_0, get(f"{at}f1.weight"), get(f"{at}f1.bias"))
    _linear(spec.linear_1, get(f"{at}f2.weight"), get(f"{at}f2.bias"))
