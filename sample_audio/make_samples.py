"""Makes the sample calls from their texts: ``python sample_audio/make_samples.py`` (needs the extra ``[samples]``)."""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from generator.dialogue import Dialogue, DialogueError, Line, load_dialogue  # noqa: E402
from generator.encode import read_audio, write_audio  # noqa: E402
from generator.speech import Audio, Speaker  # noqa: E402
from generator.telephone import LINE_RATE_HZ, record  # noqa: E402
from generator.timeline import lay_out  # noqa: E402
from generator.truth import CSV_COLUMNS, Json, csv_row, truth  # noqa: E402

DEFAULT_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "qa_pipeline_samples"
MAX_SHIFT_MS = 30
"""A codec may delay the sound by this much at most, or the truth's times would be wrong."""


def main(arguments: list[str] | None = None) -> int:
    """Make all calls of a folder of texts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, default=HERE / "texts", help="folder of dialogue files")
    parser.add_argument("--out", type=Path, default=HERE, help="folder for audio, truth/ and calls.csv")
    parser.add_argument("--seed", type=int, default=20261101, help="decides open pauses and noise")
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE, help="folder that keeps spoken lines")
    parser.add_argument("--only", default="", help="make only the calls whose id contains this")
    options = parser.parse_args(arguments)
    try:
        dialogues = [load_dialogue(path) for path in sorted(options.texts.glob("*.yaml"))]
    except DialogueError as error:
        print(error, file=sys.stderr)
        return 2
    if not dialogues:
        print(f"no dialogue files in {options.texts}", file=sys.stderr)
        return 2
    (options.out / "truth").mkdir(parents=True, exist_ok=True)
    speaker = Speaker(options.cache)
    for dialogue in dialogues:
        if options.only in dialogue.call_id:
            make_call(dialogue, speaker, options.out, options.seed)
    write_calls(options.out / "calls.csv", dialogues)
    return 0


def make_call(dialogue: Dialogue, speaker: Speaker, out: Path, seed: int) -> Json:
    """Make one call: its audio and its truth, checked against each other."""
    began = time.monotonic()

    def speak(line: Line) -> Audio:
        return speaker.say(
            line.text, voice=dialogue.voices[line.role], speed=dialogue.speeds[line.role] * line.speed
        )

    timeline = lay_out(dialogue, speak, seed)
    audio = record(timeline, dialogue, seed)
    path = out / dialogue.file_name
    write_audio(path, audio, dialogue.audio_format)
    shift_ms = shift(audio, read_audio(path))
    if abs(shift_ms) > MAX_SHIFT_MS:
        raise SystemExit(f"{path.name}: the codec moved the sound by {shift_ms} ms")
    known = truth(dialogue, timeline)
    text = json.dumps(known, ensure_ascii=False, indent=1) + "\n"
    (out / "truth" / f"{dialogue.call_id}.json").write_text(text, encoding="utf-8")
    print(
        f"{path.name}: {timeline.duration_ms / 1000:.1f} s, {path.stat().st_size / 1000:.0f} kB,"
        f" shift {shift_ms} ms, characters a minute {known['chars_per_minute']},"
        f" made in {time.monotonic() - began:.1f} s",
        flush=True,
    )
    return known


def shift(sent: Audio, received: Audio) -> int:
    """Milliseconds by which ``received`` comes later than ``sent`` (cross-correlation of the first channel)."""
    size = 1 << (len(sent) + len(received)).bit_length()
    product = np.fft.rfft(received[:, 0], size) * np.conj(np.fft.rfft(sent[:, 0], size))
    lag = int(np.argmax(np.fft.irfft(product, size)))
    return round((lag - size if lag > size // 2 else lag) * 1000 / LINE_RATE_HZ)


def write_calls(path: Path, dialogues: list[Dialogue]) -> None:
    """Write ``calls.csv``, one row a call."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, CSV_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(csv_row(dialogue) for dialogue in dialogues)


if __name__ == "__main__":
    sys.exit(main())
