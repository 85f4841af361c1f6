"""Results as other programs and people read them: one JSON object a call, without run times or run ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qa_pipeline.conversation.measures import CALL_UNITS, ROLE_UNITS, measures, utterance_measures
from qa_pipeline.domain.call import Call, Role
from qa_pipeline.domain.finding import Evidence
from qa_pipeline.domain.scorecard import CallResult, ScoredFinding
from qa_pipeline.errors import RecordingError
from qa_pipeline.i18n import Lang, error_parts, text
from qa_pipeline.privacy.names import public_name, public_text
from qa_pipeline.reports.explain import explain

SCHEMA_VERSION = 1


def reason_parts(code: str, params: Mapping[str, object], lang: Lang) -> tuple[str, str]:
    """Why a call has no score, and what to do about it."""
    shown = {k: text(f"cli.role_{v}", lang) if k == "role" else v for k, v in params.items()}
    return error_parts(RecordingError(code, location=None, **shown), lang)


def result_json(result: CallResult, lang: Lang, *, open_: bool = False) -> dict[str, Any]:
    """One call's result with the names that DESIGN.md §5 fixes.

    Args:
        result: how the call came out; its scorecard is told as it is.
        lang: of sentences.
        open_: file names stay even where they hold somebody's number; call ids always do, as results are joined by them.
    """
    card = result.scorecard
    error = None
    if result.code is not None:
        say, do = reason_parts(result.code, result.params, lang)
        said = f"{say}{do}" if lang == "zh" else f"{say} {do}"
        error = {"code": result.code, "message": said if open_ else public_text(said)}
    head: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "call_id": result.call_id,
        "source": result.source_name if open_ else public_name(result.source_name),
        "status": result.status.value,
    }
    if card is None:
        return {**head, "error": error}
    return {
        **head,
        "recording_id": card.recording_id,
        "rubric": card.rubric_id,
        "rubric_version": card.rubric_version,
        "rubric_digest": card.rubric_digest,
        "engine_digest": card.engine_digest,
        "points": card.points,
        "points_possible": card.points_possible,
        "score_pct": card.score_pct,
        "score_low_pct": card.score_low_pct,
        "score_high_pct": card.score_high_pct,
        "grade": card.grade,
        "auto_failed_by": list(card.auto_failed_by),
        "suspected_fatal": list(card.suspected_fatal),
        "sections": [
            {
                "section_id": s.section_id,
                "points": s.points,
                "points_possible": s.points_possible,
                "score_pct": s.score_pct,
                "auto_failed": s.auto_failed,
            }
            for s in card.sections
        ],
        "findings": [_finding_json(f, lang) for f in card.findings],
        "provenance": dict(sorted(card.provenance.items())),
        "error": error,
    }


def _finding_json(scored: ScoredFinding, lang: Lang) -> dict[str, Any]:
    finding, effect = scored.finding, scored.auto_fail
    return {
        "criterion_id": finding.criterion_id,
        "section_id": scored.section_id,
        "severity": scored.severity,
        "operator": finding.operator,
        "outcome": finding.outcome.value,
        "confidence": finding.confidence,
        "points": scored.points,
        "points_possible": scored.points_possible,
        "points_if_met": scored.points_if_met,
        "pending_points_possible": scored.pending_points_possible,
        "auto_fail": None if effect is None else {"scope": effect[0], "mode": effect[1]},
        "explanation": explain(finding, lang),
        "evidence": [_evidence_json(e) for e in finding.evidence],
    }


def _evidence_json(evidence: Evidence) -> dict[str, Any]:
    return {
        "kind": evidence.kind,
        "start_ms": evidence.span.start_ms,
        "end_ms": evidence.span.end_ms,
        "role": evidence.role.value if evidence.role else None,
        "quote": evidence.quote,
        "expected": evidence.expected,
        "value": evidence.value,
        "unit": evidence.unit,
    }


def call_json(call: Call, shown: Call) -> dict[str, Any]:
    """A call as heard: turns, talk-overs, dead air and measures.

    Args:
        call: what is measured.
        shown: the same call as it may be read.
    """
    texts = {u.utterance_id: u.text for u in shown.transcript.utterances}
    found, figures = measures(call), utterance_measures(call)
    info = shown.info
    return {
        "schema_version": SCHEMA_VERSION,
        "call_id": info.call_id,
        "recording_id": call.recording.recording_id,
        "duration_ms": call.recording.duration_ms,
        "agent_id": info.agent_id,
        "started_at": info.started_at.isoformat() if info.started_at else None,
        "hearing_quality": call.hearing_quality,
        "notes": list(call.notes),
        "roles": [
            {"channel": a.channel, "role": a.role.value, "confidence": a.confidence, "basis": a.basis}
            for a in call.roles
        ],
        "turns": [
            {
                "role": t.role.value,
                "start_ms": t.span.start_ms,
                "end_ms": t.span.end_ms,
                "text": "".join(texts[i] for i in t.utterance_ids),
                "back_channel": t.back_channel,
            }
            for t in call.turns
        ],
        "talk_overs": [
            {
                "interrupter": t.interrupter.value,
                "start_ms": t.span.start_ms,
                "end_ms": t.span.end_ms,
                "num_chars": t.num_chars,
            }
            for t in call.talk_overs
        ],
        "dead_air": [
            {"after_role": d.after_role.value, "start_ms": d.span.start_ms, "end_ms": d.span.end_ms}
            for d in call.dead_air
        ],
        "utterances": [
            {
                "role": call.role_of(u).value,
                "start_ms": u.span.start_ms,
                "end_ms": u.span.end_ms,
                "text": texts[u.utterance_id],
                "measures": figures[u.utterance_id],
            }
            for u in call.transcript.utterances
        ],
        "measures": {
            "agent": {name: found[Role.AGENT, name] for name in ROLE_UNITS if (Role.AGENT, name) in found},
            "customer": {
                name: found[Role.CUSTOMER, name] for name in ROLE_UNITS if (Role.CUSTOMER, name) in found
            },
            "call": {name: found[None, name] for name in CALL_UNITS if (None, name) in found},
        },
        "units": {**ROLE_UNITS, **CALL_UNITS},
    }


def transcript_json(shown: Call) -> dict[str, Any]:
    """What was heard in a recording that is no two-party call, as it may be read."""
    return {
        "schema_version": SCHEMA_VERSION,
        "call_id": shown.info.call_id,
        "recording_id": shown.recording.recording_id,
        "utterances": [
            {"channel": u.channel, "start_ms": u.span.start_ms, "end_ms": u.span.end_ms, "text": u.text}
            for u in shown.transcript.utterances
        ],
    }
