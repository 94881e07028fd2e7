"""A complete faster-whisper model directory, made in about a second without the network or any training.

It recognises nothing: where it is given speech it always says :data:`SAYS`, its output weights leading from each
token to the next. Everything around it (files, tokens, voice detection, decoding, word times) is real.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs import whisper_spec
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

_WIDTH, _HEADS, _LAYERS = 64, 2, 1
_MELS, _POSITIONS, _CONTEXT = 80, 1500, 448  # the library pads every window to 30 s: 1 500 positions
_TIMESTAMPS = 1501
_SPECIAL = [
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|fr|>",
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
]
_SENTENCES = [
    "Bonjour, est-ce que vous pouvez présenter votre métier ?",
    "Je suis boulangère depuis douze ans, j'ai commencé par un CAP en alternance.",
    "Qu'est-ce qui vous plaît le plus dans cette profession ?",
    "Aujourd'hui je forme des apprentis, et nous préparons leur brevet professionnel.",
]

SAYS = " Bonjour, j'ai un métier en alternance depuis douze ans ?"
"""What the model says of any speech; a real model sets a space before « ? » too."""

Floats = NDArray[np.float32]


def build(folder: Path, seed: int = 5) -> Path:
    """Write model.bin, config.json, vocabulary.json, tokenizer.json and preprocessor_config.json; the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {number: token for token, number in tokenizer.get_vocab().items()}
    tokens = [names[number] for number in range(tokenizer.get_vocab_size())]
    # CTranslate2 takes a model for multilingual where the vocabulary holds the empty string; the byte 0 that
    # gives up its place is in no text.
    tokens[tokens.index("\u0100")] = ""
    tokens += [f"<|{step * 0.02:.2f}|>" for step in range(_TIMESTAMPS)]
    spec = _spec(len(tokens), _successors(tokenizer), np.random.default_rng(seed))
    spec.register_vocabulary(tokens)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [tokenizer.token_to_id("<|endoftext|>")]
    spec.config.lang_ids = [tokenizer.token_to_id("<|fr|>")]
    spec.config.alignment_heads = [[_LAYERS - 1, head] for head in range(_HEADS)]
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    features = {"feature_size": _MELS, "sampling_rate": 16000, "hop_length": 160, "n_fft": 400, "chunk_length": 30}
    (folder / "preprocessor_config.json").write_text(json.dumps(features))
    return folder


def _tokenizer() -> Any:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator([f" {sentence}" for sentence in _SENTENCES], trainer)
    tokenizer.add_special_tokens(_SPECIAL)
    return tokenizer


def _successors(tokenizer: Any) -> list[tuple[int, int]]:
    """Pairs of token and next token: the opening time, then the sentence, then the end."""
    chain = tokenizer.encode(SAYS).ids
    assert len(set(chain)) == len(chain), "a token said twice would have two successors"
    first_time = tokenizer.get_vocab_size()
    special = {name: tokenizer.token_to_id(name) for name in _SPECIAL}
    opening = [(special["<|transcribe|>"], first_time), (first_time, chain[0]), (special["<|notimestamps|>"], chain[0])]
    return [*opening, *pairwise([*chain, special["<|endoftext|>"]])]


def _spec(vocabulary: int, successors: list[tuple[int, int]], random: np.random.Generator) -> Any:
    def weight(*shape: int, scale: float = 0.2) -> Floats:
        return (random.standard_normal(shape) * scale).astype(np.float32)

    spec = whisper_spec.WhisperSpec(_LAYERS, _HEADS, _LAYERS, _HEADS)
    encoder, decoder = spec.encoder, spec.decoder
    for conv, width in ((encoder.conv1, _MELS), (encoder.conv2, _WIDTH)):
        conv.weight, conv.bias = weight(_WIDTH, width, 3), weight(_WIDTH)
    encoder.position_encodings.encodings = weight(_POSITIONS, _WIDTH)
    decoder.position_encodings.encodings = weight(_CONTEXT, _WIDTH, scale=0.01)
    embeddings, projection = weight(vocabulary, _WIDTH, scale=1.0), weight(vocabulary, _WIDTH, scale=0.02)
    for token, following in successors:
        projection[following] += 0.5 * embeddings[token]
    decoder.embeddings.weight, decoder.projection.weight = embeddings, projection
    for norm in (encoder.layer_norm, decoder.layer_norm):
        _fill_norm(norm)
    for layer in encoder.layer:
        _fill_attention(layer.self_attention, [3, 1], weight)
        _fill_feed_forward(layer.ffn, weight)
    for layer in decoder.layer:
        _fill_attention(layer.self_attention, [3, 1], weight)
        _fill_attention(layer.attention, [1, 2, 1], weight)
        _fill_feed_forward(layer.ffn, weight)
        for last in (layer.self_attention.linear[-1], layer.attention.linear[-1], layer.ffn.linear_1):
            last.weight = last.weight * np.float32(0.01)  # what came before must not drown the last token
    return spec


def _fill_norm(norm: Any) -> None:
    norm.gamma, norm.beta = np.ones(_WIDTH, np.float32), np.zeros(_WIDTH, np.float32)


def _fill_attention(attention: Any, sizes: list[int], weight: Any) -> None:
    _fill_norm(attention.layer_norm)
    for linear, size in zip(attention.linear, sizes, strict=True):
        linear.weight, linear.bias = weight(size * _WIDTH, _WIDTH), np.zeros(size * _WIDTH, np.float32)


def _fill_feed_forward(block: Any, weight: Any) -> None:
    _fill_norm(block.layer_norm)
    block.linear_0.weight, block.linear_0.bias = weight(4 * _WIDTH, _WIDTH), np.zeros(4 * _WIDTH, np.float32)
    block.linear_1.weight, block.linear_1.bias = weight(_WIDTH, 4 * _WIDTH), np.zeros(_WIDTH, np.float32)
