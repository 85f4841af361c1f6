"""The call page: one file in which every point can be heard, seen and read."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from qa_pipeline.domain.call import Call, CallInfo
from qa_pipeline.domain.scorecard import Scorecard
from qa_pipeline.i18n import Lang
from qa_pipeline.reports.measures_view import build_measures
from qa_pipeline.reports.pages import CLOCK_FROM_MS, HTML_LANG, Words, number, percent, render, short
from qa_pipeline.reports.scorecard_view import build_sections
from qa_pipeline.reports.timeline import build_timeline
from qa_pipeline.reports.transcript_view import build_transcript

if TYPE_CHECKING:
    from qa_pipeline.rules.rubric import Rubric

_MINOR_NOTES = ("header_duration_missing", "last_frame_incomplete", "end_mark_missing", "dc_offset_channel")
"""Oddities that can't have changed what was heard: named at the foot, not at the head."""
_DIGEST_CHARS = 32
"""Provenance values this long without a space are digests: shown short, whole on hover."""


def render_call_page(
    call: Call,
    scorecard: Scorecard,
    rubric: Rubric,
    *,
    audio_mp3: bytes | None,
    lang: Lang,
    business_tz: str,
    shown: Call | None = None,
    num_hidden: int | None = 0,
    redaction: str | None = None,
    audio_purged: bool = False,
    appeal_days: int | None = None,
) -> str:
    """The page as one HTML document that loads nothing from anywhere.

    Args:
        call: the call; times are milliseconds of the recording.
        scorecard: the call under ``rubric``.
        rubric: the form that was filled in.
        audio_mp3: the recording as MP3; None where it isn't to be had: the page says so and all else works.
        lang: the reader's language.
        business_tz: time zone in which the start of the call is shown.
        shown: the call as it may be read, where that is not ``call``: what is measured comes from ``call``.
        num_hidden: places without their words and sound; None: nothing was looked for, and the page warns of that.
        redaction: names what decided that; it stands in the page's head.
        audio_purged: there is no sound because the link to the recording was deleted for its age.
        appeal_days: how long a deduction can be objected to; None: the page names no time.

    Raises:
        ValueError: the scorecard holds a criterion that the rubric lacks (another version of it).
    """
    whole_ms = call.recording.duration_ms
    words = Words(lang=lang, clock=whole_ms >= CLOCK_FROM_MS, whole_ms=whole_ms)
    criteria = {c.id: c for section in rubric.sections for c in section.criteria}
    unknown = [s.finding.criterion_id for s in scorecard.findings if s.finding.criterion_id not in criteria]
    if unknown:
        raise ValueError(f"the rubric {rubric.rubric} has no criteria {unknown}")
    titled = [(scored, criteria[scored.finding.criterion_id].title) for scored in scorecard.findings]
    sections = build_sections(scorecard, rubric, words)
    items = [item for section in sections for item in section.items]
    by_id = {item.criterion_id: item for item in items}
    shown = shown or call
    return render(
        "call.html.j2",
        styles=("base.css", "call.css"),
        scripts=("call.js",),
        html_lang=HTML_LANG[lang],
        t=words,
        call=shown,
        card=scorecard,
        clock=words.clock,
        duration_ms=whole_ms,
        rubric_name=words("rubric_version", title=rubric.title, version=rubric.version),
        facts=_facts(shown, words, business_tz),
        score=_score(scorecard),
        redaction=redaction,
        privacy=words("not_hidden")
        if num_hidden is None
        else words("hidden", count=num_hidden)
        if num_hidden
        else "",
        notes=[_note(code, words) for code in call.notes if not code.startswith(_MINOR_NOTES)],
        suspected=[by_id[i] for i in scorecard.suspected_fatal],
        auto_failed=[by_id[i] for i in scorecard.auto_failed_by],
        no_audio=words("audio_purged" if audio_purged else "no_audio"),
        audio=None if audio_mp3 is None else base64.b64encode(audio_mp3).decode(),
        timeline=build_timeline(call, titled, words),
        transcript=build_transcript(shown, titled),
        measures=build_measures(call, words),
        sections=sections,
        items=items,
        lost=[item for item in items if item.fault],
        review=[item for item in items if item.review],
        about=_about(call, scorecard, words),
        appeal_days=appeal_days,
    )


def _facts(call: Call, words: Words, business_tz: str) -> list[tuple[str, str, str]]:
    """Label, value and help of what is known of the call; what isn't known is left out."""
    info = call.info
    direction = words.named("direction", info.direction) if info.direction else None
    started = info.started_at.astimezone(ZoneInfo(business_tz)) if info.started_at else None
    facts = [
        ("fact_agent", _agent(info, words), ""),
        ("fact_team", info.team_id, ""),
        ("fact_queue", words.named("queue", info.queue) if info.queue else None, ""),
        ("fact_direction", direction, ""),
        ("fact_customer", info.customer_id, ""),
        ("fact_started", f"{started:%Y-%m-%d %H:%M:%S}" if started else None, business_tz),
        ("fact_ring", None if info.ring_s is None else words("unit_seconds", value=number(info.ring_s)), ""),
        ("fact_duration", words.duration(call.recording.duration_ms), ""),
        ("fact_hearing", f"{percent(call.hearing_quality)}%", words("fact_hearing_help")),
    ]
    return [(words(label), value, help_) for label, value, help_ in facts if value]


def _agent(info: CallInfo, words: Words) -> str:
    number_ = words("fact_agent_id", agent_id=info.agent_id) if info.agent_id else None
    return " · ".join(part for part in (info.agent_name, number_) if part) or words("unknown")


def _score(card: Scorecard) -> dict[str, str | None]:
    """The figures of the head; the interval only where something is pending."""
    low, high = card.score_low_pct, card.score_high_pct
    uncertain = low is not None and high is not None and (low, high) != (card.score_pct, card.score_pct)
    return {
        "value": None if card.score_pct is None else number(card.score_pct),
        "low": number(low) if uncertain and low is not None else None,
        "high": number(high) if uncertain and high is not None else None,
        "width": number(high - low) if uncertain and low is not None and high is not None else None,
        "points": number(card.points),
        "possible": number(card.points_possible),
    }


def _note(code: str, words: Words) -> str:
    """``clipped_channel_1`` and the like name their channel last."""
    kind, _, channel = code.rpartition("_")
    if channel.isdigit():
        return words(f"note_{kind}", channel=channel) if words.knows(f"note_{kind}") else code
    return words.named("note", code)


def _about(call: Call, card: Scorecard, words: Words) -> list[tuple[str, str, str]]:
    """Label, value and whole value of what the scorecard was made with."""
    roles = words("list_separator").join(
        words(
            "about_role",
            channel=a.channel,
            role=words.named("role", a.role.value),
            basis=words.named("basis", a.basis),
            percent=percent(a.confidence),
        )
        for a in call.roles
    )
    notes = words("list_separator").join(_note(c, words) for c in call.notes if c.startswith(_MINOR_NOTES))
    rest = {**card.provenance}
    model = next((rest.pop(key) for key in sorted(rest) if key.endswith("model")), None)
    rows = [
        (words("about_model"), model or words("unknown"), ""),
        (words("about_engine"), short(card.engine_digest), card.engine_digest),
        (words("about_rubric"), short(card.rubric_digest), card.rubric_digest),
        (words("about_recording"), short(card.recording_id), card.recording_id),
        (words("about_roles"), roles, ""),
        (words("banner_notes"), notes, ""),
    ]
    for key, value in sorted(rest.items()):
        digest = len(value) >= _DIGEST_CHARS and " " not in value
        rows.append((key, short(value) if digest else value, value if digest else ""))
    return [row for row in rows if row[1]]
