"""Two-channel calls with exactly known times: human utterances spliced, sent through a telephone chain, and disturbed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

RATE = 16_000
Floats = npt.NDArray[np.float64]
Times = list[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What happens to a call. Levels in dB relative to full scale; speech is the mean level while speaking."""

    name: str
    speech_db: tuple[float, float] = (-22, -22)
    noise_db: tuple[float, float] = (-60, -60)
    white: bool = False
    crosstalk_db: float | None = None
    hum_db: float | None = None
    clicks: int = 0
    breaths: int = 0


LINES = (
    Line(name="clean"),
    Line(name="noise -50", noise_db=(-50, -50)),
    Line(name="hiss -40", noise_db=(-40, -42), white=True),
    Line(name="hiss -55", noise_db=(-55, -57), white=True),
    Line(name="SNR 12 dB", noise_db=(-34, -34)),
    Line(name="quiet -35", speech_db=(-35, -35), noise_db=(-62, -62)),
    Line(name="quiet, noise", speech_db=(-35, -33), noise_db=(-52, -55)),
    Line(name="loud -10", speech_db=(-12, -10)),
    Line(name="unequal", speech_db=(-12, -32)),
    Line(name="crosstalk -25", crosstalk_db=-25),
    Line(name="same, noise", crosstalk_db=-20, noise_db=(-50, -50)),
    Line(name="same, unequal", crosstalk_db=-25, speech_db=(-14, -32), noise_db=(-58, -58)),
    Line(name="crosstalk -12", crosstalk_db=-12, noise_db=(-55, -55)),
    Line(name="clicks", clicks=20, noise_db=(-55, -55)),
    Line(name="breaths", breaths=10, noise_db=(-55, -55)),
    Line(name="hum -35", hum_db=-35, noise_db=(-55, -55)),
)


def utterances(folder: Path) -> list[Floats]:
    """The recordings of a folder, in order of name, scaled to one."""
    found = []
    for path in sorted(folder.glob("*.flac")):
        with av.open(str(path)) as container:
            frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
        found.append(np.concatenate(frames).astype(float) / 32768)
    return found


def speech_times(samples: Floats) -> Times:
    """Where a studio recording holds speech, in milliseconds: at most 28 dB under its loud parts and 8 dB over its room.

    Pauses under 300 ms belong to the speech, as they do for the product.
    """
    blocks = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    level = 10 * np.log10((blocks**2).mean(axis=1) + 1e-10)
    active = level > max(np.percentile(level, 95) - 28, np.percentile(level, 5) + 8)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(int), [0]])))
    runs = [(int(a) * 10, int(b) * 10) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= 3]
    return [t for t in joined(runs) if t[1] - t[0] >= 80]


def joined(times: Times, gap_ms: int = 300) -> Times:
    """Neighbours less than ``gap_ms`` apart become one."""
    found: Times = []
    for start, end in sorted(times):
        if found and start - found[-1][1] < gap_ms:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def band(samples: Floats, low: float = 300, high: float = 3400) -> Floats:
    """The telephone band."""
    spectrum = np.fft.rfft(samples)
    frequencies = np.fft.rfftfreq(len(samples), 1 / RATE)
    spectrum[(frequencies < low) | (frequencies > high)] = 0
    return np.fft.irfft(spectrum, len(samples))


def through_telephone(samples: Floats) -> npt.NDArray[np.int16]:
    """8 kHz and mu-law and back to 16 kHz."""
    size = len(samples) // 4 * 4
    narrow = np.fft.irfft(np.fft.rfft(samples[:size])[: size // 4 + 1], size // 2) / 2
    scaled = np.clip(narrow, -1, 1)
    coded = np.round(np.sign(scaled) * np.log1p(255 * np.abs(scaled)) / np.log(256) * 127) / 127
    decoded = np.sign(coded) * np.expm1(np.abs(coded) * np.log(256)) / 255
    spectrum = np.zeros(size // 2 + 1, complex)
    spectrum[: size // 4 + 1] = np.fft.rfft(decoded)
    return (np.clip(2 * np.fft.irfft(spectrum, size), -1, 1) * 32767).astype(np.int16)


def call(
    material: list[Floats], line: Line, seed: int, *, turns: int = 14, interrupts: float = 0.35
) -> tuple[list[npt.NDArray[np.int16]], list[Times]]:
    """Both channels at 16 kHz, and per channel where its party speaks.

    Two parties take turns with pauses of 0.3 to 7 s; a share of the turns begins 0.4 to 1.5 s before the other has ended.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(material))
    parties = (order[: len(order) // 2], order[len(order) // 2 :])
    events, now, ends = [], 1.0, [0.0, 0.0]
    for turn in range(turns):
        party, number = turn % 2, int(parties[turn % 2][turn // 2 % len(parties[0])])
        pause = rng.choice([rng.uniform(0.3, 1.2), rng.uniform(2, 7)], p=[0.75, 0.25])
        start = now - rng.uniform(0.4, 1.5) if turn and rng.random() < interrupts else now + pause
        start = round(max(start, ends[party] + 0.5), 2)
        ends[party] = start + len(material[number]) / RATE
        now = max(now, ends[party])
        events.append((party, start, number))
    size = int((now + 2) * RATE) // 4 * 4
    dry, times = [np.zeros(size), np.zeros(size)], [[], []]  # type: tuple[list[Floats], list[Times]]
    for party, start, number in events:
        samples = band(material[number])
        spoken = speech_times(
            samples
        )  # what the line carries: a hiss above its band is over when it can't be heard
        heard = np.concatenate([samples[a * 16 : b * 16] for a, b in spoken])
        samples = samples * 10 ** (line.speech_db[party] / 20) / np.sqrt((heard**2).mean())
        at = int(start * RATE)
        dry[party][at : at + len(samples)] += samples
        times[party] += [(a + round(start * 1000), b + round(start * 1000)) for a, b in spoken]
    lag = 16 * int(rng.integers(0, 3))
    wet = [_disturbed(dry[c], dry[1 - c], line, c, lag, rng) for c in (0, 1)]
    return [through_telephone(samples) for samples in wet], [joined(t) for t in times]


def _disturbed(
    own: Floats, other: Floats, line: Line, party: int, lag: int, rng: np.random.Generator
) -> Floats:
    size = len(own)
    samples = own.copy()
    if line.crosstalk_db is not None:
        samples += 10 ** (line.crosstalk_db / 20) * np.roll(other, lag)
    noise = rng.standard_normal(size)
    if line.white:
        noise *= 2**0.5  # half of it lies above 4 kHz and does not arrive
    else:
        spectrum = np.fft.rfft(noise)
        spectrum[1:] /= np.sqrt(np.fft.rfftfreq(size, 1 / RATE)[1:])
        noise = np.fft.irfft(spectrum, size)
        noise = band(noise / noise.std())
    samples += noise * 10 ** (line.noise_db[party] / 20)
    if line.hum_db is not None:
        samples += np.sin(2 * np.pi * 50 * np.arange(size) / RATE) * 10 ** (line.hum_db / 20)
    for _ in range(line.clicks):
        at = int(rng.integers(0, size - 200))
        samples[at : at + 80] += rng.standard_normal(80) * 0.3 * np.exp(-np.arange(80) / 20)
    for _ in range(line.breaths):
        at, length = int(rng.integers(0, size - 8000)), int(rng.uniform(0.2, 0.45) * RATE)
        breath = band(rng.standard_normal(length), 500, 3000) * np.hanning(length)
        samples[at : at + length] += breath * 10 ** ((line.speech_db[party] - 22) / 20)
    return samples


def sounds(seconds: int = 60) -> dict[str, npt.NDArray[np.int16]]:
    """What a line carries besides speech: ring-back, keys, music, noise."""
    rng = np.random.default_rng(7)
    time = np.arange(seconds * RATE) / RATE
    ring = np.sin(2 * np.pi * 450 * time) * (time % 5 < 1) * 0.1  # GB 3380: 450 Hz, 1 s on, 4 s off
    keys = (np.sin(2 * np.pi * 770 * time) + np.sin(2 * np.pi * 1336 * time)) * (time % 0.4 < 0.1) * 0.1
    beat = 0.5
    scale = 261.6 * 2 ** (np.array([0, 2, 4, 7, 9, 12, 14, 16]) / 12)
    notes = np.repeat(rng.choice(scale, int(seconds / beat)), int(beat * RATE))[: len(time)]
    decay = np.exp(-4 * (time % beat))
    melody = sum(np.sin(2 * np.pi * k * np.cumsum(notes) / RATE) / k for k in (1, 2, 3, 4, 5)) * decay
    chords = sum(np.sin(2 * np.pi * f * time) for f in (196.0, 246.9, 293.7, 392.0)) * 0.2
    drum = rng.standard_normal(len(time)) * np.exp(-30 * (time % beat)) * 0.5
    strings = sum(
        np.sin(2 * np.pi * f * k * time + 5 * np.sin(2 * np.pi * 5.5 * time)) / k
        for f in (220.0, 277.2, 329.6)
        for k in (1, 2, 3, 4, 5, 6)
    )
    made = {
        "ring-back tone": ring,
        "keys (DTMF)": keys,
        "steady tone": np.sin(2 * np.pi * 440 * time) * 0.2,
        "music: plucked melody": melody * 0.1,
        "music: band": (melody + chords + drum) * 0.07,
        "music: strings with vibrato": strings * 0.03,
        "noise -30": rng.standard_normal(len(time)) * 0.03,
    }
    return {name: through_telephone(band(samples)) for name, samples in made.items()}
