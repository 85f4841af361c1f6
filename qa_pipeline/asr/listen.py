"""The second listen: how likely given texts are on a stretch of audio, against what the model hears there freely.

CTranslate2's ``Whisper.align`` returns the probability of every token of a **given** text. Two texts that share all but a
few words differ by what the audio, and the model's idea of the language, have to say about those words.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from qa_pipeline.asr import utterances
from qa_pipeline.asr.base import SecondHearing, Wordings

if TYPE_CHECKING:
    import numpy.typing as npt

_MAX_FRAMES = 3_000
_STEP_FRAMES = 500
"""The encoder hears as much as the stretch is long, in whole steps of 5 s: 500 frames encode 12 times faster than 3,000."""
_ROOM_FRAMES = 100
"""Silence after the end, without which the last word is often cut."""
_BEAM = 5
_MOST_TOKENS = 224
"""Half of what the decoder's context holds; 28 s of speech are some 200."""
_LEAST = 1e-10


def digest() -> str:
    """Names how listening is done."""
    return hashlib.sha256(
        repr((_MAX_FRAMES, _STEP_FRAMES, _ROOM_FRAMES, _BEAM, _MOST_TOKENS)).encode()
    ).hexdigest()


def score(
    model: Any, samples: npt.NDArray[np.float32], wordings: Wordings, *, tokenizer: Any
) -> SecondHearing:
    """Score texts on audio, and what the model hears in it without being told.

    Args:
        model: a ``faster_whisper.WhisperModel``.
        samples: 16 kHz, -1 to 1, at most 29 s.
        wordings: from what is heard freely to the texts to score, each the words of the whole stretch.
        tokenizer: faster-whisper's, for the language of the texts.
    """
    features = model.feature_extractor(samples, padding=0)[:, :_MAX_FRAMES]
    frames = features.shape[-1]
    size = min(_MAX_FRAMES, math.ceil((frames + _ROOM_FRAMES) / _STEP_FRAMES) * _STEP_FRAMES)
    # Whisper knows windows filled up with silence, which is the least of the features.
    padded = np.full((features.shape[0], size), features.min(), np.float32)
    padded[:, :frames] = features
    encoded = model.encode(padded)
    prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
    [heard] = model.model.generate(encoded, [prompt], beam_size=_BEAM, max_length=_MOST_TOKENS)
    free = [token for token in heard.sequences_ids[0] if token < tokenizer.eot]

    def logprob(tokens: Sequence[int]) -> float:
        if not tokens:
            return 0.0
        [result] = model.model.align(encoded, tokenizer.sot_sequence, [list(tokens)], frames)
        return round(sum(math.log(max(p, _LEAST)) for p in result.text_token_probs), 3)

    [text] = utterances.simplified([tokenizer.decode(free).strip()])
    return SecondHearing(
        logprobs=tuple(logprob(tokenizer.encode(wording)[:_MOST_TOKENS]) for wording in wordings(text)),
        free=text,
        free_logprob=logprob(free),
    )
