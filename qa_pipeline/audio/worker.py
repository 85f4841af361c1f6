"""The decoding child: ``python -m qa_pipeline.audio.worker MEMORY_MB``, one JSON request and one JSON
answer a line.

A broken file can crash or bloat a decoder written in C; it then takes this process with it and nothing
else. The module imports only what it needs (no numpy, no settings): it starts in a tenth of a second.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main() -> None:
    """Answer requests until the pipe closes."""
    limit = int(sys.argv[1]) << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle; it closes the pipe
    # Whatever the libraries print must not mix with the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    import av.logging

    av.logging.set_level(av.logging.PANIC)
    for line in sys.stdin:
        answers.write(json.dumps(_answer(json.loads(line))) + "\n")
        answers.flush()


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    from qa_pipeline.audio.transcode import to_mp3, to_pcm
    from qa_pipeline.domain.time import Span
    from qa_pipeline.errors import RecordingError

    path, target, longest = Path(request["path"]), Path(request["target"]), request["max_duration_s"]
    covered = [Span(start_ms=start, end_ms=end) for start, end in request["covered"]]
    try:
        if request["do"] == "pcm":
            return {"decoded": to_pcm(path, target, max_duration_s=longest).as_json()}
        return {"decoded": to_mp3(path, target, max_duration_s=longest, covered=covered).as_json()}
    except RecordingError as error:
        return {"code": error.code, "params": error.params}
    except MemoryError:
        return {"failed": "memory"}
    except OSError as error:
        kind = "disk" if error.errno in _DISK_FULL else "system"
        return {"failed": kind, "reason": error.strerror or type(error).__name__}


if __name__ == "__main__":
    main()
