"""Scorecards as a table with the reason for every lost point."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from qa_pipeline.cli.cell import Cell
from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.scorecard import CallResult, CallStatus, Scorecard, ScoredFinding
from qa_pipeline.i18n import Lang, seconds, text
from qa_pipeline.pipeline.output import reason_parts
from qa_pipeline.pipeline.run import RunReport
from qa_pipeline.reports.explain import explain
from qa_pipeline.rules.rubric import Rubric

RubricOf = Callable[[Scorecard], Rubric]
_PLAIN_WIDTH = 150
_TABLE_WIDTH = 110
"""In a narrower table the reasons would stand in a column of a few characters."""
_AND: Mapping[Lang, str] = {"zh": "、", "en": ", "}


def console() -> Console:
    """A console as wide as the terminal; wide enough for the reasons where there is none."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _PLAIN_WIDTH
    return Console(width=width, highlight=False, file=sys.stdout)


def print_results(report: RunReport, rubric_of: RubricOf, lang: Lang) -> None:
    """The table of a run."""
    agents = {j.info.call_id: j.info.agent_id for j in report.plan.jobs}
    print_table(report.results, agents, rubric_of, lang)


def print_table(
    results: Sequence[CallResult], agents: Mapping[str, str | None], rubric_of: RubricOf, lang: Lang
) -> None:
    """One row a call; on a narrow terminal one block a call."""
    screen = console()
    rows = [_cells(result, agents.get(result.call_id), rubric_of, lang) for result in results]
    if screen.width < _TABLE_WIDTH:
        for *head, why in rows:
            title = "  ".join(" ".join(cell.plain.split("\n")) for cell in head)
            screen.print(Padding(Cell(title), 0), Padding(why, (0, 0, 1, 2)))
        return
    table = Table(show_lines=True)
    for key in ("call", "agent", "rubric", "score", "grade"):
        table.add_column(_say(lang, f"col_{key}"), overflow="fold")
    table.add_column(_say(lang, "col_reasons"), overflow="fold", ratio=1)
    for row in rows:
        table.add_row(*row)
    screen.print(table)


def _cells(result: CallResult, agent_id: str | None, rubric_of: RubricOf, lang: Lang) -> list[Text]:
    card = result.scorecard
    agent = agent_id or _say(lang, "none")
    if card is None:
        say, do = reason_parts(result.code or "call.waiting", result.params, lang)
        status = _say(lang, f"status_{result.status.value}")
        cells = [result.call_id, agent, _say(lang, "none"), _say(lang, "none"), status, f"{say}{do}"]
    else:
        cells = [
            result.call_id,
            agent,
            f"{card.rubric_id} v{card.rubric_version}",
            _score(card, lang),
            card.grade or _say(lang, "none"),
            "\n".join(reasons(card, rubric_of(card), lang)),
        ]
    return [Cell(cell) for cell in cells]


def _score(card: Scorecard, lang: Lang) -> str:
    """The score, with its interval where something is pending."""
    middle = _say(lang, "none") if card.score_pct is None else f"{card.score_pct:g}"
    low, high = card.score_low_pct, card.score_high_pct
    if low is None or high is None or low == high:
        return middle
    return f"{middle}\n[{_say(lang, 'range', low=low, high=high)}]"


def reasons(card: Scorecard, rubric: Rubric, lang: Lang) -> list[str]:
    """Every lost point and every open question of a scorecard, a line each."""
    titles = {c.id: c.title for section in rubric.sections for c in section.criteria}
    lines: list[str] = []
    people: list[str] = []
    for scored in card.findings:
        finding = scored.finding
        if finding.criterion_id in card.suspected_fatal:
            lines.append(_line("fatal", scored, titles[finding.criterion_id], lang))
        elif finding.outcome is Outcome.NEEDS_REVIEW and finding.operator == "human":
            people.append(titles[finding.criterion_id])
        elif finding.outcome is Outcome.NEEDS_REVIEW:
            lines.append(_line("review", scored, titles[finding.criterion_id], lang))
        elif scored.decided and scored.points < scored.points_possible:
            lines.append(_line("lost", scored, titles[finding.criterion_id], lang))
    if not lines:
        lines.append(_say(lang, "no_deduction"))
    if people:
        lines.append(_say(lang, "people", titles=_AND[lang].join(people)))
    return lines


def _line(key: str, scored: ScoredFinding, title: str, lang: Lang) -> str:
    finding = scored.finding
    # One window is often searched for several things.
    spans = dict.fromkeys((seconds(e.span.start_ms), seconds(e.span.end_ms)) for e in finding.evidence)
    times = _AND[lang].join(_say(lang, "window", start=start, end=end) for start, end in list(spans)[:3])
    return _say(
        lang,
        key,
        points=round(scored.points_possible - scored.points, 2),
        title=title,
        explanation=explain(finding, lang),
        times=times or _say(lang, "none"),
    )


def summary(report: RunReport, lang: Lang) -> str:
    """Received is the sum of all statuses."""
    counts = report.counts
    return _say(
        lang,
        "summary",
        received=len(report.results),
        scored=counts[CallStatus.SCORED],
        not_scored=counts[CallStatus.NOT_SCORED],
        failed=counts[CallStatus.FAILED],
        pending=counts[CallStatus.PENDING],
    )


def _say(lang: Lang, key: str, /, **params: object) -> str:
    return text(f"cli.{key}", lang, **params)
