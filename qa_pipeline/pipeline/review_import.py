"""Takes in people's marks: every fault of a form at once, nothing twice, nothing changed that is there."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.scorecard import Review, Scorecard
from qa_pipeline.errors import CollectedErrors, InputError, QaError, SourceLocation
from qa_pipeline.i18n import Lang, catalogue
from qa_pipeline.pipeline.review_form import VERDICTS
from qa_pipeline.pipeline.review_table import Row, read_rows
from qa_pipeline.pipeline.reviewed import Reviewing, Standing

_CLOCKS_DIFFER = timedelta(minutes=5)
"""A time so little ahead of ours is another machine's clock, not the future."""

_TOGETHER = 10_000
"""Marks in one transaction: databases limit what a statement names. Where a second one fails, importing again adds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A call on which marks are new, before and after them."""

    call_id: str
    num_new: int
    before: Scorecard
    after: Scorecard


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a form brought."""

    num_marks: int
    """Rows with a verdict."""
    num_blank: int
    """Rows without one."""
    num_new: int
    changes: tuple[Change, ...]


def import_reviews(
    path: Path, reviewing: Reviewing, *, reviewer: str | None, now: datetime, business_tz: str
) -> Imported:
    """Keep the marks of a filled-in form. A second import of the same file changes nothing.

    Args:
        path: CSV or workbook.
        reviewing: where calls and marks are.
        reviewer: who marked the rows that don't say.
        now: when; a row without a time is marked now.
        business_tz: of times without a zone.

    Raises:
        CollectedErrors: all faults with their rows; nothing is kept then.
        InputError: the file can't be read, or ``review.no_verdicts``.
    """
    rows = read_rows(path)
    blank = sum("verdict" not in row.cells for row in rows)

    def take() -> tuple[_Taker, list[Review], list[Review]]:
        taker = _Taker(path, reviewing, (reviewer or "").strip(), now, business_tz)
        marks = [mark for mark in (taker.mark(row) for row in rows) if mark is not None]
        if taker.errors:
            raise CollectedErrors(tuple(taker.errors))
        return taker, marks, [mark for mark in marks if mark.review_id not in taker.kept]

    taker, marks, new = take()
    if blank == len(rows):
        raise InputError("review.no_verdicts", path=str(path))
    try:
        num_new = _add(new, reviewing)
    except InputError as error:
        if error.code != "storage.review_changed":
            raise
        # Somebody imports the same form at the same time: what is there by now is not new any more.
        taker, marks, new = take()
        num_new = _add(new, reviewing)
    before = {call_id: taker.calls[call_id] for call_id in dict.fromkeys(mark.call_id for mark in new)}
    return Imported(
        num_marks=len(marks),
        num_blank=blank,
        num_new=num_new,
        changes=tuple(
            Change(
                call_id=call_id,
                num_new=sum(mark.call_id == call_id for mark in new),
                before=standing.effective,
                after=reviewing.standing(call_id).effective,
            )
            for call_id, standing in before.items()
            if standing is not None
        ),
    )


def _add(new: Sequence[Review], reviewing: Reviewing) -> int:
    parts = (new[first : first + _TOGETHER] for first in range(0, len(new), _TOGETHER))
    return sum(reviewing.store.add_reviews(part) for part in parts)


class _Taker:
    """Checks rows one by one and remembers their faults."""

    def __init__(
        self, path: Path, reviewing: Reviewing, reviewer: str, now: datetime, business_tz: str
    ) -> None:
        self.errors: list[QaError] = []
        self.calls: dict[str, Standing | None] = {}
        self.kept: set[str] = set()
        """Ids of marks that are in the database."""
        self._path = path
        self._reviewing = reviewing
        self._reviewer = reviewer
        self._now = now
        self._tz = ZoneInfo(business_tz)
        self._rows: dict[tuple[str, str, str], int] = {}

    def mark(self, row: Row) -> Review | None:
        """The mark of a row; None where it is blank or wrong."""
        if "verdict" not in row.cells:
            if "reason" in row.cells:
                self._wrong(row, "review.no_verdict")
            return None
        found = len(self.errors)
        outcome, at = self._outcome(row), self._time(row)
        reviewer, reason = row.text("reviewer") or self._reviewer, row.text("reason")
        if not reviewer:
            self._wrong(row, "review.no_reviewer")
        if outcome is Outcome.NOT_MET and not reason:
            self._wrong(row, "review.no_reason")
        standing = self._standing(row)
        digest = None if standing is None else self._digest(row, standing)
        if standing is None or digest is None or outcome is None or len(self.errors) > found:
            return None
        finding = (standing.row.info.call_id, row.text("criterion_id"), reviewer)
        if finding in self._rows:
            self._wrong(
                row, "review.twice", reviewer=reviewer, criterion=finding[1], first=self._rows[finding]
            )
            return None
        self._rows[finding] = row.number
        new = Review(
            review_id="",
            call_id=finding[0],
            rubric_id=standing.first.rubric_id,
            criterion_id=finding[1],
            criterion_digest=digest,
            reviewer=reviewer,
            reviewed_at=at or self._now,
            outcome=outcome,
            reason=reason,
        )
        return self._after_earlier(row, new, standing, timed=at is not None)

    def _after_earlier(self, row: Row, new: Review, standing: Standing, *, timed: bool) -> Review | None:
        """The mark, or the one that is kept already where this is the same."""
        earlier = [
            mark
            for mark in standing.reviews
            if (mark.criterion_id, mark.criterion_digest, mark.reviewer)
            == (new.criterion_id, new.criterion_digest, new.reviewer)
        ]
        self.kept |= {mark.review_id for mark in earlier}
        last = max(earlier, key=lambda mark: (mark.reviewed_at, mark.review_id), default=None)
        when = new.reviewed_at.isoformat() if timed else f"after {last.review_id if last else 'none'}"
        named = replace(new, review_id=review_id(new, when))
        if named.review_id in self.kept:
            return named
        if last is None:
            return named
        if not timed and (last.outcome, last.reason) == (new.outcome, new.reason):
            return last
        if last.reviewed_at >= new.reviewed_at:
            # The latest mark counts: which one that is must never be left to chance.
            known = last.reviewed_at.astimezone(self._tz)
            self._wrong(row, "review.not_later", reviewer=new.reviewer, known=f"{known:%Y-%m-%d %H:%M:%S}")
            return None
        return named

    def _outcome(self, row: Row) -> Outcome | None:
        said = row.text("verdict")
        words = _verdict_words()
        if said.lower() in words:
            return words[said.lower()]
        self._wrong(row, "review.bad_verdict", value=said)
        return None

    def _time(self, row: Row) -> datetime | None:
        cell = row.cells.get("reviewed_at")
        if cell is None:
            return None
        at = _moment(cell)
        if at is None:
            self._wrong(row, "review.bad_time", value=str(cell))
            return None
        at = (at if at.tzinfo is not None else at.replace(tzinfo=self._tz)).astimezone(UTC)
        if at > self._now + _CLOCKS_DIFFER:
            self._wrong(row, "review.future", value=str(cell))
            return None
        return at

    def _standing(self, row: Row) -> Standing | None:
        call_id = row.text("call_id")
        if not call_id:
            self._wrong(row, "review.no_call")
            return None
        if call_id not in self.calls:
            try:
                self.calls[call_id] = self._reviewing.standing(call_id)
            except InputError as error:
                self.calls[call_id] = None
                self._wrong(row, error.code, **error.params)
        return self.calls[call_id]

    def _digest(self, row: Row, standing: Standing) -> str | None:
        criterion_id, card = row.text("criterion_id"), standing.first
        rubric_id = row.text("rubric").partition("@")[0]
        if rubric_id and rubric_id != card.rubric_id:
            self._wrong(
                row, "review.other_form", call_id=card.call_id, rubric=rubric_id, known=card.rubric_id
            )
            return None
        known = [mark.finding.criterion_id for mark in card.findings]
        if criterion_id not in known:
            near = difflib.get_close_matches(criterion_id, known, n=1, cutoff=0.3)
            self._wrong(
                row,
                "review.unknown_criterion",
                criterion=criterion_id,
                rubric=card.rubric_id,
                nearest=near[0] if near else known[0],
            )
            return None
        digest = standing.digest(criterion_id)
        if not digest.startswith(row.text("check").lower()):
            self._wrong(row, "review.criterion_changed", criterion=criterion_id, call_id=card.call_id)
            return None
        return digest

    def _wrong(self, row: Row, code: str, /, **params: object) -> None:
        place = SourceLocation(file=str(self._path), line=row.number)
        self.errors.append(InputError(code, location=place, **params))


def review_id(mark: Review, when: str) -> str:
    """Names a mark by what it says: the same mark of a form read twice is one mark.

    Args:
        mark: without its name.
        when: its time in UTC, or after which mark it came where it has none of its own.
    """
    said = (
        mark.call_id,
        mark.rubric_id,
        mark.criterion_id,
        mark.criterion_digest,
        mark.reviewer,
        when,
        mark.outcome.value,
        mark.reason,
    )
    return f"m-{hashlib.sha256(chr(0).join(said).encode('utf-8', 'replace')).hexdigest()[:32]}"


def _verdict_words() -> dict[str, Outcome]:
    """Everything that is understood as a verdict, in small letters."""
    words = dict(VERDICTS)
    for lang in get_args(Lang):
        messages = catalogue("people", lang)
        for name, outcome in VERDICTS.items():
            words[str(messages[f"verdict_{name}"]).lower()] = outcome
            words |= {str(word).lower(): outcome for word in messages[f"verdict_words_{name}"]}
    return words


def _moment(cell: str | date | datetime) -> datetime | None:
    """A time; a day alone is its beginning."""
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime.combine(cell, time())
    said = cell.replace("/", "-")
    for shape in (None, "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            return datetime.fromisoformat(said) if shape is None else datetime.strptime(said, shape)
        except ValueError:
            continue
    return None


def changed_calls(changes: Sequence[Change]) -> int:
    """On how many calls the score or a confirmed fatal changed."""
    return sum(
        (c.before.score_pct, c.before.auto_failed_by, c.before.grade)
        != (c.after.score_pct, c.after.auto_failed_by, c.after.grade)
        for c in changes
    )
