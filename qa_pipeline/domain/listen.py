"""A doubtful place of a call, and what a second listen to the audio says of it."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.time import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Did this role say these words here?"""

    role: Role
    span: Span
    quote: str
    """As recognised."""
    expected: str
    """The words in its place if they were said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """How likely a stretch of audio is with the expected words in it, and how likely as the model hears it freely.

    Log-probabilities are natural logarithms, summed over the stretch.
    """

    span: Span
    """The stretch that was listened to."""
    expected: str
    """The words of the whole stretch, the expected ones among them."""
    expected_logprob: float
    heard: str
    """The likeliest other wording: what was heard freely, or as transcribed."""
    heard_logprob: float
