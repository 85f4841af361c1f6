"""Tells a measured moment, or a place where words are said, as a case: neither good nor bad by itself."""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.conversation.measures import CALL_UNITS, ROLE_UNITS
from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Finding, Message
from qa_pipeline.domain.scorecard import Scorecard
from qa_pipeline.pipeline.case_view import Place, frame, moved, sentences
from qa_pipeline.pipeline.clip_measures import Shown
from qa_pipeline.pipeline.redaction import Clean, who
from qa_pipeline.reports.clip_view import ClipView, Measured, words
from qa_pipeline.reports.describe import Describer
from qa_pipeline.reports.explain import explain
from qa_pipeline.reports.pages import Words, number
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.rubric import Criterion, Rubric, resolved
from qa_pipeline.storage.clip_base import MeasuredRow, SaidRow

JUDGES = {
    "dead_air_max_s": "dead_air_under",
    "dead_air_count": "dead_air_under",
    "dead_air_s": "dead_air_under",
    "talk_over_count": "talk_over_under",
    "talk_over_s": "talk_over_under",
    "speaking_rate": "speaking_rate_between",
    "response_latency_max_s": "response_latency_under",
    "response_latency_median_s": "response_latency_under",
    "monologue_max_s": "monologue_under",
    "talk_share_pct": "talk_ratio_between",
    "loudness_db": "loudness_between",
    "loudness_jump_db": "loudness_jump_under",
    "pitch_range_st": "pitch_range_at_least",
    "pitch_off_baseline_st": "pitch_within_baseline",
    "duration_s": "duration_between",
    "turns": "turns_between",
    "honorific_nin": "honorific_ratio",
    "honorific_ni": "honorific_ratio",
}
"""The operator by which a form judges a measure."""


def measure_view(
    clean: Clean,
    row: MeasuredRow,
    shown: Shown,
    reason: Message,
    place: Place,
    judged: tuple[Scorecard, Rubric] | None,
) -> ClipView:
    """A measured moment for readers; ``judged``: the call's scorecard and its form."""
    page = Words(lang=clean.lang)
    lang = clean.lang
    label = page(f"measure_{row.measure}")
    unit = page.named("measure_unit", {**ROLE_UNITS, **CALL_UNITS}[row.measure])
    role = Role(row.role) if row.role else None
    limits = tuple(_limits(clean, row.measure, role, *judged)) if judged is not None else ()
    measured = Measured(
        name=row.measure,
        label=label,
        who=who(role, lang, place.agent) if role is not None else "",
        unit=unit,
        value=row.value,
        place_value=shown.value,
        span=moved(shown.span.intersection(place.span) or place.span, place.span),
        definition=page(f"measure_{row.measure}_help"),
        limits=limits,
        lower_pct=int(str(reason.params["lower"])),
        calls=int(str(reason.params["calls"])),
    )
    whole = words(
        lang,
        "measured_call",
        who=measured.who or words(lang, "whole_call"),
        label=label,
        value=number(row.value),
        unit=unit,
    )
    here = ""
    if shown.value is not None:
        here = words(lang, "measured_here", value=number(shown.value), unit=unit)
    return frame(
        clean,
        place,
        folder=f"{row.measure}_{row.role or 'call'}",
        title=f"{label} {number(row.value)} {unit}",
        kind="shown",
        measured=measured,
        explanation=whole + here,
    )


def words_view(clean: Clean, row: SaidRow, place: Place) -> ClipView:
    """A place where words are said, for readers."""
    role = next(
        (clean.call.role_of(u) for u in clean.call.transcript.utterances if u.span.intersection(row.span)),
        None,
    )
    title = words(clean.lang, "title_words", words=clean.text(row.words))
    return frame(
        clean,
        place,
        folder="words",
        title=title,
        kind="shown",
        explanation=words(clean.lang, "words_found", words=clean.text(row.words)),
        said=sentences(clean, place, [(role, clean.text(row.words), row.span)]),
    )


def _limits(clean: Clean, measure: str, role: Role | None, card: Scorecard, rubric: Rubric) -> Iterator[str]:
    describer = Describer(rubric=rubric, lang=clean.lang)
    found = {f.finding.criterion_id: f.finding for f in card.findings}
    for _, criterion in rubric.criteria():
        finding = found.get(criterion.id)
        if finding is None or not _judges(criterion, measure, role, rubric):
            continue
        yield words(
            clean.lang,
            "measure_limit",
            title=criterion.title,
            asked=describer.short(criterion.check),
            found=_found(clean, finding),
        )


def _found(clean: Clean, finding: Finding) -> str:
    return clean.text(explain(clean.finding(finding), clean.lang))


def _judges(criterion: Criterion, measure: str, role: Role | None, rubric: Rubric) -> bool:
    wanted = JUDGES.get(measure)
    pending: list[Operator] = [criterion.check]
    while pending:
        check = resolved(pending.pop(), rubric.conditions)
        of = getattr(check, "role", None)
        if check.name == wanted and (role is None or of in (None, "any", role.value)):
            return True
        pending += [child for _, child in check.children()]
    return False
