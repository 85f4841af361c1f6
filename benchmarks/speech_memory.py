"""Peak memory of a recogniser in a process of its own: ``python -m benchmarks.speech_memory product|plain [hours]``.

Without hours it hears one sample call. With hours it hears that call's speech, spread over a recording of that length
that lies on disk: memory must not grow with the length.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import speech_errors
from benchmarks.speech_material import SAMPLES, Spoken
from qa_pipeline.asr.faster_whisper import FasterWhisperRecognizer
from qa_pipeline.audio.decode import PyAvReader
from qa_pipeline.domain.time import Span
from qa_pipeline.settings import Settings

CALL = "e01_tracking_hold.mp3"


def measure(who: str, hours: float | None = None) -> int:
    """Peak memory (MiB) of a fresh process in which ``who`` hears the call."""
    command = [sys.executable, "-m", "benchmarks.speech_memory", who, *([str(hours)] if hours else [])]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def spread(call: Spoken, hours: float, folder: Path) -> Spoken:
    """The call's first channel again and again, evenly over ``hours``, six times in all; silence between."""
    own = call.channels[0]
    size = round(hours * 3600 * 16_000)
    track = np.memmap(folder / "long.pcm", dtype=np.int16, mode="w+", shape=(size,))
    spans = []
    for time in range(6):
        at = time * (size - len(own)) // 5 // 16
        track[at * 16 : at * 16 + len(own)] = own
        spans += [Span(start_ms=at + s.start_ms, end_ms=at + s.end_ms) for s in call.activity[0]]
    return Spoken(
        name="long", groups=("long",), channels=(track,), activity=(tuple(spans),), said=(call.said[0] * 6,)
    )


def main() -> None:
    """Hear, print the peak."""
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(data_dir=Path(name))
        with PyAvReader(settings).open(SAMPLES / CALL) as decoded:
            call = Spoken(
                name="call",
                groups=("a", "b"),
                channels=decoded.channels,
                activity=decoded.facts.activity,
                said=("", ""),
            )
            if len(sys.argv) > 2:
                call = spread(call, float(sys.argv[2]), Path(name))
            hearer = (
                speech_errors.plain(settings)
                if sys.argv[1] == "plain"
                else speech_errors.product(FasterWhisperRecognizer(settings))
            )
            hearer(call)
    print(round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


if __name__ == "__main__":
    main()
