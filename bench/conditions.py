"""Under what conditions a benchmark ran, so that its numbers can be judged and repeated.

Takes nothing but the machine; gives a frozen record without any name of it (no host, no path, no user).
"""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import AwareDatetime

from consent.records import Frozen
from pipeline import ffmpeg

PACKAGES = (
    "av", "ctranslate2", "faiss-cpu", "fastapi", "faster-whisper", "ffmpeg-python", "imageio-ffmpeg", "numpy",
    "onnxruntime", "pillow", "prefect", "pydantic", "sentence-transformers", "sqlalchemy", "tantivy", "torch",
)  # fmt: skip
"""Those whose version can change a number here."""

_ROOT = Path(__file__).parents[1]
_UNKNOWN = "unknown"


class Package(Frozen):
    """An installed package."""

    name: str
    version: str


class Load(Frozen):
    """Processes that ran or waited, on average over 1, 5 and 15 minutes."""

    one_minute: float
    five_minutes: float
    fifteen_minutes: float


class Conditions(Frozen):
    """When, on what, with what. ``modified`` says that the code was not exactly that of ``commit``."""

    started_at: AwareDatetime
    ended_at: AwareDatetime
    commit: str
    modified: bool
    cores: int
    memory_bytes: int
    processor: str
    architecture: str
    system: str
    python: str
    ffmpeg: str
    packages: tuple[Package, ...]
    load_before: Load
    load_after: Load


class Before(Frozen):
    """What must be read before the benchmark starts."""

    at: AwareDatetime
    load: Load
    commit: str
    modified: bool


def before() -> Before:
    """Read the clock, the load and the code's commit; call it first."""
    return Before(
        at=datetime.now(UTC),
        load=load(),
        commit=_git("rev-parse", "HEAD") or _UNKNOWN,
        # Results are written by benchmarks themselves.
        modified=bool(_git("status", "--porcelain", "--", ".", ":!bench/results")),
    )


def conditions(start: Before) -> Conditions:
    """Everything else; call it at the end."""
    return Conditions(
        started_at=start.at,
        ended_at=datetime.now(UTC),
        commit=start.commit,
        modified=start.modified,
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_bytes=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        processor=_processor(),
        architecture=platform.machine(),
        system=platform.system(),
        python=platform.python_version(),
        ffmpeg=_ffmpeg(),
        packages=tuple(Package(name=name, version=_version(name)) for name in PACKAGES),
        load_before=start.load,
        load_after=load(),
    )


def load() -> Load:
    """The machine's load now."""
    one, five, fifteen = (round(value, 2) for value in os.getloadavg())
    return Load(one_minute=one, five_minutes=five, fifteen_minutes=fifteen)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=_ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    except (OSError, subprocess.CalledProcessError):  # an installed copy, not a checkout
        return ""
    return done.stdout.strip()


def _processor() -> str:
    """The model of the processor, as generic as the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or _UNKNOWN
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or _UNKNOWN)


def _ffmpeg() -> str:
    done = subprocess.run([ffmpeg.executable(), "-version"], capture_output=True, text=True, check=True)
    words = done.stdout.split()
    return words[2] if len(words) > 2 else _UNKNOWN
