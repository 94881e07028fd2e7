"""On what the speech model runs: the processor that CTranslate2 finds, and the numbers that it is best at.

Gives a frozen choice that ``videotheque doctor`` shows and the worker obeys. On a graphics card weights are kept in 16
bits, or in 8 where they do not fit (a card of less than 6 GB with a large model); on a processor in 8 bits, four times
faster there than in 32 and as good (CTranslate2's own figures).
"""

from __future__ import annotations

from enum import StrEnum

from consent.records import Frozen

_PREFERRED = {
    "cuda": ("float16", "int8_float16", "int8_float32", "float32"),
    "cpu": ("int8", "int8_float32", "float32"),
}
"""Best first. The first that the device supports is used; on a card out of memory, the next one."""


class Device(StrEnum):
    """What computes."""

    CUDA = "cuda"
    CPU = "cpu"

    @property
    def french(self) -> str:
        """How an operator reads it."""
        return {Device.CUDA: "carte graphique", Device.CPU: "processeur"}[self]


class Processor(Frozen):
    """A device, and the compute types to try, best first."""

    device: Device
    compute_types: tuple[str, ...]


def find_processor() -> Processor:
    """The graphics card where CTranslate2 sees one, else the processor."""
    import ctranslate2  # native libraries, which a recording with its own transcript does not need

    device = Device.CUDA if ctranslate2.get_cuda_device_count() > 0 else Device.CPU
    supported = ctranslate2.get_supported_compute_types(device.value)
    types = tuple(one for one in _PREFERRED[device.value] if one in supported)
    return Processor(device=device, compute_types=types or ("default",))
