"""Takes the words out of a kept scorecard: outcomes, points, seconds and figures stay."""

from __future__ import annotations

import json
from typing import Any

from qa_pipeline.storage import codec

GONE = "…"
"""Stands where words were. Sentences are rendered from parameters, so that none may be missing."""
_NAMES_OF_KINDS = frozenset({"entity", "label"})
"""Parameters that name a kind of thing (a telephone number, a complaint), never what was said."""


def without_words(doc: bytes, *, call_id: str | None = None) -> bytes:
    """A scorecard's kept form without quotes, expected words and texts.

    Args:
        doc: as ``scorecard_docs`` holds it.
        call_id: the id that the call has from now on, where the customer is to be forgotten: the digest of the call's
            metadata goes too then.
    """
    card = json.loads(codec.decompress(doc))
    for scored in card["findings"]:
        finding = scored["finding"]
        for evidence in finding["evidence"]:
            evidence["quote"] = evidence["expected"] = None
        params = finding["explanation"]["params"]
        for name, value in params.items():
            if name not in _NAMES_OF_KINDS:
                params[name] = _mute(value)
    if call_id is not None:
        card["call_id"] = call_id
        card["provenance"].pop("call_info", None)
    return codec.compress(codec.canonical(card).encode("utf-8", "replace"))


def mute_params(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters of why a call has no score, without texts: paths and reasons may name people."""
    return {name: _mute(value) for name, value in params.items()}


def _mute(value: Any) -> Any:
    if isinstance(value, str):
        return GONE
    if isinstance(value, list):
        return [GONE] * bool(value)
    return value
