"""The telephone: band, sampling rate, companding, noise on the line, leakage between the parties."""

from __future__ import annotations

import numpy as np

from generator.dialogue import ROLES, Dialogue
from generator.speech import SAMPLE_RATE_HZ, Audio
from generator.timeline import Timeline

LINE_RATE_HZ = 8_000
PASS_HZ = (300.0, 3_400.0)
EDGE_HZ = (150.0, 250.0)
"""Width of the slopes below and above the band (G.712 asks for about these)."""
COMFORT_NOISE_DB = (-60.0, -55.0)
MU = 255.0


def record(timeline: Timeline, dialogue: Dialogue, seed: int) -> Audio:
    """The call as the recorder hears it: samples × channels at ``LINE_RATE_HZ``, within ±1."""
    draw = np.random.default_rng(list(f"{seed}:{dialogue.call_id}".encode()))
    clean = {role: to_line(timeline.track(role, dialogue.levels_db[role])) for role in ROLES}
    heard = {}
    for role, other in zip(ROLES, reversed(ROLES), strict=True):
        track = clean[role] + _noise(
            len(clean[role]), float(draw.uniform(*COMFORT_NOISE_DB)), draw, pink=False
        )
        if dialogue.snr_db is not None:
            track += _noise(len(track), dialogue.levels_db[role] - dialogue.snr_db, draw, pink=True)
        if dialogue.crosstalk_db is not None:
            track += clean[other] * 10 ** (dialogue.crosstalk_db / 20)
        heard[role] = track
    if dialogue.layout == "mono":
        return companded(sum(heard.values()))[:, None]
    order = sorted(ROLES, key=dialogue.channel_of)
    return np.stack([companded(heard[role]) for role in order], axis=1)


def to_line(audio: Audio) -> Audio:
    """Band-passed and brought from ``SAMPLE_RATE_HZ`` to ``LINE_RATE_HZ``, by cutting the spectrum."""
    length = len(audio) * LINE_RATE_HZ // SAMPLE_RATE_HZ
    padded = length + LINE_RATE_HZ
    spectrum = np.fft.rfft(audio, padded * SAMPLE_RATE_HZ // LINE_RATE_HZ)[: padded // 2 + 1]
    spectrum *= _band(len(spectrum))
    scaled = np.fft.irfft(spectrum, padded)[:length] * (LINE_RATE_HZ / SAMPLE_RATE_HZ)
    return scaled.astype(np.float32)


def companded(audio: Audio) -> Audio:
    """Through 8-bit μ-law and back, as every telephone call goes."""
    clipped = np.clip(audio, -0.98, 0.98)
    pressed = np.sign(clipped) * np.log1p(MU * np.abs(clipped)) / np.log1p(MU)
    steps = np.round(pressed * 127) / 127
    return (np.sign(steps) * np.expm1(np.abs(steps) * np.log1p(MU)) / MU).astype(np.float32)


def _band(bins: int) -> Audio:
    hz = np.linspace(0, LINE_RATE_HZ / 2, bins)
    rise = np.clip((hz - PASS_HZ[0] + EDGE_HZ[0]) / EDGE_HZ[0], 0, 1)
    fall = np.clip((PASS_HZ[1] + EDGE_HZ[1] - hz) / EDGE_HZ[1], 0, 1)
    return (np.sin(np.pi / 2 * np.minimum(rise, fall)) ** 2).astype(np.float32)


def _noise(length: int, level_db: float, draw: np.random.Generator, *, pink: bool) -> Audio:
    bins = length // 2 + 1
    spectrum = draw.standard_normal(bins) + 1j * draw.standard_normal(bins)
    spectrum *= _band(bins)
    if pink:
        spectrum /= np.sqrt(np.maximum(np.arange(bins), 1))
    noise = np.fft.irfft(spectrum, length)
    return (noise * 10 ** (level_db / 20) / np.sqrt((noise**2).mean())).astype(np.float32)
