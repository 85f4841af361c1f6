"""Finds the folders that lie at the top of the repository for people and inside the package once installed."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The shipped folder ``name`` (``rubrics``, ``models``), wherever this installation keeps it.

    Raises:
        FileNotFoundError: the installation lacks it (a damaged install).
    """
    for parent in (_PACKAGE, _PACKAGE.parent):
        candidate = parent / name
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(name)


def flow_module(name: str) -> ModuleType:
    """The module of the Prefect flow ``name``, e.g. ``score_recordings``."""
    package = "qa_pipeline.flows" if (_PACKAGE / "flows").is_dir() else "flows"
    return importlib.import_module(f"{package}.{name}")
