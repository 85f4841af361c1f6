"""Measures the main job on ``sample_audio/`` against plain faster-whisper per channel, in one run.

Prints the real-time factor of the whole job and of the baseline, their ratio, the share of time outside recognition,
peak memory, and the cold starts of ``qa --help`` and of ``qa score`` on one call. Run by ``make bench``.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel

from qa_pipeline import bootstrap
from qa_pipeline.asr.base import Recognizer, SecondHearing, Wordings
from qa_pipeline.asr.fetch import ensure
from qa_pipeline.audio.base import Pcm
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.pipeline.pages import PageWriter
from qa_pipeline.pipeline.plan import make_plan
from qa_pipeline.pipeline.run import run
from qa_pipeline.pipeline.scoring import Scoring
from qa_pipeline.settings import Settings

SAMPLES = Path(__file__).resolve().parent.parent / "sample_audio"
QA = Path(sys.executable).with_name("qa")


class TimedRecognizer:
    """Passes everything on and counts the seconds inside recognition, and of those the ones spent on second listens."""

    def __init__(self, inner: Recognizer) -> None:
        self._inner = inner
        self.seconds = 0.0
        self.listening_s = 0.0
        self.listens = 0

    @property
    def provenance(self) -> Mapping[str, str]:
        return self._inner.provenance

    def transcribe(
        self, recording_id: str, channels: Sequence[Pcm], activity: Sequence[Sequence[Span]]
    ) -> Transcript:
        started = time.perf_counter()
        try:
            return self._inner.transcribe(recording_id, channels, activity)
        finally:
            self.seconds += time.perf_counter() - started

    def listen(self, channel: Pcm, span: Span, wordings: Wordings) -> SecondHearing:
        started = time.perf_counter()
        try:
            return self._inner.listen(channel, span, wordings)
        finally:
            took = time.perf_counter() - started
            self.seconds += took
            self.listening_s += took
            self.listens += 1


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def whole_job(folder: Path) -> tuple[float, TimedRecognizer, float]:
    """Seconds of the job, what recognition took of it, and seconds of audio."""
    settings = Settings(data_dir=folder / "data")
    real = bootstrap.ports(settings)
    recognizer = TimedRecognizer(real.recognizer)
    ports = replace(real, recognizer=recognizer)
    plan = make_plan([str(SAMPLES)], SAMPLES / "calls.csv", settings)
    scoring = Scoring(ports, settings, bootstrap.rubrics(settings))
    (folder / "out").mkdir()
    writer = PageWriter(folder / "out", ports, scoring, settings, "zh", who="benchmark")
    seconds = timed(
        lambda: run(
            plan,
            scoring,
            batch_size=settings.batch_size,
            run_batch=scoring.score_batch,
            writer=writer,
            title="benchmark",
        )
    )
    rows = [ports.store.call(job.info.call_id) for job in plan.jobs]
    audio_s = sum(row.recording.duration_ms for row in rows if row and row.recording) / 1000
    return seconds, recognizer, audio_s


def baseline(folder: Path) -> float:
    """Seconds of plain faster-whisper (beam 5, its own VAD, word times) on every channel of the same recordings."""
    settings = Settings(data_dir=folder / "data")
    reader = bootstrap.ports(settings).reader
    plan = make_plan([str(SAMPLES)], SAMPLES / "calls.csv", settings)
    model = WhisperModel(
        str(ensure(settings)),
        device="cpu",
        compute_type=settings.asr_compute_type,
        cpu_threads=settings.asr_threads,
    )
    seconds = 0.0
    for job in plan.jobs:
        with reader.open(Path(job.source.uri)) as decoded:
            for channel in decoded.channels:
                samples = channel.astype(np.float32) / 32768
                seconds += timed(
                    lambda samples=samples: list(
                        model.transcribe(
                            samples,
                            language="zh",
                            beam_size=settings.asr_beam_size,
                            vad_filter=True,
                            word_timestamps=True,
                            condition_on_previous_text=False,
                        )[0]
                    )
                )
    return seconds


def cold_start(arguments: Sequence[str], folder: Path, times: int) -> float:
    """Median seconds of a fresh process."""
    runs = []
    for number in range(times):
        environment = {**os.environ, "QA_DATA_DIR": str(folder / f"cold-{number}")}
        runs.append(
            timed(
                lambda environment=environment: subprocess.run(
                    [str(QA), *arguments], env=environment, check=True, capture_output=True
                )
            )
        )
    return statistics.median(runs)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shortest = min(
            (p for p in SAMPLES.iterdir() if p.suffix in {".wav", ".mp3", ".m4a", ".flac", ".opus", ".ogg"}),
            key=lambda p: p.stat().st_size,
        )
        help_s = cold_start(["--help"], folder, 5)
        one_s = cold_start(["score", str(shortest), "--calls", str(SAMPLES / "calls.csv")], folder, 3)
        job_s, recognizer, audio_s = whole_job(folder)
        asr_s = recognizer.seconds
        plain_s = baseline(folder)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"audio                                 {audio_s:8.1f} s")
    print(f"whole job                             {job_s:8.1f} s   {audio_s / job_s:5.2f} x real time")
    print(f"plain faster-whisper per channel      {plain_s:8.1f} s   {audio_s / plain_s:5.2f} x real time")
    print(f"whole job / plain                     {job_s / plain_s:8.2f}")
    print(f"recognition within the job            {asr_s:8.1f} s   {asr_s / plain_s:5.2f} of plain")
    print(
        f"second listens                        {recognizer.listening_s:8.1f} s   {recognizer.listens} of them,"
        f" {100 * recognizer.listening_s / job_s:.1f} % of the job"
    )
    print(f"outside recognition                   {100 * (job_s - asr_s) / job_s:8.1f} %   (goal: under 5 %)")
    print(f"peak memory of the process            {peak_mb:8.0f} MiB")
    print(f"qa --help, cold                       {help_s:8.2f} s   (goal: under 0.5 s)")
    print(f"qa score on {shortest.name}, cold     {one_s:8.2f} s")


if __name__ == "__main__":
    main()
