"""On what the speech model runs: the processor that CTranslate2 finds, and the numbers that it is best at.

Gives a frozen choice that ``videotheque doctor`` shows and the worker obeys. On a graphics card weights are kept in 16
bits, or in 8 where they do not fit (a card of less than 6 GB with a large model); on a processor in 8 bits, four times
faster there than in 32 and as good (CTranslate2's own figures).
"""

from __future__ import annotations

import math
import os
from enum import StrEnum
from pathlib import Path

from consent.records import Frozen

_PREFERRED = {
    "cuda": ("float16", "int8_float16", "int8_float32", "float32"),
    "cpu": ("int8", "int8_float32", "float32"),
}
"""Best first. The first that the device supports is used; on a card out of memory, the next one."""

OUT_OF_MEMORY = ("out of memory", "CUBLAS_STATUS_ALLOC_FAILED")
"""What CUDA and its library of matrices say."""

_CGROUP_FILE = Path("/proc/self/cgroup")
_CGROUPS = Path("/sys/fs/cgroup")


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

    def after(self, why: str) -> Processor | None:
        """What to try once the first compute type failed with that message; None where nothing is left.

        A card without room may hold lighter numbers; any other failure (a library of CUDA that is missing, a driver too
        old) is the card's, and the processor does without it.
        """
        if self.device is Device.CPU:
            return None
        if any(sign in why for sign in OUT_OF_MEMORY) and len(self.compute_types) > 1:
            return self.model_copy(update={"compute_types": self.compute_types[1:]})
        return _processor(Device.CPU)


def find_processor() -> Processor:
    """The graphics card where CTranslate2 sees one, else the processor."""
    import ctranslate2  # native libraries, which a recording with its own transcript does not need

    try:
        return _processor(Device.CUDA if ctranslate2.get_cuda_device_count() > 0 else Device.CPU)
    except RuntimeError:  # a card whose driver does not answer
        return _processor(Device.CPU)


def _processor(device: Device) -> Processor:
    import ctranslate2  # as above

    supported = ctranslate2.get_supported_compute_types(device.value)
    types = tuple(one for one in _PREFERRED[device.value] if one in supported)
    return Processor(device=device, compute_types=types or ("default",))


def count_cores(cgroup_file: Path = _CGROUP_FILE, cgroups: Path = _CGROUPS) -> int:
    """Cores that this process may use: those of its affinity, and no more than its container's quota of time.

    Args:
        cgroup_file: where the kernel names this process's control group.
        cgroups: where it shows them.
    """
    allowed = len(os.sched_getaffinity(0))
    try:
        names = [line.split(":", 2) for line in cgroup_file.read_text().splitlines()]
    except OSError:
        return allowed
    quotas = [quota for _, controllers, name in names for quota in _quotas(cgroups, controllers, name)]
    return max(1, min([allowed, *(math.ceil(quota) for quota in quotas)]))


def _quotas(cgroups: Path, controllers: str, name: str) -> list[float]:
    """Cores' worth of time that a control group and those above it are given, where they are limited (v2, then v1)."""
    root = cgroups if not controllers else cgroups / controllers
    if controllers and "cpu" not in controllers.split(","):
        return []
    place = root / name.lstrip("/")
    found = []
    for folder in (place, *(one for one in place.parents if one == root or root in one.parents)):
        try:
            if controllers:
                quota, period = ((folder / f"cpu.cfs_{what}_us").read_text() for what in ("quota", "period"))
            else:
                quota, period = (folder / "cpu.max").read_text().split()
            if float(quota) > 0:
                found.append(float(quota) / float(period))
        except (OSError, ValueError):  # no such file, or « max »
            continue
    return found
