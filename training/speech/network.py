"""The model: Whisper's architecture in PyTorch, and what is only needed to train it.

Takes pictures of sound (batch, 80, 800); gives the encoder's states, what was said at each step, and the decoder's
scores. faster-whisper always pads a window with zeros to thirty seconds. Here the position table is constant after
the window, so that all padded states are one and the same: they are computed once and count 1 099 times in every
attention, which is exactly what the exported model computes, at a quarter of the cost.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.speech.sounds import MELS
from training.speech.windows import COLUMNS, PHONEMES, STEPS

PADDED_STEPS = 1500
"""What the encoder always gets: thirty seconds."""

LONGEST_TEXT = 448
"""Tokens: the decoder's position table."""

STATES = STEPS + 2
"""The window's steps, the first padded one (it still hears the window's last column), and one for all others."""

_OTHERS = PADDED_STEPS - STEPS - 1
_CONSTANT_FROM = STEPS
"""Steps whose position is the table's constant row."""


class Attention(nn.Module):
    """Multi-head attention; the weights of the first ``kept`` heads can be had for guidance."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(width, width)
        self.k = nn.Linear(width, width, bias=False)
        self.v = nn.Linear(width, width)
        self.o = nn.Linear(width, width)

    def _split(self, x: Tensor) -> Tensor:
        return x.view(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)

    def over(self, x: Tensor, mask: Tensor | None, causal: bool) -> Tensor:
        """Self-attention; ``mask`` is added to the scores."""
        weight = torch.cat([self.q.weight, self.k.weight, self.v.weight])
        bias = torch.cat([self.q.bias, torch.zeros_like(self.q.bias), self.v.bias])
        q, k, v = (self._split(part) for part in functional.linear(x, weight, bias).chunk(3, -1))
        if mask is None:
            out = functional.scaled_dot_product_attention(q, k, v, is_causal=causal)
        else:
            out, _ = attend(q, k, v, mask)
        return self.o(out.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]

    def into(self, x: Tensor, memory: Tensor, mask: Tensor, kept: int) -> tuple[Tensor, Tensor | None]:
        """Cross-attention, and the first ``kept`` heads' weights (batch, heads, tokens, states)."""
        weight = torch.cat([self.k.weight, self.v.weight])
        bias = torch.cat([torch.zeros_like(self.v.bias), self.v.bias])
        k, v = (self._split(part) for part in functional.linear(memory, weight, bias).chunk(2, -1))
        q = self._split(self.q(x))
        out, weights = attend(q, k, v, mask)
        return self.o(out.transpose(1, 2).flatten(2)), weights[:, :kept].float() if kept else None


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Attention written out: on a processor in bfloat16 it is nearly twice as fast as PyTorch's fused one.

    ``mask`` (states) is added to the scores. Gives the values found and the weights, by head.
    """
    batch, heads, length, depth = q.shape
    states = k.shape[2]
    q, k, v = (part.reshape(batch * heads, -1, depth) for part in (q * depth**-0.5, k, v))
    weights = torch.baddbmm(mask.view(1, 1, -1).expand(batch * heads, length, states), q, k.transpose(1, 2)).softmax(-1)
    return (weights @ v).view(batch, heads, length, depth), weights.view(batch, heads, length, states)


class Block(nn.Module):
    """A layer of the encoder, or, with ``cross``, of the decoder."""

    def __init__(self, width: int, heads: int, *, cross: bool) -> None:
        super().__init__()
        self.a, self.n1 = Attention(width, heads), nn.LayerNorm(width)
        self.f1, self.f2, self.n3 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width), nn.LayerNorm(width)
        if cross:
            self.c, self.n2 = Attention(width, heads), nn.LayerNorm(width)

    def encoding(self, x: Tensor, mask: Tensor) -> Tensor:
        """One encoder layer."""
        x = x + self.a.over(self.n1(x), mask, causal=False)
        return x + self.f2(functional.gelu(self.f1(self.n3(x))))  # type: ignore[no-any-return]

    def decoding(self, x: Tensor, memory: Tensor, mask: Tensor, kept: int) -> tuple[Tensor, Tensor | None]:
        """One decoder layer, and its kept weights."""
        x = x + self.a.over(self.n1(x), None, causal=True)
        out, weights = self.c.into(self.n2(x), memory, mask, kept)
        x = x + out
        return x + self.f2(functional.gelu(self.f1(self.n3(x)))), weights


class Network(nn.Module):
    """Encoder and decoder; ``ph``, ``pn`` and ``said`` are heads for training, left out of the export.

    The first ``lower`` encoder layers learn sounds and are then frozen, so that their states can be kept on the disk;
    the others learn words.
    """

    def __init__(
        self,
        vocabulary: int,
        pieces: int,
        width: int = 192,
        heads: int = 4,
        lower: int = 4,
        upper: int = 2,
        decoder: int = 4,
    ) -> None:
        super().__init__()
        self.shape = {
            "vocabulary": vocabulary,
            "pieces": pieces,
            "width": width,
            "heads": heads,
            "lower": lower,
            "upper": upper,
            "decoder": decoder,
        }
        self.lower, self.pieces = lower, pieces
        self.c1 = nn.Conv1d(MELS, width, 3, padding=1)
        self.c2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.register_buffer("pe", positions(width))
        self.E = nn.ModuleList(Block(width, heads, cross=False) for _ in range(lower + upper))
        self.pn, self.ph = nn.LayerNorm(width), nn.Linear(width, len(PHONEMES))
        self.en = nn.LayerNorm(width)
        self.said = nn.Linear(width, width)
        self.emb = nn.Embedding(vocabulary, width)
        self.pd = nn.Parameter(torch.randn(LONGEST_TEXT, width) * 0.01)
        self.D = nn.ModuleList(Block(width, heads, cross=True) for _ in range(decoder))
        self.dn = nn.LayerNorm(width)
        nn.init.normal_(self.emb.weight, std=width**-0.5)
        for block in [*self.E[lower:], *self.D]:  # a new layer begins by changing little
            for last in (block.a.o, block.f2):
                nn.init.normal_(last.weight, std=0.1 * width**-0.5)
        others = torch.zeros(1, 1, 1, STATES)
        others[..., -1] = math.log(_OTHERS)
        self.register_buffer("others", others, persistent=False)

    def sounds(self, pictures: Tensor) -> Tensor:
        """Scaled pictures (batch, 80, 800) to states (batch, 402, width) after the lower layers."""
        x = functional.pad(pictures, (0, 2 * STATES - COLUMNS))
        x = functional.gelu(self.c2(functional.gelu(self.c1(x)))).transpose(1, 2)
        x = x + self.pe[:STATES]  # type: ignore[index]
        for block in self.E[: self.lower]:
            x = block.encoding(x, self.others)  # type: ignore[operator]
        return x

    def memory(self, sounds: Tensor) -> Tensor:
        """States after the upper layers: what the decoder reads."""
        for block in self.E[self.lower :]:
            sounds = block.encoding(sounds, self.others)  # type: ignore[operator]
        return self.en(sounds)  # type: ignore[no-any-return]

    def phonemes(self, sounds: Tensor) -> Tensor:
        """Scores of each phoneme at each of the window's steps."""
        return self.ph(self.pn(sounds[:, :STEPS]))  # type: ignore[no-any-return]

    def heard(self, memory: Tensor) -> Tensor:
        """Scores of each piece of text, the last class being « nothing », for the given states."""
        asked: Tensor = self.said(memory)
        return asked @ self.emb.weight[: self.pieces + 1].t()

    def decode(self, tokens: Tensor, memory: Tensor, kept: Sequence[int]) -> tuple[Tensor, list[Tensor]]:
        """Scores of the next token after each (batch, n, vocabulary), and the weights of the guided heads."""
        x = self.emb(tokens) + self.pd[: tokens.shape[1]]
        found = []
        for block, count in zip(self.D, kept, strict=True):
            x, weights = block.decoding(x, memory, self.others, count)  # type: ignore[operator]
            if weights is not None:
                found.append(weights)
        return self.dn(x) @ self.emb.weight.t(), found


def positions(width: int) -> Tensor:
    """Whisper's sinusoids for the window's steps, then one row for all that follow, shape (1500, width)."""
    scale = torch.exp(-math.log(10_000) / (width // 2 - 1) * torch.arange(width // 2))
    angle = torch.arange(PADDED_STEPS)[:, None] * scale[None]
    table = torch.cat([angle.sin(), angle.cos()], 1)
    table[_CONSTANT_FROM:] = table[2 * _CONSTANT_FROM].clone()
    return table
