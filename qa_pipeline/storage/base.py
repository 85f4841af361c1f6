"""The storage ports: the database, the truth about what is done, and the artifacts, never computed twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from qa_pipeline.domain.call import CallInfo
from qa_pipeline.domain.recording import Recording
from qa_pipeline.domain.scorecard import CallStatus, Review, Scorecard
from qa_pipeline.storage.report_base import MeasureStore

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """What the database knows of a call."""

    info: CallInfo
    recording: Recording | None
    source_uri: str
    status: CallStatus
    code: str | None = None
    params: Mapping[str, object] = field(default_factory=dict)
    artifacts: Mapping[str, str] = field(default_factory=dict)
    """Kind (``facts``, ``transcript``) to artifact key."""
    received_at: datetime | None = None
    purged: Mapping[str, int] = field(default_factory=dict)
    """What is no longer kept of it (``audio``, ``transcript``, ``scorecard``; ``customer``: they asked to be forgotten), and
    the number of the purge that took it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedCall:
    """One call's result, to be committed: the row as it now stands and, where scored, the new scorecard."""

    row: CallRow
    scorecard: Scorecard | None = None
    measures: Mapping[tuple[str, str], float] | None = None
    """What was measured, by role (``agent``, ``customer``, empty: of the whole call) and name. They replace what was
    kept of the call; None leaves that as it is."""


class Store(MeasureStore, Protocol):
    """The database. Every method is one transaction; a killed process leaves either all or nothing of it."""

    def register_rubric(self, rubric_id: str, version: int, digest: str, content: str) -> None:
        """Keep the rubric's text for ever.

        Raises:
            InputError: ``rubric.version_changed`` where this version is known with other content.
        """
        ...

    def rubric_content(self, rubric_id: str, version: int, digest: str | None = None) -> str | None:
        """The kept text of a rubric; without ``digest``, whatever that version is known as."""
        ...

    def claim(self, call_ids: Sequence[str], *, owner: str, ttl_s: int) -> tuple[str, ...]:
        """Take a lease on the calls; those returned are ours until released or ``ttl_s`` seconds have passed.

        A lease whose owner is a process of this machine that no longer runs counts as free.
        """
        ...

    def release(self, call_ids: Sequence[str], *, owner: str) -> None:
        """Give leases back."""
        ...

    def save(self, outcomes: Sequence[SavedCall]) -> None:
        """Write one batch in one transaction (calls, recordings, scorecards, audit rows); a repetition changes nothing.

        A scorecard whose identity (call, rubric id, version, digests) exists is not written again; it becomes
        current.

        Raises:
            InputError: ``call.other_audio`` where a call id is known with other bytes.
            StorageError: ``storage.locked``, ``storage.disk_full``, ``storage.read_only``.
        """
        ...

    def call(self, call_id: str) -> CallRow | None:
        """One call."""
        ...

    def calls(
        self, *, status: CallStatus | None = None, agent_id: str | None = None, limit: int | None = None
    ) -> Iterator[CallRow]:
        """Calls in order of call id."""
        ...

    def calls_of_recording(self, recording_id: str) -> tuple[str, ...]:
        """Ids of the calls that point to these bytes, first registered first."""
        ...

    def discard(self, call_id: str) -> None:
        """Take back the registration of a call that turned out to be one whose data were deleted: nothing of it stays.

        Only a pending call without a recording is discarded.
        """
        ...

    def scorecard(self, call_id: str, rubric_id: str | None = None) -> Scorecard | None:
        """The current scorecard of a call (under that rubric, or under the one scored last)."""
        ...

    def find_scorecard(
        self, call_id: str, rubric_id: str, version: int, rubric_digest: str, engine_digest: str
    ) -> Scorecard | None:
        """The scorecard of exactly this identity, so that a second run does no work twice."""
        ...

    def reviews(self, call_id: str) -> tuple[Review, ...]:
        """People's marks on a call, oldest first."""
        ...

    def add_reviews(self, reviews: Iterable[Review]) -> int:
        """Append marks; those already there are passed over. Returns how many were new."""
        ...

    def audit(self, actor: str, action: str, subject: str, detail: Mapping[str, object]) -> None:
        """Append one row to the audit log."""
        ...

    def audit_many(self, actor: str, entries: Sequence[tuple[str, str, Mapping[str, object]]]) -> None:
        """Append rows (action, subject, detail) to the audit log, in one transaction."""
        ...

    def check(self) -> None:
        """Can it be read and written, and is its schema the current one?

        Raises:
            SetupError | StorageError: with the reason.
        """
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...


class Artifacts(Protocol):
    """Content-addressed results, by kind and the digest of everything they depend on."""

    def key(self, kind: str, *parts: str) -> str:
        """The key for a result of ``kind`` that depends on ``parts``, e.g. ``transcript/ab/abcdef….json.gz``."""
        ...

    def key_beside(self, owner: str, kind: str, *parts: str) -> str:
        """The key for a result that goes when what is stored under ``owner`` goes; its name says whose it is."""
        ...

    def load(self, key: str, type_: type[T]) -> T | None:
        """The stored value, or None where there is none (a damaged file counts as none and is removed)."""
        ...

    def save(self, key: str, value: object) -> None:
        """Write atomically (temporary file, fsync, rename): a reader sees all or nothing.

        Raises:
            StorageError: ``storage.disk_full``, ``storage.read_only``.
        """
        ...

    def get_or_make(self, key: str, type_: type[T], make: Callable[[], T]) -> T:
        """Load, or make and save."""
        ...

    def remove(self, key: str) -> None:
        """Delete for good; nothing there is fine.

        Raises:
            StorageError: ``storage.read_only``, ``storage.io_failed``: it is still there.
        """
        ...

    def listing(self) -> Iterator[str]:
        """The keys of all that is stored, in no order."""
        ...
