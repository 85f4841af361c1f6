"""Four hours of hold music, ``python -m benchmarks.long_recording [hours]``: time, memory, what is taken for speech."""

from __future__ import annotations

import resource
import struct
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.spliced_calls import sounds
from qa_pipeline.audio.decode import PyAvReader
from qa_pipeline.domain.time import total_ms
from qa_pipeline.settings import Settings


def own_memory_mb() -> float:
    """Memory of this process that is not a mapped file, MiB."""
    return int(Path("/proc/self/status").read_text().split("RssAnon:")[1].split()[0]) / 1024


def main() -> None:
    """Make the recording, read it, print."""
    hours = float(sys.argv[1]) if len(sys.argv) > 1 else 4.0
    made = sounds()
    minute = (
        np.stack([made["music: band"][::2], made["music: strings with vibrato"][::2]], axis=1)
        .astype("<i2")
        .tobytes()
    )
    size = len(minute) * round(hours * 60)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "music.wav"
        with path.open("wb") as file:
            header = struct.pack("<HHIIHH", 1, 2, 8000, 32000, 4, 16)
            file.write(b"RIFF" + struct.pack("<I", size + 36) + b"WAVEfmt " + struct.pack("<I", 16) + header)
            file.write(b"data" + struct.pack("<I", size))
            for _ in range(round(hours * 60)):
                file.write(minute)
        reader = PyAvReader(Settings(data_dir=Path(folder) / "data"))
        before, began, spent = own_memory_mb(), time.perf_counter(), time.process_time()
        with reader.open(path) as audio:
            wall, facts = time.perf_counter() - began, audio.facts
            spent = time.process_time() - spent
            after = own_memory_mb()
        seconds = facts.recording.duration_ms / 1000
        began = time.perf_counter()
        copy = reader.listening_copy(path)
        copied = time.perf_counter() - began
        reader.close()
    child = resource.getrusage(resource.RUSAGE_CHILDREN)
    speech = sum(total_ms(spans) for spans in facts.activity) / 1000 / len(facts.activity)
    print(
        f"{seconds / 3600:.2f} h, 2 channels: decoded and measured in {wall:.0f} s = {100 * wall / seconds:.2f} % of it"
    )
    print(
        f"CPU of this process {spent:.0f} s, of the child {child.ru_utime + child.ru_stime:.0f} s (with the copy)"
    )
    print(f"memory without mapped files: {before:.0f} -> {after:.0f} MiB")
    print(f"called speech: {100 * speech / seconds:.2f} % of the music; notes {facts.notes}")
    print(f"listening copy: {len(copy) / 1e6:.1f} MB in {copied:.0f} s = {100 * copied / seconds:.2f} %")


if __name__ == "__main__":
    main()
