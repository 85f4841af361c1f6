"""Silero VAD v6 run directly with onnxruntime: probability of speech per 32 ms.

The model (MIT licence) ships inside the faster-whisper package; only its file is used, the package is not
imported. It takes frames of 512 samples preceded by 64 samples of context, and carries an LSTM state from
call to call, so a recording can be fed in pieces of any size.
"""

from __future__ import annotations

import hashlib
import importlib.util
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qa_pipeline.audio.base import Pcm
from qa_pipeline.errors import SetupError

FRAME = 512
"""Samples a frame: 32 ms at 16 kHz."""
_CONTEXT = 64
_FRAMES_AT_ONCE = 512  # about 16 s: 1.2 MB of input, and as fast as larger batches (0.15 s of CPU for 100 s)


class SileroVad:
    """The detector. Loaded at first use, single-threaded, deterministic."""

    @cached_property
    def _file(self) -> Path:
        package = importlib.util.find_spec("faster_whisper")
        folder = Path(package.origin).parent if package is not None and package.origin else None
        file = folder / "assets" / "silero_vad_v6.onnx" if folder is not None else None
        if file is None or not file.is_file():
            raise SetupError("audio.vad_missing", path=str(file or "faster_whisper"))
        return file

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the model file, hex.

        Raises:
            SetupError: ``audio.vad_missing``.
        """
        return hashlib.sha256(self._file.read_bytes()).hexdigest()

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        return onnxruntime.InferenceSession(
            str(self._file), sess_options=options, providers=["CPUExecutionProvider"]
        )

    def probabilities(self, samples: Pcm, *, backwards: bool = False) -> npt.NDArray[np.float32]:
        """Probability of speech per frame of 512 samples, in order of time, shape ``(ceil(num_samples /
        512),)``.

        Args:
            samples: int16 at 16 kHz, shape ``(num_samples,)``.
            backwards: let the model hear the recording from its end to its beginning.

        Raises:
            SetupError: ``audio.vad_missing``.
        """
        state = cell = np.zeros((1, 1, 128), dtype=np.float32)
        context: npt.NDArray[np.float32] = np.zeros(_CONTEXT, dtype=np.float32)
        pieces: list[npt.NDArray[np.float32]] = []
        starts = range(0, len(samples), FRAME * _FRAMES_AT_ONCE)
        for start in reversed(starts) if backwards else starts:
            block = samples[start : start + FRAME * _FRAMES_AT_ONCE].astype(np.float32) / 32768
            frames: Any = np.pad(block, (0, -len(block) % FRAME)).reshape(-1, FRAME)
            if backwards:
                frames = frames[::-1, ::-1]
            contexts = np.concatenate([context[None], frames[:-1, -_CONTEXT:]])
            context = frames[-1, -_CONTEXT:].copy()
            probabilities, state, cell = self._session.run(
                None, {"input": np.concatenate([contexts, frames], axis=1), "h": state, "c": cell}
            )
            pieces.append(probabilities.reshape(-1))
        if not pieces:
            return np.zeros(0, dtype=np.float32)
        found = np.concatenate(pieces)
        return found[::-1] if backwards else found
