"""Where things lie on the timeline. Positions are percentages, so that zooming only changes the drawing's width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa_pipeline.domain.call import Call, Role
from qa_pipeline.domain.finding import Evidence, Finding, Outcome
from qa_pipeline.domain.scorecard import ScoredFinding
from qa_pipeline.domain.time import Span
from qa_pipeline.reports.pages import Words
from qa_pipeline.reports.transcript_view import quote_kind

_WIDTH_PX = 1200
"""About what the unzoomed timeline has on a laptop; decides which labels fit."""
_TICK_PX = 60
_LABEL_PX = 44
_WHOLE_SHARE = 0.9
"""What spans nearly the whole call points nowhere: no mark."""
_STEPS_S = (1, 5, 10, 30, 60, 300, 600, 1800, 3600)
"""Each divides the next, so that zooming in adds ticks and moves none."""
_ZOOMS = (1, 2, 4, 8, 16, 32)
_MOST_PX_PER_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A stretch of the drawing."""

    span: Span
    left: str
    """Percent of the whole width, as is ``width``."""
    width: str
    kind: str
    title: str = ""
    label: str = ""
    zoom: int = 1
    """The least zoom at which the label fits."""
    lane: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Everything drawn."""

    lanes: tuple[tuple[str, str], ...]
    """Role and its name, top to bottom."""
    turns: tuple[Bar, ...]
    speech: tuple[Bar, ...]
    talk_overs: tuple[Bar, ...]
    dead_air: tuple[Bar, ...]
    marks: tuple[Bar, ...]
    ticks: tuple[Bar, ...]
    max_zoom: int


def build_timeline(call: Call, findings: Sequence[tuple[ScoredFinding, str]], words: Words) -> Timeline:
    """Lay out a call; ``findings`` come with the titles of their criteria."""
    scale = _Scale(max(call.recording.duration_ms, 1))
    present = {
        Role.AGENT,
        Role.CUSTOMER,
        *(t.role for t in call.turns),
        *(r for r, s in call.activity.items() if s),
    }
    lanes = tuple(role for role in Role if role in present)
    return Timeline(
        lanes=tuple((role.value, words.named("role", role.value)) for role in lanes),
        turns=tuple(scale.bar(t.span, t.role.value, lane=lanes.index(t.role)) for t in call.turns),
        speech=tuple(
            scale.bar(span, role.value, lane=lane)
            for lane, role in enumerate(lanes)
            for span in call.activity.get(role, ())
        ),
        talk_overs=tuple(
            scale.bar(
                talk.span,
                "over",
                title=words(
                    "talk_over_title",
                    who=words.named("role", talk.interrupter.value),
                    seconds=f"{talk.span.duration_ms / 1000:.1f}",
                ),
            )
            for talk in call.talk_overs
        ),
        dead_air=tuple(
            scale.bar(
                dead.span,
                "dead",
                title=words("dead_air_title", seconds=f"{dead.span.duration_ms / 1000:.1f}"),
                label=words("unit_seconds", value=f"{dead.span.duration_ms / 1000:.1f}"),
            )
            for dead in call.dead_air
        ),
        marks=tuple(_marks(findings, scale)),
        ticks=scale.ticks(),
        max_zoom=scale.max_zoom,
    )


def _marks(findings: Sequence[tuple[ScoredFinding, str]], scale: _Scale) -> list[Bar]:
    marks = []
    for scored, title in findings:
        for evidence in scored.finding.evidence:
            kind = _mark(scored.finding, evidence)
            if kind is not None and evidence.span.duration_ms < _WHOLE_SHARE * scale.duration_ms:
                marks.append(scale.bar(evidence.span, kind, title=title))
    return marks


def _mark(finding: Finding, evidence: Evidence) -> str | None:
    """What was searched in vain is a window, not a place; a window or measure that cost nothing is not drawn."""
    if finding.outcome is Outcome.NOT_APPLICABLE:
        return None
    if evidence.kind == "quoted":
        return quote_kind(finding)
    if finding.outcome in (Outcome.NOT_MET, Outcome.NEEDS_REVIEW):
        return finding.outcome.value if evidence.kind == "measured" else f"{finding.outcome.value} searched"
    return None


class _Scale:
    def __init__(self, duration_ms: int) -> None:
        self.duration_ms = duration_ms
        wanted = duration_ms / 1000 * _MOST_PX_PER_S / _WIDTH_PX
        self.max_zoom = next((z for z in _ZOOMS if z >= wanted), _ZOOMS[-1])

    def percent(self, time_ms: int) -> str:
        share = 100 * min(max(time_ms, 0), self.duration_ms) / self.duration_ms
        return f"{share:.3f}".rstrip("0").rstrip(".")

    def bar(self, span: Span, kind: str, *, title: str = "", label: str = "", lane: int = 0) -> Bar:
        width_px = span.duration_ms / self.duration_ms * _WIDTH_PX
        return Bar(
            span=span,
            left=self.percent(span.start_ms),
            width=self.percent(span.duration_ms),
            kind=kind,
            title=title,
            label=label,
            zoom=next((z for z in _ZOOMS if width_px * z >= _LABEL_PX), 2 * _ZOOMS[-1]),
            lane=lane,
        )

    def ticks(self) -> tuple[Bar, ...]:
        zooms: dict[int, int] = {}
        for zoom in _ZOOMS:
            if zoom > self.max_zoom:
                break
            shown_s = self.duration_ms / 1000 * _TICK_PX / (_WIDTH_PX * zoom)
            step_ms = 1000 * next((s for s in _STEPS_S if s >= shown_s), _STEPS_S[-1])
            for time_ms in range(0, self.duration_ms + 1, step_ms):
                zooms.setdefault(time_ms, zoom)
        return tuple(
            Bar(
                span=Span(start_ms=time_ms, end_ms=time_ms),
                left=self.percent(time_ms),
                width="0",
                kind="tick",
                label=_tick_label(time_ms // 1000),
                zoom=zoom,
            )
            for time_ms, zoom in sorted(zooms.items())
        )


def _tick_label(time_s: int) -> str:
    minutes, seconds = divmod(time_s, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
