"""How well speech is told from the rest: ``python -m benchmarks.voice_activity [calls per line, default 3]``.

Human utterances (folder named by QA_SHARED_DATA, in it ``aishell3_30``) are spliced into calls with known
times and sent over sixteen kinds of lines. Three detectors are compared: Silero forwards with its own
settings, level alone, and the product.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.spliced_calls import LINES, Times, band, call, joined, sounds, through_telephone, utterances
from qa_pipeline.audio import activity, leakage
from qa_pipeline.audio.base import Pcm
from qa_pipeline.audio.silero import SileroVad

Detector = Callable[[list[Pcm]], list[Times]]
VAD = SileroVad()


def product(channels: list[Pcm]) -> list[Times]:
    """What the product does."""
    duration_ms = len(channels[0]) // 16
    found = activity.find_activity(channels, VAD, same_signal=False, duration_ms=duration_ms)
    return [[(span.start_ms, span.end_ms) for span in spans] for spans in found]


def silero_forwards(channels: list[Pcm]) -> list[Times]:
    """Silero alone: on at 0.5, off at 0.35."""
    found = []
    for samples in channels:
        times: Times = []
        start = None
        for number, probability in enumerate([*VAD.probabilities(samples), 0.0]):
            if start is None and probability >= 0.5:
                start = number
            elif start is not None and probability < 0.35:
                times.append((start * 32, number * 32))
                start = None
        found.append([t for t in joined(times) if t[1] - t[0] >= 120])
    return found


def level_alone(channels: list[Pcm]) -> list[Times]:
    """At least 10 dB over the 15th percentile and at most 32 dB under the 95th."""
    found = []
    for samples in channels:
        level = activity.band_level_db(samples)
        active = level > max(np.percentile(level, 15) + 10, np.percentile(level, 95) - 32)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(int), [0]])))
        runs = [(int(a) * 10, int(b) * 10) for a, b in zip(edges[::2], edges[1::2], strict=True)]
        found.append([t for t in joined(runs) if t[1] - t[0] >= 120])
    return found


def mask(times: Times, size: int) -> npt.NDArray[np.bool_]:
    """Ten milliseconds an entry."""
    found = np.zeros(size, dtype=np.bool_)
    for start, end in times:
        found[start // 10 : end // 10] = True
    return found


class Tally:
    """Errors summed over the calls of one line."""

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.overlaps: list[float] = []
        self.silences: list[float] = []
        self.missed = self.extra = self.speech = self.lost = self.false = self.false_overlap = 0

    def add(self, truth: list[Times], found: list[Times], duration_ms: int) -> None:
        """Compare one call."""
        size = duration_ms // 10 + 1
        real, heard = [mask(t, size) for t in truth], [mask(t, size) for t in found]
        for channel in (0, 1):
            for start, end in truth[channel]:
                if any(a < end and b > start for a, b in found[channel]):
                    self.starts.append(min((a - start for a, _ in found[channel]), key=abs))
                    self.ends.append(min((b - end for _, b in found[channel]), key=abs))
                else:
                    self.missed += 1
            self.extra += sum(
                not any(a < end and b > start for start, end in truth[channel]) for a, b in found[channel]
            )
            self.speech += int(real[channel].sum())
            self.lost += int((real[channel] & ~heard[channel]).sum())
            self.false += int((heard[channel] & ~real[channel]).sum())
        both, both_heard = real[0] & real[1], heard[0] & heard[1]
        for a, b in runs(both, 30):
            self.overlaps.append(10 * (int(both_heard[a - 20 : b + 20].sum()) - (b - a)))
        self.false_overlap += sum(not both[a - 20 : b + 20].any() for a, b in runs(both_heard, 30))
        for a, b in runs(~(real[0] | real[1]), 200):
            if a > 0 and b < size - 2:
                quiet = ~(heard[0] | heard[1])
                longest = max((d - c for c, d in runs(quiet[a - 50 : b + 50], 1)), default=0)
                self.silences.append(10 * (longest - (b - a)))

    def line(self, name: str) -> str:
        """One row of the table."""
        starts, ends = np.abs(self.starts), np.abs(self.ends)
        return (
            f"| {name:22s} | {np.median(starts):3.0f} / {np.percentile(starts, 90):4.0f} "
            f"| {np.median(ends):3.0f} / {np.percentile(ends, 90):4.0f} "
            f"| {self.missed} / {self.extra} of {len(starts) + self.missed} "
            f"| {100 * self.lost / self.speech:4.1f} / {100 * self.false / self.speech:4.1f} "
            f"| {np.median(np.abs(self.overlaps)):4.0f} of {len(self.overlaps)} | {self.false_overlap:3d} "
            f"| {np.median(np.abs(self.silences)):4.0f} / {np.max(np.abs(self.silences)):5.0f} of {len(self.silences)} |"
        )


def runs(active: npt.NDArray[np.bool_], least: int) -> list[tuple[int, int]]:
    """Stretches of at least ``least`` entries."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(int), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= least]


def main() -> int:
    """Print the tables."""
    folder = Path(os.environ.get("QA_SHARED_DATA", "../shared/data")) / "aishell3_30"
    material = utterances(folder)
    if not material:
        print(f"No recordings in {folder}: set QA_SHARED_DATA to the folder that holds aishell3_30.")
        return 2
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    calls = {line.name: [call(material, line, seed) for seed in range(number)] for line in LINES}
    detectors: dict[str, Detector] = {
        "product": product,
        "Silero forwards": silero_forwards,
        "level alone": level_alone,
    }
    for title, detect in detectors.items():
        print(f"\n{title}: milliseconds; median / 90th percentile unless said otherwise")
        print(
            "| line | start | end | missed / extra | speech lost / false % | overlap length off | false overlaps |"
            " silence >= 2 s off, median / most |"
        )
        print("|---|---|---|---|---|---|---|---|")
        total, spent, heard_s = Tally(), 0.0, 0.0
        for name, made in calls.items():
            tally = Tally()
            for channels, truth in made:
                began = time.process_time()
                found = detect(list(channels))
                spent += time.process_time() - began
                heard_s += len(channels[0]) / 16000
                for t in (tally, total):
                    t.add(truth, found, len(channels[0]) // 16)
            print(tally.line(name), flush=True)
        print(total.line("all"))
        print(f"CPU {100 * spent / heard_s:.2f} % of the calls' duration")
    print("\nnot speech: share of 60 s called speech, and notes on how Silero hears it")
    for name, samples in sounds().items():
        (times,) = product([samples])
        forwards = VAD.probabilities(samples)
        print(
            f"| {name:28s} | {sum(b - a for a, b in times) / 600:5.1f} % | median probability {np.median(forwards):.2f} |"
        )
    unrelated = [
        leakage.best_lag(one[at : at + leakage.WINDOW], other[at : at + leakage.WINDOW])[0]
        for one, other in combinations([through_telephone(band(m)).astype(np.float32) for m in material], 2)
        for at in range(0, min(len(one), len(other)) - leakage.WINDOW, leakage.WINDOW)
    ]
    most = np.abs(unrelated)
    print(
        f"\ncorrelation of unrelated voices over 0.5 s: {len(most)} windows, "
        f"median {np.median(most):.2f}, 99th percentile {np.percentile(most, 99):.2f}, most {most.max():.2f}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
