"""The index page: what was received, how it came out, what to look at first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import quote

from qa_pipeline.domain.call import CallInfo
from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.scorecard import CallResult, CallStatus, Scorecard, ScoredFinding
from qa_pipeline.errors import RecordingError
from qa_pipeline.i18n import Lang, error_parts, legible
from qa_pipeline.privacy.names import public_name, public_text
from qa_pipeline.reports.explain import explain
from qa_pipeline.reports.pages import HTML_LANG, Words, number, render

if TYPE_CHECKING:
    from qa_pipeline.rules.rubric import Rubric

_MOST_LOSSES = 6
"""Lost points listed per call; the call page has them all."""
_SEVERITY_RANK = {"fatal": 0, "critical": 1, "major": 2, "minor": 3}
_STATUS_RANK = {CallStatus.SCORED: 1, CallStatus.FAILED: 2, CallStatus.NOT_SCORED: 3, CallStatus.PENDING: 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loss:
    criterion_id: str
    title: str
    points: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    call_id: str
    source: str
    link: str
    agent: str
    team: str
    rubric: str
    group: str
    """``attention``, ``review``, ``without`` or empty, for the filter."""
    status: str
    say: str
    do: str
    score: str
    sort_score: str
    band: str
    grade: str
    suspected: bool
    auto_failed: bool
    losses: tuple[_Loss, ...]
    more: int
    pending: int


def render_index(
    results: Sequence[CallResult],
    *,
    links: Mapping[str, str],
    lang: Lang,
    title: str,
    infos: Mapping[str, CallInfo] | None = None,
    rubrics: Sequence[Rubric] = (),
) -> str:
    """The page as one HTML document that loads nothing from anywhere; suspected fatal first, then the lowest scores.

    Args:
        results: every call that was received, in any order.
        links: call id to the path of its page, relative to this one and not URL-encoded.
        lang: the reader's language.
        title: heading of the page.
        infos: call id to what is known of the call, for the agent's column.
        rubrics: the forms that were used, for the titles of criteria; ids are shown where they are missing.
    """
    words = Words(lang=lang)
    forms = {rubric.digest: rubric for rubric in rubrics}
    ranked = sorted(results, key=_rank)
    rows = [_row(r, links.get(r.call_id), (infos or {}).get(r.call_id), forms, words) for r in ranked]
    counts = {status.value: sum(r.status is status for r in results) for status in CallStatus}
    return render(
        "index.html.j2",
        styles=("base.css", "index.css"),
        scripts=("index.js",),
        html_lang=HTML_LANG[lang],
        t=words,
        title=title,
        counts=words("index_counts", received=len(results), **counts),
        by_rubric=_by_rubric(results, forms, words),
        rows=rows,
        groups={
            "attention": sum(row.group == "attention" for row in rows),
            "review": sum(row.pending > 0 for row in rows),
            "without": sum(row.group == "without" for row in rows),
        },
    )


def _rank(result: CallResult) -> tuple[int, float]:
    card = result.scorecard
    if card is not None and (card.suspected_fatal or card.auto_failed_by):
        return (0, 0.0)
    score = None if card is None else card.score_pct if card.score_pct is not None else card.score_low_pct
    return (_STATUS_RANK[result.status], -1.0 if score is None else score)


def _row(
    result: CallResult, link: str | None, info: CallInfo | None, forms: Mapping[str, Rubric], words: Words
) -> _Row:
    card = result.scorecard
    say, do = _reason(result, words)
    losses = _losses(card, forms, words) if card else ()
    fatal = card is not None and bool(card.suspected_fatal or card.auto_failed_by)
    return _Row(
        call_id=public_name(result.call_id),
        source=public_name(result.source_name),
        # A call id may look like a scheme ("javascript:…"): encoded and made relative, it is a path and nothing else.
        link=f"./{quote(link.removeprefix('./'))}" if link else "",
        agent=" · ".join(part for part in (info.agent_name, info.agent_id) if part) if info else "",
        team=(info.team_id or "") if info else "",
        rubric=_form_name(card, forms, words) if card else "",
        group="attention" if fatal else "" if card else "without",
        status="" if card else words(f"status_{result.status.value}"),
        say=public_text(say),
        do=public_text(do),
        score="" if card is None or card.score_pct is None else number(card.score_pct),
        sort_score="" if card is None or card.score_pct is None else str(card.score_pct),
        band=_band(card, words) if card else "",
        grade=(card.grade or "") if card else "",
        suspected=card is not None and bool(card.suspected_fatal),
        auto_failed=card is not None and bool(card.auto_failed_by),
        losses=losses[:_MOST_LOSSES],
        more=max(0, len(losses) - _MOST_LOSSES),
        pending=sum(s.finding.outcome is Outcome.NEEDS_REVIEW for s in card.findings) if card else 0,
    )


def _reason(result: CallResult, words: Words) -> tuple[str, str]:
    """Why there is no scorecard and what to do; the bare code where it has no words, so that no call can break the page."""
    if result.scorecard is not None:
        return "", ""
    if result.code is None:
        return words("status_pending_text") if result.status is CallStatus.PENDING else words("unknown"), ""
    params = {**result.params}
    if isinstance(role := params.get("role"), str):
        params["role"] = words.named("role", role)
    try:
        return error_parts(RecordingError(result.code, location=None, **params), words.lang)
    except (OSError, LookupError, ValueError, TypeError):
        known = (f"{key}={value}" for key, value in sorted(result.params.items()))
        return legible(" ".join([result.code, *known])), ""


def _losses(card: Scorecard, forms: Mapping[str, Rubric], words: Words) -> tuple[_Loss, ...]:
    """Faults by severity, then by points; ties in the order of the form."""
    faults = [
        scored
        for scored in card.findings
        if scored.decided
        and (scored.finding.outcome is Outcome.NOT_MET or scored.points < scored.points_possible)
    ]
    faults.sort(
        key=lambda s: (_SEVERITY_RANK.get(s.severity, len(_SEVERITY_RANK)), s.points - s.points_possible)
    )
    titles = _titles(card, forms)
    return tuple(_loss(scored, titles, words) for scored in faults)


def _loss(scored: ScoredFinding, titles: Mapping[str, str], words: Words) -> _Loss:
    lost = scored.points_possible - scored.points
    criterion_id = scored.finding.criterion_id
    return _Loss(
        criterion_id=criterion_id,
        title=titles.get(criterion_id, criterion_id),
        points=words("lost_points", points=number(lost)) if lost > 0 else "",
        why=explain(scored.finding, words.lang),
    )


def _titles(card: Scorecard, forms: Mapping[str, Rubric]) -> dict[str, str]:
    form = forms.get(card.rubric_digest)
    return {c.id: c.title for section in form.sections for c in section.criteria} if form else {}


def _form_name(card: Scorecard, forms: Mapping[str, Rubric], words: Words) -> str:
    form = forms.get(card.rubric_digest)
    return words("rubric_version", title=form.title if form else card.rubric_id, version=card.rubric_version)


def _band(card: Scorecard, words: Words) -> str:
    low, high = card.score_low_pct, card.score_high_pct
    if low is None or high is None or (low, high) == (card.score_pct, card.score_pct):
        return ""
    return words("band", low=number(low), high=number(high))


def _by_rubric(results: Sequence[CallResult], forms: Mapping[str, Rubric], words: Words) -> list[str]:
    """One line per form with its own median; scores under different forms are never averaged into one."""
    cards: dict[tuple[str, int, str], list[Scorecard]] = {}
    for result in results:
        if (card := result.scorecard) is not None:
            cards.setdefault((card.rubric_id, card.rubric_version, card.rubric_digest), []).append(card)
    lines = []
    for (rubric_id, version, digest), group in sorted(cards.items()):
        form = forms.get(digest)
        name = form.title if form else rubric_id
        scores = [card.score_pct for card in group if card.score_pct is not None]
        if scores:
            middle = number(round(median(scores), 2))
            lines.append(words("index_rubric", title=name, version=version, count=len(group), median=middle))
        else:
            lines.append(words("index_rubric_no_median", title=name, version=version, count=len(group)))
    return lines
