"""How well, how fast and how honestly calls are heard: ``make bench-speech``, or ``python -m benchmarks.speech``.

Compares the product with plain faster-whisper (same model, one channel after the other, beam 5, its own voice activity,
word times) in one run, and prints each figure beside its goal. It hears a fixed
part of the recordings; ``--full`` hears all of them, ``--quick`` less. ``--only PART`` measures one part;
``--json FILE`` also writes the figures to a file. The human sentences come from the folder that ``QA_SHARED_DATA`` names.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

from benchmarks import speech_errors, speech_inventions, speech_material, speech_memory
from benchmarks.speech_errors import Result
from benchmarks.spliced_calls import utterances
from qa_pipeline.asr.faster_whisper import FasterWhisperRecognizer
from qa_pipeline.audio.decode import PyAvReader
from qa_pipeline.settings import Settings

QUICK = ("clean, order 0", "telephone, order 0", "SNR 12 dB, order 0", "c06", "c07", "e03")
"""What the names of recordings begin with."""
SAMPLED = ("c01", "c03", "c05", "c06", "c07", "e01", "e03", "e05", "e07")
"""Every second sample call, and all that are noisy or recorded on one channel."""
SAMPLED_MIXES = ("c02", "c06", "e02", "e06")
HARD = ("SNR", "noisy", "mono")
"""Marks the groups where there must be a tenth fewer errors; elsewhere, not more."""


def is_heard(name: str, extent: str) -> bool:
    """Whether a recording belongs to the part that is heard: ``quick``, ``sampled`` or ``full``."""
    if extent == "full" or (name.endswith("order 0") and extent == "sampled"):
        return True
    if extent == "quick":
        return name.startswith(QUICK)
    return name.startswith(SAMPLED_MIXES if name.endswith("mixed") else SAMPLED)


def recognition(
    folder: Path, recognizer: FasterWhisperRecognizer, settings: Settings, extent: str
) -> dict[str, Any]:
    """Errors and time of both."""
    recordings = chain(
        speech_material.human(folder, seeds=2 if extent == "full" else 1),
        speech_material.samples(PyAvReader(settings)),
    )
    chosen = (r for r in recordings if is_heard(r.name, extent))
    if extent != "full":
        print(f"a part of the recordings ({extent}); --full hears all of them")
    ours, plain = speech_errors.compare(
        chosen, [speech_errors.product(recognizer), speech_errors.plain(settings)]
    )
    _print_errors(ours, plain)
    return {
        "errors_pct": {g: [round(100 * r.rate(g), 2) for r in (ours, plain)] for g in ours.errors},
        "all_pct": [round(100 * r.rate(), 2) for r in (ours, plain)],
        "chars": dict(ours.chars),
        "wall_s": [round(r.wall_s, 1) for r in (ours, plain)],
        "cpu_s": [round(r.cpu_s, 1) for r in (ours, plain)],
        "audio_s": round(ours.audio_s, 1),
        "throughput": round(plain.wall_s / ours.wall_s, 2),
        "throughput_cpu": round(plain.cpu_s / ours.cpu_s, 2),
    }


def _print_errors(ours: Result, plain: Result) -> None:
    print(f"{'character errors, %':32} {'product':>8} {'plain':>8} {'fewer':>8}   goal")
    for group, chars in ours.chars.items():
        a, b = ours.rate(group), plain.rate(group)
        fewer = 100 * (1 - a / b) if b else 0.0
        least = 10 if any(mark in group for mark in HARD) else 0
        print(
            f"{group:32} {100 * a:8.1f} {100 * b:8.1f} {fewer:7.1f}%   >= {least} %"
            f" {'met' if fewer >= least else 'MISSED'}   ({chars} characters)"
        )
    print(f"{'all':32} {100 * ours.rate():8.1f} {100 * plain.rate():8.1f}")
    times, cpu = plain.wall_s / ours.wall_s, plain.cpu_s / ours.cpu_s
    print(
        f"throughput over plain             {times:7.2f} x (processor time {cpu:.2f} x)   goal >= 2.5"
        f" {'met' if times >= 2.5 else 'MISSED'}"
    )
    print(
        f"real time                         {ours.audio_s / ours.wall_s:7.1f} x, plain {plain.audio_s / plain.wall_s:.1f} x"
        " (length of the recordings, not of the channels)"
    )


def memory() -> dict[str, int]:
    """Peak MiB of processes of their own."""
    found = {
        "product": speech_memory.measure("product"),
        "product_4h": speech_memory.measure("product", 4),
        "plain": speech_memory.measure("plain"),
    }
    grown = found["product_4h"] - found["product"]
    print(
        f"peak memory: product {found['product']} MiB, plain {found['plain']} MiB; the same speech six times over"
        f" 4 hours {found['product_4h']} MiB   goal: bounded {'met' if grown < 200 else 'MISSED'}"
    )
    return found


def inventions(folder: Path, recognizer: FasterWhisperRecognizer, minutes: float) -> dict[str, Any]:
    """Characters out of what nobody said."""
    rows = [row.split("\t") for row in (folder / "text.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    texts = {row[0]: row[2] for row in rows}
    said = [texts[path.name] for path in sorted(folder.glob("*.flac"))]
    found = speech_inventions.measure(recognizer, utterances(folder), said, minutes)
    total = sum(found.heard.values())
    print(
        f"invented characters in {minutes:.0f} min of non-speech: {total}   goal 0 {'met' if not total else 'MISSED'}"
    )
    forced = {kind: count for kind, count in found.without_activity.items() if count}
    print(
        f"  where the recogniser is told all of it is speech (30 s of each kind): {sum(forced.values())} unflagged"
        f" {forced or ''}, {found.flagged_without_activity} flagged"
    )
    print(
        f"  where only music plays beside {found.over_music_spoken} characters spoken over it: {found.over_music}"
    )
    return asdict(found)


def roles(quick: bool) -> Any:
    """Roles and boundaries, where that benchmark is there; ``quick``: of every third sample call."""
    if importlib.util.find_spec("benchmarks.speech_roles") is None:
        return None
    module = importlib.import_module("benchmarks.speech_roles")
    return module.measure(quick=quick)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="bench-speech", description=__doc__)
    extent = parser.add_mutually_exclusive_group()
    for name, text in (("quick", "fewer recordings, five minutes of sounds"), ("full", "all recordings")):
        extent.add_argument(f"--{name}", dest="extent", action="store_const", const=name, help=text)
    parser.set_defaults(extent="sampled")
    parser.add_argument("--only", choices=("recognition", "inventions", "memory", "roles"), help="one part")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    chosen = parser.parse_args()
    folder = speech_material.voices_folder()
    if folder is None:
        print("QA_SHARED_DATA must name the folder that holds aishell3_30/text.tsv.", file=sys.stderr)
        sys.exit(2)
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(data_dir=Path(name))
        recognizer = FasterWhisperRecognizer(settings)
        parts: dict[str, Callable[[], Any]] = {
            "recognition": lambda: recognition(folder, recognizer, settings, chosen.extent),
            "inventions": lambda: inventions(folder, recognizer, 5 if chosen.extent == "quick" else 60),
            "memory": memory,
            "roles": lambda: roles(chosen.extent != "full"),
        }
        figures = {part: measure() for part, measure in parts.items() if chosen.only in (None, part)}
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
