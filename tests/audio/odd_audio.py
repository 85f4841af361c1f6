"""What the tests of audio share: settings in a folder of their own, and the writers of odd files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.odd_files import cut, encode, interleave, mulaw, riff, tone, wav
from qa_pipeline.settings import Settings

__all__ = ["cut", "encode", "interleave", "mulaw", "riff", "settings", "tone", "wav"]


def settings(tmp_path: Path, **changes: Any) -> Settings:
    return Settings(data_dir=tmp_path / "data", **changes)
