"""The call behind a row, from what was heard before: no audio is touched."""

from __future__ import annotations

from qa_pipeline.conversation.assemble import assemble
from qa_pipeline.domain.call import Call
from qa_pipeline.domain.diarization import Diarization
from qa_pipeline.domain.recording import AudioFacts
from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.pipeline.triage import before_assembly, without_voices
from qa_pipeline.storage.base import Artifacts, CallRow


def recall(row: CallRow, artifacts: Artifacts, *, agent_channel: int) -> Call | None:
    """The call; None where its facts or transcript are no longer kept, or where it is no two-party call.

    Args:
        row: what the database knows of it.
        artifacts: where facts, transcript and voices lie.
        agent_channel: the agent's channel (0 or 1) where the metadata do not say.
    """
    if not {"facts", "transcript"} <= row.artifacts.keys():
        return None
    facts = artifacts.load(row.artifacts["facts"], AudioFacts)
    transcript = artifacts.load(row.artifacts["transcript"], Transcript)
    if facts is None or transcript is None or before_assembly(facts) is not None:
        return None
    key = row.artifacts.get("diarization")
    voices = artifacts.load(key, Diarization) if key is not None else None
    if without_voices(facts, voices) is not None:
        return None
    return assemble(row.info, facts, transcript, default_agent_channel=agent_channel, diarization=voices)
