"""What a line carries besides speech, made from scratch: silence, noise, tones, and hold music of several kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.spliced_calls import RATE, Floats, band, through_telephone
from qa_pipeline.audio.base import Pcm

Maker = Callable[[Floats, np.random.Generator], Floats]
"""Samples from a time axis (s)."""

_MAJOR, _MINOR = (0, 4, 7), (0, 3, 7)
_PROGRESSION = ((0, _MAJOR), (9, _MINOR), (5, _MAJOR), (7, _MAJOR))
"""I vi IV V: root in semitones over C, and the chord's tones."""


def _noise(time: Floats, rng: np.random.Generator, power: float) -> Floats:
    """Noise whose power falls with frequency to the ``power``."""
    spectrum = np.fft.rfft(rng.standard_normal(len(time)))
    spectrum[1:] /= np.arange(1, len(spectrum)) ** (power / 2)
    noise = np.fft.irfft(spectrum, len(time))
    return np.asarray(noise / noise.std())


def _tone(time: Floats, hz: float, on: float = 1.0, every: float = 1.0) -> Floats:
    return np.asarray(np.sin(2 * np.pi * hz * time) * (time % every < on))


def _keys(time: Floats, rng: np.random.Generator) -> Floats:
    low, high = (697, 770, 852, 941), (1209, 1336, 1477)
    made = np.zeros(len(time))
    for start in np.arange(0.0, time[-1], 0.25):
        pressed = (time >= start) & (time < start + 0.1)
        for hz in (rng.choice(low), rng.choice(high)):
            made[pressed] += np.sin(2 * np.pi * hz * time[pressed])
    return made


def _notes(
    time: Floats, notes: list[tuple[float, float, float]], partials: tuple[float, ...], decay: float
) -> Floats:
    """Notes (start s, length s, Hz) with the given strengths of their partials, fading by ``decay`` a second."""
    made = np.zeros(len(time))
    for start, length, hz in notes:
        inside = slice(int(start * RATE), min(len(time), int((start + length) * RATE)))
        since = time[inside] - start
        if not len(since):
            continue
        envelope = (
            np.minimum(1, since / 0.015) * np.exp(-decay * since) * np.minimum(1, (since[-1] - since) / 0.03)
        )
        phase = 2 * np.pi * hz * since + (0 if decay > 1 else 1.5 * np.sin(2 * np.pi * 5.5 * since))
        made[inside] += envelope * sum(g * np.sin(k * phase) for k, g in enumerate(partials, start=1))
    return made


def _hz(semitones: float) -> float:
    return float(261.63 * 2 ** (semitones / 12))


def _chords(time: Floats, bar: float, octave: int = 0) -> list[tuple[float, float, float]]:
    return [
        (start, bar, _hz(root + tone + 12 * octave))
        for number, start in enumerate(np.arange(0.0, time[-1], bar))
        for root, tones in (_PROGRESSION[number % 4],)
        for tone in tones
    ]


def _melody(time: Floats, beat: float, rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """A walk over the pentatonic scale in beats and half beats."""
    scale, place, start = (0, 2, 4, 7, 9, 12, 14, 16, 19), 4, 0.0
    notes = []
    while start < time[-1]:
        length = beat * float(rng.choice([0.5, 1, 2], p=[0.4, 0.45, 0.15]))
        place = int(np.clip(place + rng.integers(-2, 3), 0, len(scale) - 1))
        notes.append((start, length, _hz(scale[place])))
        start += length
    return notes


def _drums(time: Floats, beat: float, rng: np.random.Generator) -> Floats:
    kick = np.sin(2 * np.pi * 60 * (time % (2 * beat))) * np.exp(-12 * (time % (2 * beat)))
    hat = rng.standard_normal(len(time)) * np.exp(-50 * (time % (beat / 2))) * 0.3
    return np.asarray(kick + hat)


def _piano(time: Floats, rng: np.random.Generator) -> Floats:
    partials = (1.0, 0.5, 0.3, 0.15, 0.1)
    return _notes(time, _chords(time, 2.0, -1), partials, 1.5) * 0.5 + _notes(
        time, _melody(time, 0.5, rng), partials, 3.0
    )


def _band(time: Floats, rng: np.random.Generator) -> Floats:
    organ = _notes(time, _chords(time, 1.6), (1.0, 0.7, 0.4, 0.3), 0.0) * 0.3
    lead = _notes(time, _melody(time, 0.4, rng), (1.0, 0.8, 0.6, 0.4, 0.3), 2.0)
    return organ + lead + _drums(time, 0.4, rng)


def _strings(time: Floats, rng: np.random.Generator) -> Floats:
    partials = tuple(1 / k for k in range(1, 9))
    return _notes(time, _chords(time, 3.0), partials, 0.0) + _notes(
        time, _melody(time, 1.5, rng), partials, 0.2
    )


def _flute(time: Floats, rng: np.random.Generator) -> Floats:
    return _notes(time, _melody(time, 0.8, rng), (1.0, 0.15, 0.05), 0.3) + 0.02 * rng.standard_normal(
        len(time)
    )


def _arpeggio(time: Floats, rng: np.random.Generator) -> Floats:
    notes = [
        (start + number * 0.2, 0.2, hz * 2)
        for number, (start, _, hz) in enumerate(sorted(_chords(time, 0.6), key=lambda n: n[0]))
        if start + number * 0.2 < time[-1]
    ]
    return _notes(time, notes, tuple(1 / k for k in range(1, 12, 2)), 4.0) + 0.5 * _drums(time, 0.3, rng)


def _choir(time: Floats, rng: np.random.Generator) -> Floats:
    """Sung vowels: harmonics under the formants of a, with vibrato; the music nearest to a voice."""
    partials = tuple(
        sum(np.exp(-((k * 260 - f) ** 2) / (2 * w**2)) for f, w in ((800, 120), (1200, 150), (2600, 250)))
        + 0.1 / k
        for k in range(1, 13)
    )
    return _notes(time, _chords(time, 2.5), tuple(float(p) for p in partials), 0.0)


KINDS: dict[str, Maker] = {
    "silence": lambda time, rng: np.zeros(len(time)),
    "comfort noise -58": lambda time, rng: _noise(time, rng, 0) * 0.00126,
    "white noise": lambda time, rng: _noise(time, rng, 0) * 0.03,
    "pink noise": lambda time, rng: _noise(time, rng, 1) * 0.05,
    "rumble": lambda time, rng: _noise(time, rng, 2) * 0.1,
    "mains hum": lambda time, rng: sum(_tone(time, 50.0 * k) / k for k in (1, 3, 5, 7, 9)) * 0.05,  # type: ignore[return-value]
    "noise in bursts": lambda time, rng: (
        _noise(time, rng, 0.5) * 0.1 * (np.sin(2 * np.pi * 0.7 * time) > 0.3)
    ),
    "clicks": lambda time, rng: rng.standard_normal(len(time)) * np.exp(-400 * (time % 0.83)) * 0.3,
    "ring-back": lambda time, rng: _tone(time, 450, 1, 5) * 0.1,  # GB 3380: 450 Hz, 1 s on, 4 s off
    "busy": lambda time, rng: _tone(time, 450, 0.35, 0.7) * 0.1,
    "keys (DTMF)": lambda time, rng: _keys(time, rng) * 0.1,
    "fax": lambda time, rng: _tone(time, 1100, 0.5, 3.5) * 0.1 + _tone(time + 1.7, 2100, 2.6, 3.5) * 0.1,
    "steady tone": lambda time, rng: _tone(time, 440) * 0.1,
    "sweep": lambda time, rng: np.sin(2 * np.pi * (300 + 1200 * np.sin(np.pi * time / 4) ** 2) * time) * 0.05,
    "music: piano": _piano,
    "music: band with drums": _band,
    "music: strings": _strings,
    "music: flute": _flute,
    "music: arpeggio": _arpeggio,
    "music: choir": _choir,
}


def one(kind: str, seconds: float, seed: int) -> Pcm:
    """A stretch of one kind as the line passes it on, 16 kHz; music at -20 dB relative to full scale."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * RATE) // 4 * 4) / RATE
    samples = KINDS[kind](time, rng)
    if kind.startswith("music"):
        samples = samples * 0.1 / np.sqrt((samples**2).mean())
    return through_telephone(band(samples))


def hour(minutes: float) -> Iterator[tuple[str, Pcm]]:
    """All kinds, together ``minutes`` long, each in stretches of at most a minute."""
    each = minutes / len(KINDS)
    for kind in KINDS:
        left, seed = each, 0
        while left > 0.01:
            yield kind, one(kind, min(1.0, left) * 60, seed)
            left -= 1.0
            seed += 1
