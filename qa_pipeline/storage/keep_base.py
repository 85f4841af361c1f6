"""The port by which things are kept, held back and deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, Protocol

from qa_pipeline.errors import InputError


class Kept(StrEnum):
    """What is kept of a call, each for a time of its own. In this order it goes."""

    AUDIO = "audio"
    """Where the recording lies and what it is called; the recording itself is not ours."""
    TRANSCRIPT = "transcript"
    """What was heard, and all words in scorecards."""
    SCORECARD = "scorecard"
    """Scorecards with findings, marks, appeals, measures, and what the centre said of the call."""


HoldKind = Literal["call", "customer", "agent", "days"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Calls that must not be deleted until the hold is lifted."""

    hold_id: str
    """``H1``, ``H2`` …"""
    kind: HoldKind
    subject: str
    """Whose calls; empty for days."""
    first_day: date | None = None
    last_day: date | None = None
    """Business days, both included."""
    reason: str
    set_by: str
    set_at: datetime
    lifted_by: str | None = None
    lifted_at: datetime | None = None
    lift_reason: str | None = None
    num_calls: int = 0
    """Calls that it covers now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueCount:
    """How much of one kind is kept longer than it may be."""

    num_calls: int = 0
    """To be deleted now."""
    oldest: date | None = None
    newest: date | None = None
    held: int = 0
    """Due, but under a legal hold."""
    appealed: int = 0
    """Due, but with an appeal that nobody has decided."""
    busy: int = 0
    """Due, but being worked on at this moment."""
    held_by: Mapping[str, int] = field(default_factory=dict)
    """Hold to the calls it keeps back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a purge has got to: it goes by business day."""

    day: date
    call_pk: int


OwedKind = Literal["artifact", "listens", "file", "folder", "wipe"]
WIPE_ROWS, WIPE_ALL = "deleted rows", "all leftovers"
"""Names of owed wipes: after a deletion for age, and after a customer was forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """Something outside the database that is still to be deleted.

    ``artifact``: one stored result; ``listens``: all second listens to one transcript, named by its key; ``file`` and
    ``folder``: what we wrote for people; ``wipe``: the database's own leftovers.
    """

    kind: OwedKind
    name: str
    purge: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerCall:
    """One call of a customer who wants to be forgotten, with all by which the customer could be recognised."""

    call_pk: int
    call_id: str
    day: date
    source_uri: str
    source_name: str
    customer_id: str | None
    extra: Mapping[str, str]
    recording_id: str | None
    num_scorecards: int
    blocked_by: str | None = None
    """A hold's id, an appeal's id, or ``busy``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file or folder that we wrote about a call, as the audit log tells."""

    action: str
    path: str
    call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """Who did what, when, to what."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, object]


class KeepStore(Protocol):
    """Retention, legal holds and deletion. Every method is one transaction."""

    def holds(self, *, lifted: bool = False) -> tuple[Hold, ...]:
        """Holds in force, oldest first; on demand those that were lifted too."""
        ...

    def set_hold(
        self,
        kind: HoldKind,
        subject: str,
        *,
        first_day: date | None = None,
        last_day: date | None = None,
        reason: str,
        who: str,
    ) -> Hold:
        """Hold calls back from deletion from now on."""
        ...

    def lift_hold(self, hold_id: str, *, reason: str, who: str) -> None:
        """End a hold.

        Raises:
            InputError: ``hold.unknown``, ``hold.lifted``.
        """
        ...

    def due(self, what: Kept, before: date) -> DueCount:
        """Calls of business days before ``before`` of which this is still kept."""
        ...

    def begin(self, *, rules: Mapping[str, object], scorecards_before: date | None, who: str) -> int:
        """Write down that a purge begins; returns its number."""
        ...

    def purge_batch(
        self, purge: int, what: Kept, before: date, *, after: Place | None, limit: int, rule: str, who: str
    ) -> tuple[int, Place | None]:
        """Delete one kind of the next calls, in one transaction, with an audit row each.

        Returns:
            How many calls, and where to go on; None: that was all.
        """
        ...

    def owed(self, kind: OwedKind) -> tuple[Owed, ...]:
        """What committed purges have still to delete outside the database's rows."""
        ...

    def settle(self, done: Sequence[Owed]) -> None:
        """These are deleted."""
        ...

    def end(self, purge: int, counts: Mapping[str, int], *, who: str) -> None:
        """Write down what a purge has deleted."""
        ...

    def wipe(self, *, whole: bool) -> None:
        """Overwrite what deleted rows left behind in the database's own files, copies made before upgrades among them.

        Args:
            whole: rewrite the whole database, which takes as long as copying it; without it, what was deleted is
                overwritten in place already, and only the log of the latest changes is emptied.

        Raises:
            StorageError: ``storage.locked``: somebody reads it; the leftovers stay until the next time.
        """
        ...

    def scorecards_purged_before(self) -> date | None:
        """Scorecards of earlier business days may be gone; None: none ever were deleted for their age."""
        ...

    def referenced(self) -> frozenset[str]:
        """Keys of all artifacts that a call still points to."""
        ...

    def purged_recordings(self, recording_ids: Sequence[str]) -> frozenset[str]:
        """Those of these recordings of which nothing that was heard may be kept: all their calls are purged."""
        ...

    def calls_of_customer(self, customer_id: str | None, call_ids: Sequence[str]) -> tuple[CustomerCall, ...]:
        """Calls of a customer or by id, with the other calls of the same recordings."""
        ...

    def written_about(self, call_ids: Sequence[str]) -> tuple[Written, ...]:
        """Files that we wrote about these calls, as far as the audit log tells."""
        ...

    def report_folders(self, days: Sequence[date]) -> tuple[str, ...]:
        """Folders of the nightly job's reports of periods that hold one of these days."""
        ...

    def forget(
        self, calls: Sequence[CustomerCall], owed: Sequence[tuple[str, str]], *, reason: str, who: str
    ) -> tuple[int, Mapping[str, str]]:
        """Delete all that says who the customer is or what was said, in one transaction.

        Args:
            calls: from :meth:`calls_of_customer`.
            owed: kind and name of what is to be deleted outside the database.
            reason: why; it must not name the customer.
            who: on whose word.

        Returns:
            The purge's number, and the calls' new ids by their old ones.

        Raises:
            InputError: ``forget.held``, ``forget.appealed``, ``forget.busy``: something changed meanwhile.
        """
        ...

    def audit_rows(
        self,
        *,
        subject: str | None = None,
        actor: str | None = None,
        actions: Sequence[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
    ) -> tuple[AuditRow, ...]:
        """Rows of the audit log, oldest first; with ``limit`` the newest so many."""
        ...

    def audit_mark(self, number: int | None = None) -> str | None:
        """``COUNT:HASH`` of the audit log's last row, or of row ``number``; None where there is no such row.

        Kept elsewhere, it shows later whether rows were cut off at the end or all were written anew.
        """
        ...

    def audit_actions(self) -> tuple[str, ...]:
        """All kinds of actions that the log has, in order."""
        ...


def refuse_blocked(found: Sequence[CustomerCall]) -> None:
    """Nothing of a customer is deleted while one call must stay.

    Raises:
        InputError: ``forget.held``, ``forget.appealed``, ``forget.busy``.
    """
    for call in found:
        if call.blocked_by is not None and call.blocked_by.startswith("H"):
            raise InputError("forget.held", call_id=call.call_id, hold_id=call.blocked_by)
        if call.blocked_by == "busy":
            raise InputError("forget.busy", call_id=call.call_id)
        if call.blocked_by is not None:
            raise InputError("forget.appealed", call_id=call.call_id, appeal_id=call.blocked_by)
