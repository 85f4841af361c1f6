"""What the flow tries again, asked in a process of its own because Prefect warns on import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import asyncio, json, os
os.environ["PREFECT_LOGGING_LEVEL"] = "CRITICAL"
from prefect.client.schemas.objects import State, StateType
from flows.score_recordings import is_infrastructure
from qa_pipeline.errors import InputError, RecordingError, StorageError
faults = [StorageError("storage.locked"), StorageError("storage.disk_full"), StorageError("storage.corrupt"),
          RecordingError("audio.empty"), InputError("rubric.version_changed"), ValueError()]
def again(fault):
    return asyncio.run(is_infrastructure(None, None, State(type=StateType.FAILED, data=fault)))
print(json.dumps([again(f) for f in faults]))
"""


def test_only_what_waiting_can_mend_is_tried_again(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        env={**os.environ, "PREFECT_HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [True, True, False, False, False, False]
