"""The parent's side of the decoding child: starts it, asks it, and ends it when it hangs, bloats or
crashes."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from qa_pipeline.domain.time import Span
from qa_pipeline.errors import RecordingError, StorageError

_LEAN = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # thread stacks would eat the address space
_IMPORT_ROOT = str(Path(__file__).resolve().parents[2])


class DecodingChild:
    """One long-lived worker process that decodes file after file; a failed one is replaced.

    Starting it costs about 0.1 s. If a worker that has done other files before dies on this one, the file
    gets a second chance in a fresh worker, so that no recording's result depends on its neighbours.
    """

    def __init__(self, *, memory_mb: int, timeout_s: float) -> None:
        self._memory_mb = memory_mb
        self._timeout_s = timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """End the worker, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()

    def run(
        self,
        do: Literal["pcm", "mp3"],
        path: Path,
        target: Path,
        *,
        max_duration_s: float,
        covered: Sequence[Span] = (),
    ) -> dict[str, Any]:
        """Have ``path`` decoded into ``target`` (an MP3 with a tone over ``covered``) and return what the worker reports.

        Raises:
            RecordingError: the worker's verdict, or ``audio.timeout``, ``audio.out_of_memory``,
            ``audio.decoder_crashed``,
                ``audio.unreadable``.
            StorageError: ``storage.disk_full``.
        """
        request = {
            "do": do,
            "path": str(path),
            "target": str(target),
            "max_duration_s": max_duration_s,
            "covered": [(span.start_ms, span.end_ms) for span in covered],
        }
        with self._lock:
            fresh = self._process is None
            answer = self._ask(request)
            if not fresh and answer.get("failed") in ("crash", "memory"):
                self.close()
                answer = self._ask(request)
            if "failed" in answer:
                self.close()
        if "decoded" in answer:
            decoded: dict[str, Any] = answer["decoded"]
            return decoded
        if "code" in answer:
            raise RecordingError(answer["code"], **answer["params"])
        raise self._failure(answer, path, target)

    def _failure(self, answer: dict[str, Any], path: Path, target: Path) -> Exception:
        failed, name = answer["failed"], str(path)
        if failed == "disk":
            folder = target if target.is_dir() else target.parent
            return StorageError("storage.disk_full", path=str(folder.parent), reason=answer["reason"])
        if failed == "timeout":
            return RecordingError("audio.timeout", path=name, limit_s=self._timeout_s)
        if failed == "memory":
            return RecordingError("audio.out_of_memory", path=name, limit_mb=self._memory_mb)
        if failed == "crash":
            return RecordingError("audio.decoder_crashed", path=name, reason=answer["reason"])
        return RecordingError("audio.unreadable", path=name, reason=answer["reason"])

    def _start(self) -> subprocess.Popen[bytes]:
        # -P: whatever lies in the working directory must not be imported in place of a library.
        search = os.pathsep.join(filter(None, (_IMPORT_ROOT, os.environ.get("PYTHONPATH"))))
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "qa_pipeline.audio.worker", str(self._memory_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **_LEAN, "PYTHONPATH": search},
        )

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._process is None:
            self._process = self._start()
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # a dead worker shows at the read
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        deadline, line = time.monotonic() + self._timeout_s, b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                return {"failed": "timeout"}
            block = os.read(process.stdout.fileno(), 1 << 16)
            if not block:
                return {"failed": "crash", "reason": _how_it_ended(process.wait())}
            line += block
        answer: dict[str, Any] = json.loads(line)
        return answer


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"exit {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
