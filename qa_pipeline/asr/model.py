"""The speech model with encoder input as long as the window, not always 30 s."""

from __future__ import annotations

from typing import Any

import numpy as np
from faster_whisper import WhisperModel

from qa_pipeline.asr.windows import ROOM_FRAMES, STEP_FRAMES

Features = np.ndarray[Any, np.dtype[np.float32]]


class ShortWindowModel(WhisperModel):  # type: ignore[misc]  # comes without types
    """faster-whisper fills every window up to 30 s, and the encoder's time goes with the square of the length.

    Here it is filled up to the next step only, and with silence as the model knows it from its training: the least of
    the window's features, not zeros, which stand for a faint noise. The length follows from the window alone.
    """

    def encode(self, features: Features) -> Any:
        """Encode mel features of shape ``(mels, frames)``, zeros after the window's end."""
        length = content_frames(features)
        if not length:
            return super().encode(features)
        heard = features[:, :length]
        size = frames_needed(length, features.shape[1])
        return super().encode(np.pad(heard, ((0, 0), (0, size - length)), constant_values=heard.min()))


def content_frames(features: Features) -> int:
    """Frames up to the last that is not all zeros."""
    filled = np.flatnonzero(features.any(axis=0))
    return int(filled[-1]) + 1 if len(filled) else 0


def frames_needed(length: int, limit: int) -> int:
    """A window's frames and room after them, in whole steps."""
    return min(limit, -(-(length + ROOM_FRAMES) // STEP_FRAMES) * STEP_FRAMES)
