"""How much audio is done and left, and how long that will take: estimated by seconds of audio, not by calls.

How long a recording is shows only when it has been decoded. Until then it is taken to be as long as its bytes say,
measured on the finished recordings of the same kind (file ending): recorders use one format at one bit rate.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.domain.scorecard import CallResult
from qa_pipeline.pipeline.scoring import Job

RECENT_CALLS = 40
"""Speed is that of the last calls: those recalled from an earlier run fly by and say nothing of those to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Where the work stands. Figures are None until a call is finished."""

    calls_done: int
    calls: int
    audio_done_s: float
    audio_left_s: float | None
    speed: float | None
    """Hours of audio an hour."""

    @property
    def left_s(self) -> float | None:
        """Seconds until all is done, at the recent speed."""
        if self.audio_left_s is None or not self.speed:
            return None
        return self.audio_left_s / self.speed

    @property
    def share(self) -> float:
        """Share of the audio that is done, 0 to 1; of the calls, while nothing is known of the audio."""
        if self.audio_left_s is None or not self.audio_done_s:
            return self.calls_done / self.calls if self.calls else 1.0
        return self.audio_done_s / (self.audio_done_s + self.audio_left_s)


class Workload:
    """Keeps count. A call that is reported again (its batch was tried again) counts once."""

    def __init__(self, jobs: Sequence[Job], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._calls = len(jobs)
        self._open = {job.info.call_id: _kind_and_size(job) for job in jobs}
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._bytes: defaultdict[str, int] = defaultdict(int)
        self._finished = 0
        self._audio_s = 0.0
        self._recent = deque([(clock(), 0.0)], maxlen=RECENT_CALLS + 1)

    def done(self, result: CallResult) -> Pace:
        """One more call is finished."""
        job = self._open.pop(result.call_id, None)
        if job is not None:
            kind, size = job
            self._finished += 1
            if result.duration_ms is not None:
                seconds = result.duration_ms / 1000
                self._audio_s += seconds
                self._seconds[kind] += seconds
                self._bytes[kind] += size
            self._recent.append((self._clock(), self._audio_s))
        return self.pace()

    def pace(self) -> Pace:
        """Where the work stands now."""
        (began, before), (now, audio) = self._recent[0], self._recent[-1]
        speed = (audio - before) / (now - began) if now > began and audio > before else None
        return Pace(
            calls_done=self._finished,
            calls=self._calls,
            audio_done_s=self._audio_s,
            audio_left_s=self._left_s(),
            speed=speed,
        )

    def _left_s(self) -> float | None:
        if not self._open:
            return 0.0
        all_bytes, measured = sum(self._bytes.values()), sum(1 for s in self._seconds.values() if s)
        if not measured:
            return None
        usual = self._audio_s / self._finished
        left = 0.0
        for kind, size in self._open.values():
            if size and self._bytes[kind]:
                left += size * self._seconds[kind] / self._bytes[kind]
            elif size and all_bytes:
                left += size * self._audio_s / all_bytes
            else:
                left += usual
        return left


def _kind_and_size(job: Job) -> tuple[str, int]:
    """The ending and the bytes; 0 for a URL, or where the file can't be asked."""
    kind = Path(job.source.name).suffix.lower()
    if job.source.is_url:
        return kind, 0
    try:
        return kind, Path(job.source.uri).stat().st_size
    except OSError:
        return kind, 0
