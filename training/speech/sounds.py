"""What a microphone and a platform add to a voice, sounds that are no speech, and Whisper's log-mel picture.

Takes sound at 16 kHz; gives sound at 16 kHz, and features as faster-whisper computes them. Everything is drawn from
the generator given, so that a seed always gives the same sounds.
"""

from __future__ import annotations

import numpy as np
import scipy.fft
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter, resample_poly, sosfilt

Sound = NDArray[np.float32]

RATE = 16_000
"""Hz: what the model hears."""

MELS = 80
HOP = 160
"""Samples from one column of the picture to the next: 10 ms."""

_WINDOW = np.hanning(401)[:-1].astype(np.float32)
_MEL = FeatureExtractor().mel_filters.astype(np.float32)
_FLOOR, _DEPTH = 1e-10, 8.0


def log_mel(sound: Sound) -> NDArray[np.float32]:
    """log10 mel power, shape (80, columns of 10 ms), not yet scaled."""
    padded = np.pad(sound, 200, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, 400)[::HOP][: len(sound) // HOP]
    power = np.abs(scipy.fft.rfft(frames * _WINDOW, axis=1)) ** 2
    picture: NDArray[np.float32] = np.log10(np.maximum(_MEL @ power.T, _FLOOR)).astype(np.float32)
    return picture


def scaled(picture: NDArray[np.float32], top: float) -> NDArray[np.float32]:
    """Whisper's scaling; ``top`` is the loudest value of the whole file."""
    return np.asarray((np.maximum(picture, top - _DEPTH) + 4) / 4, dtype=np.float32)


def brought_down(wave: Sound, rate: int, chance: np.random.Generator) -> Sound:
    """To 16 kHz: well filtered as ffmpeg does, or, one time in six, simply interpolated."""
    if chance.random() < 1 / 6:
        count = int(len(wave) * RATE / rate)
        at = np.arange(count) * (rate / RATE)
        return np.asarray(np.interp(at, np.arange(len(wave)), wave), dtype=np.float32)
    return np.asarray(resample_poly(wave, 320, 441), dtype=np.float32)


def recorded(voice: Sound, chance: np.random.Generator) -> Sound:
    """The voice at a usual or unusual level, in a room, through a microphone and a codec, with noise.

    Levels around those of a platform's gain control (-21 dBFS); one in four is nearly clean.
    """
    loudness = float(np.sqrt(np.mean(voice**2))) + 1e-9
    level = 10 ** (chance.normal(-21, 5) / 20)
    sound = voice * (level / loudness)
    if chance.random() < 0.25:
        length = chance.integers(400, 3200)
        echo = chance.normal(0, 1, length) * np.exp(-np.arange(length) / (length / 5))
        echo *= chance.uniform(0.02, 0.25) / np.sqrt(np.sum(echo**2))
        echo[0] += 1
        sound = fftconvolve(sound, echo)[: len(sound)]
    if chance.random() < 0.25:
        sound = sosfilt(butter(4, chance.uniform(3400, 7600), fs=RATE, output="sos"), sound)
    if chance.random() < 0.15:
        sound = sosfilt(butter(2, chance.uniform(80, 300), "highpass", fs=RATE, output="sos"), sound)
    clean = chance.random() < 0.25
    below = chance.uniform(40, 60) if clean else chance.uniform(14, 50)
    sound = sound + noise(len(sound), level * 10 ** (-below / 20), chance)
    return np.asarray(np.clip(sound, -1, 1), dtype=np.float32)


def noise(count: int, level: float, chance: np.random.Generator) -> Sound:
    """White to brownish noise; ``level`` is its RMS."""
    white = chance.normal(0, 1, count)
    tilt = chance.uniform(0, 0.97)
    coloured = lfilter([1], [1, -tilt], white) if chance.random() < 0.6 else white
    return np.asarray(coloured * (level / (np.sqrt(np.mean(coloured**2)) + 1e-9)), dtype=np.float32)


def music(count: int, chance: np.random.Generator) -> Sound:
    """Chords or a melody with harmonics, and often a beat."""
    sound = np.zeros(count)
    time = np.arange(count) / RATE
    beat = chance.uniform(0.25, 0.8)
    root = chance.uniform(80, 400)
    for number in range(int(count / RATE / beat) + 1):
        first, last = int(number * beat * RATE), min(count, int((number + chance.uniform(0.6, 2)) * beat * RATE))
        if last - first < 100:
            continue
        here = time[first:last] - time[first]
        for note in chance.choice((0, 2, 4, 5, 7, 9, 11, 12), chance.integers(1, 5)):
            pitch = root * 2 ** (note / 12)
            for harmonic in range(1, int(chance.integers(2, 8))):
                swell = np.exp(-here * chance.uniform(0.5, 6)) / harmonic ** chance.uniform(0.7, 2)
                sound[first:last] += swell * np.sin(2 * np.pi * pitch * harmonic * here)
        if chance.random() < 0.7:
            hit = chance.normal(0, 1, last - first) * np.exp(-here * chance.uniform(20, 80))
            sound[first:last] += chance.uniform(0.5, 3) * hit
    return np.asarray(sound * (10 ** (chance.uniform(-35, -12) / 20) / (np.sqrt(np.mean(sound**2)) + 1e-9)), np.float32)


def nobody(count: int, chance: np.random.Generator) -> Sound:
    """Silence, noise, clicks, hum or music."""
    kind = chance.choice(("silence", "noise", "hum", "clicks", "music", "music"))
    if kind == "silence":
        return np.zeros(count, np.float32)
    quiet = noise(count, 10 ** (chance.uniform(-75, -22) / 20), chance)
    if kind == "music":
        quiet = quiet * 0.1 + music(count, chance)
    if kind == "hum":
        time = np.arange(count) / RATE
        hum = sum(np.sin(2 * np.pi * chance.choice((50, 60, 440, 1000)) * k * time) / k for k in range(1, 4))
        quiet = quiet + np.asarray(hum * 10 ** (chance.uniform(-60, -25) / 20), np.float32)
    if kind == "clicks":
        for at in chance.integers(0, max(1, count - 800), chance.integers(3, 40)):
            quiet[at : at + 800] += noise(800, chance.uniform(0.01, 0.2), chance) * np.exp(-np.arange(800) / 120)
    return np.clip(quiet, -1, 1).astype(np.float32)
