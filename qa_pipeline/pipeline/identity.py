"""What decided a score, by name: two scorecards of one call and form with equal provenance are equal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict

from qa_pipeline.domain.call import CallInfo
from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.settings import Settings

_DECIDING_SETTINGS = {
    "agent_channel",
    "business_tz",
    "min_hearing_quality",
    "min_confidence",
    "min_confidence_fatal",
    "max_pending_pct",
    "fatal_needs_person",
    "second_listen",
}


def provenance(
    engine: Mapping[str, str], audio: str, transcript: Transcript, settings: Settings, info: CallInfo
) -> dict[str, str]:
    """Everything but the form that a scorecard rests on.

    Args:
        engine: digests of our own code.
        audio: digest of how audio is read and measured.
        transcript: what was recognised, with its own provenance.
        settings: those that decide points are named by a digest.
        info: the call's metadata, likewise.
    """
    return {
        **engine,
        **transcript.provenance,
        "audio": audio,
        "settings": digest(settings.model_dump(mode="json", include=_DECIDING_SETTINGS)),
        "call_info": digest(asdict(info)),
    }


def digest(value: object) -> str:
    """SHA-256 of plain data as canonical JSON."""
    content = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()
