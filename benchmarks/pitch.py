"""How well pitch is measured: ``python -m benchmarks.pitch``.

30 AISHELL-3 voices (folder named by QA_SHARED_DATA, in it ``aishell3_30``) as recorded in the studio, and over telephone
lines that cut off everything below 300 Hz. The reference is probabilistic YIN (librosa) on the studio recording; compared
are the product and plain YIN (librosa), which is told by the reference where there is a voice and which of two figures is
the better one.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.spliced_calls import RATE, Floats, band, through_telephone, utterances
from qa_pipeline.audio.pitch import SLOT_MS, pitch_track
from qa_pipeline.domain.time import Span

Figures = npt.NDArray[np.float64]
SLOT = RATE * SLOT_MS // 1000
GROSS_SEMITONES = 3.0
LINES: dict[str, float | None] = {
    "studio": None,
    "telephone": 60.0,
    "telephone, 20 dB": 20.0,
    "telephone, 12 dB": 12.0,
    "telephone, 6 dB": 6.0,
}


def reference(samples: Floats) -> Figures:
    """Per 10 ms the fundamental in Hz, 0 where there is none."""
    import librosa

    hz, voiced, _ = librosa.pyin(
        samples.astype(np.float32), fmin=65, fmax=500, sr=RATE, frame_length=1024, hop_length=RATE // 100
    )
    return np.where(voiced, hz, 0.0)


def yin(samples: npt.NDArray[np.int16], truth: Figures, num_slots: int) -> Figures:
    """Plain YIN every 50 ms; of a tenth of a second the figure nearest to the reference, 0 where that has none."""
    import librosa

    found = librosa.yin(
        samples.astype(np.float32), fmin=65, fmax=500, sr=RATE, frame_length=1024, hop_length=SLOT // 2
    )
    track = np.zeros(num_slots)
    for slot in range(num_slots):
        inside = nearest(truth, slot)
        if len(inside):
            track[slot] = min(
                found[2 * slot : 2 * slot + 2], key=lambda hz: float(semitones(hz, inside).min())
            )
    return track


def over_line(samples: Floats, snr_db: float | None, rng: np.random.Generator) -> npt.NDArray[np.int16]:
    """As it arrives; None is the studio."""
    if snr_db is None:
        return (samples * 32767).astype(np.int16)
    narrow = band(samples)
    narrow *= 0.08 / np.sqrt((narrow**2).mean())
    noise = rng.standard_normal(len(narrow)) * 2**0.5 * 0.08 * 10 ** (-snr_db / 20)
    return through_telephone(narrow + noise)


def nearest(truth: Figures, slot: int) -> Figures:
    """The reference's figures within a tenth of a second."""
    inside = truth[slot * 10 : slot * 10 + 10]
    return inside[inside > 0]


def semitones(one: float | Figures, other: float | Figures) -> Figures:
    """How far apart two frequencies are."""
    return np.asarray(np.abs(12 * np.log2(np.asarray(one) / np.asarray(other))), dtype=np.float64)


def row(name: str, tracks: list[Figures], truths: list[Figures], cpu: float, heard_s: float) -> str:
    """One row: frames kept, gross errors, and how far the voice's median and range come out off."""
    voiced = kept = gross = silent = 0
    medians: list[float] = []
    ranges: list[float] = []
    for track, truth in zip(tracks, truths, strict=True):
        found: list[float] = []
        real: list[float] = []
        for slot, hz in enumerate(track):
            inside = nearest(truth, slot)
            voiced += len(inside) > 0
            if hz > 0 and len(inside):
                kept += 1
                error = float(semitones(hz, inside).min())
                gross += error > GROSS_SEMITONES
            elif hz > 0:
                silent += 1
            if hz > 0:
                found.append(float(hz))
            real.extend(inside)
        medians.append(float(semitones(float(np.median(found)), float(np.median(real)))))
        spans = [12 * np.log2(np.percentile(x, 90) / np.percentile(x, 10)) for x in (found, real)]
        ranges.append(abs(float(spans[0] - spans[1])))
    cells = (
        f"{name:28s}",
        f"{100 * kept / voiced:3.0f} %",
        f"{100 * gross / kept:4.1f} %",
        f"{100 * silent / (kept + silent):4.1f} %",
        f"{np.median(medians):.2f} / {max(medians):.1f}",
        f"{np.median(ranges):.1f}",
        f"{100 * cpu / heard_s:.2f} %",
    )
    return "| " + " | ".join(cells) + " |"


def main() -> int:
    """Print the table."""
    folder = Path(os.environ.get("QA_SHARED_DATA", "../shared/data")) / "aishell3_30"
    material = utterances(folder)
    if not material:
        print(f"No recordings in {folder}: set QA_SHARED_DATA to the folder that holds aishell3_30.")
        return 2
    truths = [reference(samples) for samples in material]
    heard_s = sum(map(len, material)) / RATE
    print(f"{len(material)} voices, {heard_s:.0f} s; wrong: more than {GROSS_SEMITONES:g} semitones off")
    print(
        "| line | voiced slots kept | wrong | no voice there | median off, semitones, median / most | range off | CPU |"
    )
    print("|---|---|---|---|---|---|---|")
    rng = np.random.default_rng(0)
    for line, snr_db in LINES.items():
        heard = [over_line(samples, snr_db, rng) for samples in material]
        began = time.process_time()
        product = [
            np.array(pitch_track(h, [Span(start_ms=0, end_ms=len(h) // 16)]), dtype=np.float64) for h in heard
        ]
        spent = time.process_time() - began
        print(row(line, product, truths, spent, heard_s), flush=True)
        began = time.process_time()
        plain = [yin(h, t, len(p)) for h, t, p in zip(heard, truths, product, strict=True)]
        spent = time.process_time() - began
        print(row(f"{line}: YIN, voicing given", plain, truths, spent, heard_s), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
