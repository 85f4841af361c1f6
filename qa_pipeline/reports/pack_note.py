"""The summary of a coaching pack (辅导要点): one page on what to keep, what to change, the rule and better words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from qa_pipeline.i18n import Lang, text
from qa_pipeline.reports.clip_note import Note, Part
from qa_pipeline.reports.clip_view import ClipView
from qa_pipeline.reports.pages import number

_KEEP = 5
_MIN_DECIDED = 2
"""What was asked of an agent once says nothing of a habit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionFigure:
    """How an agent did on a criterion, people's marks applied."""

    criterion_id: str
    title: str
    severity: str
    failed: int
    decided: int
    lost: float
    """Points."""
    asked: bool
    """It asks for something; else it only forbids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """An agent's days in figures, people's marks applied."""

    agent_name: str | None
    first: date
    last: date
    calls: int
    mean: float | None
    """Mean score, per cent; None while all wait for a person."""
    confirmed_fatal: int
    suspected_fatal: int
    min_calls: int
    """With fewer calls nobody is judged."""
    criteria: tuple[CriterionFigure, ...]
    """The most costly first."""

    @property
    def too_few(self) -> bool:
        """Whether the figures are too few to judge by."""
        return self.calls < self.min_calls


def say(lang: Lang, key: str, /, **params: object) -> str:
    """The message ``packs.<key>``."""
    return text(f"packs.{key}", lang, **params)


def pack_note(agent: str, figures: Figures, clips: Sequence[ClipView], lang: Lang) -> Note:
    """The summary.

    Args:
        agent: whose pack it is, as the agent may read it.
        figures: of the period.
        clips: those of the pack, in order; a fault and its good example share a pair.
        lang: of all words.
    """
    bad = [clip for clip in clips if clip.kind == "bad"]
    return Note(
        title=say(lang, "note_title", agent=agent),
        parts=(
            Part(heading=say(lang, "note_figures"), paragraphs=tuple(_figures(figures, lang))),
            Part(
                heading=say(lang, "note_keep"),
                paragraphs=() if _kept(figures) else (say(lang, "keep_none"),),
                items=(
                    *(say(lang, "keep", title=f.title, count=f.decided) for f in _kept(figures)),
                    *(
                        say(lang, "keep_clip", number=c.number, title=c.title)
                        for c in clips
                        if c.kind == "good" and c.pair is None
                    ),
                ),
            ),
            *(_change(n, clip, clips, figures, lang) for n, clip in enumerate(bad, 1)),
            *(
                ()
                if bad
                else (Part(heading=say(lang, "note_change"), paragraphs=(_no_fault(figures, lang),)),)
            ),
            Part(heading=say(lang, "note_about"), paragraphs=(say(lang, "about"),)),
        ),
    )


def _figures(figures: Figures, lang: Lang) -> Iterator[str]:
    yield say(lang, "figures", first=figures.first, last=figures.last, calls=figures.calls)
    if figures.mean is None:
        yield say(lang, "mean_none")
    else:
        yield say(lang, "mean", mean=number(figures.mean))
    if figures.confirmed_fatal or figures.suspected_fatal:
        yield say(lang, "fatal", confirmed=figures.confirmed_fatal, suspected=figures.suspected_fatal)
    if figures.too_few:
        yield say(lang, "too_few", calls=figures.calls, least=figures.min_calls)


def _kept(figures: Figures) -> list[CriterionFigure]:
    strong = [f for f in figures.criteria if not f.failed and f.decided >= _MIN_DECIDED]
    gravity = {"fatal": 0, "critical": 1, "major": 2, "minor": 3}
    done = [f for f in strong if f.asked] or strong
    return sorted(done, key=lambda f: (-f.decided, gravity.get(f.severity, 9), f.criterion_id))[:_KEEP]


def _change(n: int, clip: ClipView, clips: Sequence[ClipView], figures: Figures, lang: Lang) -> Part:
    rule = clip.rule
    figure = next(
        (f for f in figures.criteria if rule is not None and f.criterion_id == rule.criterion_id), None
    )
    good = next((c for c in clips if c.pair == clip.pair and c.kind == "good"), None)
    items = [say(lang, "change_seen", number=clip.number, what=clip.explanation)]
    items += [say(lang, "change_said", who=s.who, quote=s.quote) for s in clip.said]
    if rule is not None:
        severity = text(f"clips.severity_{rule.severity}", lang)
        items.append(
            say(lang, "change_rule", title=rule.title, standard=rule.standard or "—", severity=severity)
        )
    if clip.better:
        items.append(say(lang, "change_better", words=say(lang, "or").join(clip.better)))
    if good is not None:
        items.append(say(lang, "change_good", number=good.number, who=good.agent))
    counted = ""
    if figure is not None:
        counted = say(
            lang, "change_count", failed=figure.failed, decided=figure.decided, lost=number(figure.lost)
        )
    return Part(
        heading=say(lang, "note_change_n", n=n, title=clip.title),
        paragraphs=(counted,) if counted else (),
        items=tuple(items),
    )


def _no_fault(figures: Figures, lang: Lang) -> str:
    """Why there is nothing to change: nothing was found, or what was found can't be played any more."""
    return say(lang, "change_unplayable" if any(f.failed for f in figures.criteria) else "change_none")
