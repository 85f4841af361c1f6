"""What speech recognition is measured on: human sentences spliced into calls, and the sample calls, with their words."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.spliced_calls import RATE, Floats, band, through_telephone, utterances
from qa_pipeline.audio import activity
from qa_pipeline.audio.base import Pcm
from qa_pipeline.audio.decode import PyAvReader
from qa_pipeline.audio.silero import SileroVad
from qa_pipeline.domain.time import Span

SAMPLES = Path(__file__).resolve().parent.parent / "sample_audio"
NOISY_SAMPLE = "c06_promise_noisy"
CHAINS: dict[str, float | None] = {"telephone": None, "SNR 20 dB": 20, "SNR 12 dB": 12, "SNR 6 dB": 6}
"""Signal to noise ratio of each telephone chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A recording and what is said in it, per channel."""

    name: str
    groups: tuple[str, ...]
    """Per channel: the line of the table that its errors count in."""
    channels: tuple[Pcm, ...]
    activity: tuple[tuple[Span, ...], ...]
    said: tuple[str, ...]

    @property
    def seconds(self) -> float:
        """Length of the recording."""
        return len(self.channels[0]) / RATE


def voices_folder() -> Path | None:
    """Where the human sentences lie (``QA_SHARED_DATA``), if they are there."""
    place = os.environ.get("QA_SHARED_DATA")
    folder = Path(place) / "aishell3_30" if place else None
    return folder if folder and (folder / "text.tsv").is_file() else None


def human(folder: Path, *, seeds: int) -> Iterator[Spoken]:
    """The 30 sentences in random order on the two channels of a call, clean and through every chain.

    Args:
        folder: holds the sentences and ``text.tsv``.
        seeds: how many orders; errors of one order depend on who sits beside whom.
    """
    rows = [row.split("\t") for row in (folder / "text.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    texts = {row[0]: row[2] for row in rows}
    said = [texts[path.name] for path in sorted(folder.glob("*.flac"))]
    material = [_levelled(samples) for samples in utterances(folder)]
    for seed in range(seeds):
        yield _spliced("clean", seed, material, said)
        narrow = [band(samples) for samples in material]
        for name, snr_db in CHAINS.items():
            yield _spliced(name, seed, narrow, said, snr_db=snr_db)


def _levelled(samples: Floats) -> Floats:
    """To -22 dB over the loud half of its 20 ms blocks."""
    power = (samples[: len(samples) // 320 * 320].reshape(-1, 320) ** 2).mean(axis=1)
    return samples * 10 ** (-22 / 20) / np.sqrt(power[power >= np.median(power)].mean())


def _spliced(
    name: str, seed: int, material: list[Floats], said: list[str], *, snr_db: float | None = None
) -> Spoken:
    rng = np.random.default_rng(seed)
    order = [int(number) for number in rng.permutation(len(material))]
    starts, now = [], 1.0
    for number in order:
        now += rng.uniform(0.3, 1.2) if rng.random() < 0.75 else rng.uniform(2, 7)
        starts.append(round(now * RATE))
        now += len(material[number]) / RATE
    size = int((now + 2) * RATE) // 4 * 4
    tracks = np.zeros((2, size))
    words: tuple[list[str], list[str]] = ([], [])
    for place, (number, start) in enumerate(zip(order, starts, strict=True)):
        tracks[place % 2, start : start + len(material[number])] += material[number]
        words[place % 2].append(said[number])
    for track in tracks:
        noise = _pink(size, rng)
        track += noise * 10 ** ((-62 if snr_db is None else -22 - snr_db) / 20) / noise.std()
    channels = tuple(
        (np.clip(track, -1, 1) * 32767).astype(np.int16) if name == "clean" else through_telephone(track)
        for track in tracks
    )
    found = activity.find_activity(channels, SileroVad(), same_signal=False, duration_ms=size // 16)
    return Spoken(
        name=f"{name}, order {seed}",
        groups=(f"human {name}",) * 2,
        channels=channels,
        activity=found,
        said=("".join(words[0]), "".join(words[1])),
    )


def samples(reader: PyAvReader) -> Iterator[Spoken]:
    """The sample calls; the two-channel ones also with both channels on one, as many centres record."""
    for path in sorted(SAMPLES.iterdir()):
        truth_path = SAMPLES / "truth" / f"{path.stem}.json"
        if not truth_path.is_file():
            continue
        truth = json.loads(truth_path.read_text(encoding="utf-8"))
        lines = sorted(truth["lines"], key=lambda line: int(line["start_ms"]))
        with reader.open(path) as decoded:
            channels = tuple(np.array(channel) for channel in decoded.channels)
            spoken = decoded.facts.activity
        if len(channels) == 1:
            yield _one_channel(path.stem, "samples, mono", channels[0], spoken[0], lines)
            continue
        noisy = " noisy" if path.stem == NOISY_SAMPLE else ""
        roles = ["customer", "customer"]
        roles[truth["agent_channel"]] = "agent"
        yield Spoken(
            name=path.stem,
            groups=tuple(f"samples,{noisy} {role}" for role in roles),
            channels=channels,
            activity=spoken,
            said=tuple(
                "".join(line["text"] for line in lines if line["channel"] == channel) for channel in (0, 1)
            ),
        )
        mixed = (sum(channel.astype(np.int32) for channel in channels) // 2).astype(np.int16)
        found = activity.find_activity(
            [mixed], SileroVad(), same_signal=False, duration_ms=len(mixed) * 1000 // RATE
        )
        yield _one_channel(f"{path.stem}, mixed", "samples, mixed to mono", mixed, found[0], lines)


def _pink(size: int, rng: np.random.Generator) -> Floats:
    """Noise of a line: as much power in every octave, within the telephone band."""
    spectrum = np.fft.rfft(rng.standard_normal(size))
    spectrum[1:] /= np.sqrt(np.fft.rfftfreq(size, 1 / RATE)[1:])
    return band(np.fft.irfft(spectrum, size))


def _one_channel(
    name: str, group: str, channel: Pcm, spoken: tuple[Span, ...], lines: list[dict[str, str]]
) -> Spoken:
    return Spoken(
        name=name,
        groups=(group,),
        channels=(channel,),
        activity=(spoken,),
        said=("".join(line["text"] for line in lines),),
    )
