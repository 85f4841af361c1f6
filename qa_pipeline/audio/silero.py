"""Silero VAD v6 run directly with onnxruntime: probability of speech per 32 ms.

The model (MIT licence) ships inside the faster-whisper package; only its file is used, the package is not
imported. It takes frames of 512 samples preceded by 64 samples of context, and carries an LSTM state from
call to call, so a recording can be fed in pieces of any size.

It hears 300 to 3,000 Hz only. On telephone speech with line noise up to 4 kHz, which its training seems to
have lacked, unfiltered it gives clear voices 0.4 and whole sentences get lost: in 30 utterances 10 to 14 % of
the speech frames fell below 0.35, after the filter 1.1 to 1.6 % (``docs/design/voice_activity.md``).
"""

from __future__ import annotations

import hashlib
import importlib.util
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qa_pipeline.audio.base import SAMPLE_RATE_HZ, Pcm
from qa_pipeline.errors import SetupError

FRAME = 512
"""Samples a frame: 32 ms at 16 kHz."""
_CONTEXT = 64
_FRAMES_AT_ONCE = 250  # 8 s; larger batches are not faster
_BAND_HZ = (300, 3000)
_TAPS = 255


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
        found = np.zeros(-(-len(samples) // FRAME), dtype=np.float32)
        starts = range(0, len(samples), FRAME * _FRAMES_AT_ONCE)
        for start in reversed(starts) if backwards else starts:
            stop = min(start + FRAME * _FRAMES_AT_ONCE, len(samples))
            block = _band_passed(samples, start, stop)
            frames: Any = np.pad(block, (0, -len(block) % FRAME)).reshape(-1, FRAME)
            if backwards:
                frames = frames[::-1, ::-1]
            contexts = np.concatenate([context[None], frames[:-1, -_CONTEXT:]])
            context = frames[-1, -_CONTEXT:].copy()
            results = self._session.run(
                None, {"input": np.concatenate([contexts, frames], axis=1), "h": state, "c": cell}
            )
            # Copies: small results kept alive between large work buffers let the heap grow by hundreds of MiB.
            probabilities, state, cell = (np.array(result) for result in results)
            heard = probabilities.reshape(-1)
            found[start // FRAME : start // FRAME + len(heard)] = heard[::-1] if backwards else heard
        return found


def _band_passed(samples: Pcm, start: int, stop: int) -> npt.NDArray[np.float32]:
    """``samples[start:stop]`` between the band's edges, full scale 1, without delay and without seams."""
    half = _TAPS // 2
    first, last = max(0, start - half), min(len(samples), stop + half)
    block = np.zeros(stop - start + 2 * half, dtype=np.float32)
    block[first - start + half : last - start + half] = samples[first:last]
    size = 1 << (len(block) + _TAPS).bit_length()
    passed = np.fft.irfft(np.fft.rfft(block, size) * np.fft.rfft(_impulse_response(), size), size)
    return np.asarray(passed[2 * half : 2 * half + stop - start] / 32768, dtype=np.float32)


@cache
def _impulse_response() -> npt.NDArray[np.float64]:
    """A linear-phase band-pass: the difference of two low-passes, Hamming window (Oppenheim and Schafer, 7.5)."""
    time = np.arange(_TAPS) - _TAPS // 2
    low, high = (2 * hz / SAMPLE_RATE_HZ * np.sinc(2 * hz / SAMPLE_RATE_HZ * time) for hz in _BAND_HZ)
    return np.asarray((high - low) * np.hamming(_TAPS))
