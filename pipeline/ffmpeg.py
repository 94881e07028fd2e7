"""The one door to ffmpeg: whatever runs it runs through :func:`run`, and PyAV opens through :func:`opened`.

Inputs are opened with a protocol and a format whitelist (a playlist or an SVG named ``.mp4`` would otherwise
lead ffmpeg to other files), never from the terminal, under limits of time, memory and written bytes. At the
time limit, or when the caller is interrupted, the whole process group is killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Thread
from typing import IO, Any

import av
import av.error
import ffmpeg
import imageio_ffmpeg
from av.container import InputContainer

from consent.records import Frozen
from pipeline.errors import FfmpegFailed, FfmpegStopped, StorageFull
from pipeline.settings import MediaLimits

FORMAT_WHITELIST = "mov,matroska,webm,wav,mp3,ogg,flac,aac,avi,rawvideo,s16le"
"""Containers of meetings and tracks. No playlist, no concatenation, no picture, no subtitle format. No MPEG-TS: it
has no index, so that a seek lands where it can, after the instant asked for as well as before."""

INPUT_OPTIONS = {"protocol_whitelist": "file,pipe", "format_whitelist": FORMAT_WHITELIST}
"""What every input is opened with, by ffmpeg as by PyAV."""

_GLOBAL_ARGUMENTS = ("-hide_banner", "-nostdin", "-loglevel", "error", "-y")
_NO_SPACE = ("No space left on device", "File too large", "Disk quota exceeded")
_NO_MEMORY = ("Cannot allocate memory", "Resource temporarily unavailable", "bad_alloc")
"""What ffmpeg prints at the memory limit, where it does not simply die: a thread needs memory for its stack."""

_DETAIL_CHARACTERS = 2000


class Completed(Frozen):
    """What a run of ffmpeg left: its standard output, and what it printed."""

    output: bytes
    messages: str


@cache
def executable() -> str:
    """Path of ffmpeg: the static one that ``imageio-ffmpeg`` carries (``IMAGEIO_FFMPEG_EXE`` names another)."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def source(path: Path, **options: object) -> Any:
    """An input node on a local file, with the whitelists. ``options`` are ffmpeg's, ``ss=12.5`` for example."""
    return ffmpeg.input(f"file:{path}", **INPUT_OPTIONS, **options)


def pipe(**options: object) -> Any:
    """An input node on raw bytes handed to :func:`run` as ``feed``."""
    return ffmpeg.input("pipe:0", **INPUT_OPTIONS, **options)


@contextmanager
def opened(path: Path, limits: MediaLimits) -> Iterator[InputContainer]:
    """Open a file with PyAV, in this process: the same whitelists, and no single call longer than the time limit.

    Raises:
        FfmpegStopped: opening or reading passed the time limit.
        av.error.FFmpegError: the file cannot be opened or read.
    """
    try:
        with av.open(
            f"file:{path}",
            options=dict(INPUT_OPTIONS),
            metadata_errors="replace",  # a title in Latin-1 is no reason to refuse a recording
            timeout=limits.ffmpeg_timeout_s,
        ) as container:
            yield container
    except av.error.ExitError as error:
        raise out_of_time(limits.ffmpeg_timeout_s) from error


def out_of_time(allowed_s: float) -> FfmpegStopped:
    """The error of a reading that passed its time."""
    return FfmpegStopped(
        f"Le traitement vidéo a dépassé {allowed_s:.0f} s et a été arrêté ; vérifiez le fichier ou augmentez "
        "VIDEOTHEQUE_MEDIA__FFMPEG_TIMEOUT_S."
    )


def run(
    node: Any,
    limits: MediaLimits,
    *,
    timeout_s: float | None = None,
    feed: Iterable[bytes] | None = None,
) -> Completed:
    """Run the graph that ends in the output node ``node`` (or several, merged).

    Args:
        node: an ``ffmpeg-python`` output; its inputs come from :func:`source` or :func:`pipe`.
        limits: time, memory and written bytes allowed.
        timeout_s: a shorter time limit than ``limits.ffmpeg_timeout_s``.
        feed: bytes for ``pipe:0``, written as they come.

    Raises:
        FfmpegFailed: ffmpeg ended with an error.
        FfmpegStopped: it passed the limit of time or memory, or was killed.
        StorageFull: the disk is full, or the output passed its size limit.
    """
    arguments = [executable(), *_GLOBAL_ARGUMENTS, *ffmpeg.get_args(node)]
    allowed = min(timeout_s or limits.ffmpeg_timeout_s, limits.ffmpeg_timeout_s)
    with _started(_limited(arguments, limits), piped=feed is not None) as process:
        writer = _feed(process, feed) if feed is not None else None
        try:
            output, messages = process.communicate(timeout=allowed)
        except subprocess.TimeoutExpired as error:
            raise out_of_time(allowed) from error
        if writer is not None:
            writer.finish()
    text = messages.decode("utf-8", "replace").strip()
    if process.returncode != 0:
        _raise_failure(process.returncode, text)
    return Completed(output=output, messages=text)


def _raise_failure(code: int, text: str) -> None:
    if -code == signal.SIGXFSZ or code == 128 + signal.SIGXFSZ or any(sign in text for sign in _NO_SPACE):
        raise StorageFull(
            "Il n'y a plus de place pour écrire la vidéo (disque plein, ou limite VIDEOTHEQUE_MEDIA__MAX_OUTPUT_BYTES "
            "atteinte) ; libérez de la place puis relancez : rien de ce qui était produit n'est perdu."
        )
    # Killed by a signal: the CPU limit, the system short of memory, or an allocation that failed. Whoever sent it,
    # it says nothing sure about the file.
    if code < 0 or any(sign in text for sign in _NO_MEMORY):
        raise FfmpegStopped(
            "Le traitement vidéo a été arrêté à une limite de mémoire ou de temps ; relancez, ou augmentez "
            "VIDEOTHEQUE_MEDIA__FFMPEG_MEMORY_BYTES ou VIDEOTHEQUE_MEDIA__FFMPEG_TIMEOUT_S.",
            text[-_DETAIL_CHARACTERS:],
        )
    raise FfmpegFailed(
        "Le traitement vidéo a échoué ; le fichier est sans doute abîmé : exportez-le de nouveau.",
        text[-_DETAIL_CHARACTERS:],
    )


def _limited(arguments: list[str], limits: MediaLimits) -> list[str]:
    # The shell only sets the limits and is replaced by ffmpeg. A preexec_fn would do it too, but is unsafe in
    # a process with threads, which Prefect's workers are. `ulimit -f` counts blocks of 512 bytes (POSIX). The
    # CPU limit ends an ffmpeg whose parent was killed before it could enforce the time limit.
    cpu_seconds = int(limits.ffmpeg_timeout_s * (os.cpu_count() or 1)) + 1
    script = (
        f"ulimit -v {limits.ffmpeg_memory_bytes // 1024}; ulimit -f {limits.max_output_bytes // 512}; "
        f'ulimit -t {cpu_seconds}; exec "$@"'
    )
    return ["/bin/sh", "-c", script, "ffmpeg", *arguments]


@contextmanager
def _started(arguments: list[str], *, piped: bool) -> Iterator[subprocess.Popen[bytes]]:
    """Start in a process group of its own, and leave nothing of it behind."""
    process = subprocess.Popen(
        arguments,
        stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            _kill_group(process)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None and not stream.closed:
                with suppress(BrokenPipeError):  # ffmpeg was killed with bytes still to read
                    stream.close()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


class _Feeder(Thread):
    """Writes bytes to a pipe while the caller reads; what stopped it early is raised by :meth:`finish`."""

    def __init__(self, pipe: IO[bytes], chunks: Iterable[bytes]) -> None:
        super().__init__(name="ffmpeg-feed", daemon=True)
        self._pipe = pipe
        self._chunks = chunks
        self._error: Exception | None = None

    def run(self) -> None:
        """Write everything, then close the pipe."""
        try:
            # BrokenPipeError: ffmpeg ended early, and its exit status tells why.
            with suppress(BrokenPipeError), self._pipe:
                for chunk in self._chunks:
                    self._pipe.write(chunk)
        except Exception as error:  # whatever the caller's generator raises, handed back in its own thread
            self._error = error

    def finish(self) -> None:
        """Wait for the end of the writing."""
        self.join()
        if self._error is not None:
            raise self._error


def _feed(process: subprocess.Popen[bytes], chunks: Iterable[bytes]) -> _Feeder:
    stdin = process.stdin
    if stdin is None:  # pragma: no cover - _started opened it
        raise RuntimeError("no pipe to feed")
    process.stdin = None  # ours to close; communicate() must not touch it
    feeder = _Feeder(stdin, chunks)
    feeder.start()
    return feeder
