"""Muon for matrices: momentum whose every direction is given the same length, shared between ranks.

Takes float32 masters with their gradients; moves them. Source: K. Jordan, « Muon: an optimizer for hidden layers in
neural networks » (2024): five Newton–Schulz steps with his coefficients, Nesterov momentum 0.95. Matrices of one shape
are worked on together, and each rank does its part of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import torch
from torch import Tensor, distributed

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_STEPS, _MOMENTUM, _DECAY = 5, 0.95, 0.01


class Muon:
    """``matrices``: float32, two-dimensional, with ``grad``; ``rate`` is the length of a step."""

    def __init__(self, matrices: Sequence[Tensor], rank: int, world: int) -> None:
        self.matrices = list(matrices)
        self.momentum = [torch.zeros_like(matrix) for matrix in self.matrices]
        self._world = world
        shapes: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for place, matrix in enumerate(self.matrices):
            shapes[tuple(matrix.shape)].append(place)
        self._mine = [places[rank::world] for places in shapes.values() if places[rank::world]]
        self._update = torch.zeros(sum(matrix.numel() for matrix in self.matrices))
        self._views = in_parts(self._update, self.matrices)

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Move every matrix."""
        grads = [matrix.grad for matrix in self.matrices if matrix.grad is not None]
        torch._foreach_lerp_(self.momentum, grads, 1 - _MOMENTUM)
        ahead = torch._foreach_lerp(grads, self.momentum, _MOMENTUM)
        self._update.zero_()
        for places in self._mine:
            straight = orthogonal(torch.stack([ahead[place] for place in places]))
            for place, found in zip(places, straight, strict=True):
                self._views[place].copy_(found)
        if self._world > 1:
            distributed.all_reduce(self._update)
        torch._foreach_mul_(self.matrices, 1 - rate * _DECAY)
        scales = [rate * max(1.0, matrix.shape[0] / matrix.shape[1]) ** 0.5 for matrix in self.matrices]
        for matrix, view, scale in zip(self.matrices, self._views, scales, strict=True):
            matrix.add_(view, alpha=-scale)


def orthogonal(stack: Tensor) -> Tensor:
    """The nearest matrices with all singular values about one, shape (n, rows, columns)."""
    a, b, c = _COEFFICIENTS
    x = stack.bfloat16()
    turned = x.shape[1] > x.shape[2]
    x = x.mT if turned else x
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(_STEPS):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    straight: Tensor = (x.mT if turned else x).float()
    return straight


def in_parts(flat: Tensor, likes: Sequence[Tensor]) -> list[Tensor]:
    """Views of a long vector, one after the other, in the shapes of ``likes``."""
    found, first = [], 0
    for like in likes:
        found.append(flat[first : first + like.numel()].view_as(like))
        first += like.numel()
    return found
