"""Short two-channel calls spliced from human recordings, with known times."""

from __future__ import annotations

import wave
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

DATA = Path(__file__).parent / "data" / "aishell3"
RATE = 16_000


def read(name: str) -> npt.NDArray[np.int16]:
    """One utterance, shape ``(num_samples,)``, 16 kHz."""
    with av.open(str(DATA / f"{name}.flac")) as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    return np.concatenate(frames).astype(np.int16)


NAMES = tuple(sorted(p.stem for p in DATA.glob("*.flac")))


def write_call(path: Path, agent: str, customer: str, *, pause_s: float = 0.6) -> Path:
    """Agent on channel 0 speaks first, then the customer on channel 1, then the agent again."""
    pause = round(pause_s * RATE)
    first, second = read(agent), read(customer)
    total = pause * 4 + 2 * len(first) + len(second)
    samples = np.zeros((total, 2), np.int16)
    at = pause
    samples[at : at + len(first), 0] = first
    at += len(first) + pause
    samples[at : at + len(second), 1] = second
    at += len(second) + pause
    samples[at : at + len(first), 0] = first
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return path
