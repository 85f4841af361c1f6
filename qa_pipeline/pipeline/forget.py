"""Forgetting a customer: all that says who they are or what was said goes; the agent's scores stay, without words.

What is outside the database comes in two parts. Lines of our log and files that can't be deleted for the user need the
customer's own words to be found, so they are looked for first; files and artifacts to be deleted are written down with
the rows that go, so that a run that is killed is finished by the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.errors import InputError, QaError
from qa_pipeline.pipeline.forget_files import Traces, log_files, rewrite, traces
from qa_pipeline.pipeline.owed import pay
from qa_pipeline.pipeline.purge import sweep_copies
from qa_pipeline.pipeline.redaction import is_private_column
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import Artifacts
from qa_pipeline.storage.keep_base import CustomerCall, KeepStore, refuse_blocked

_LEAST = 2
"""Characters of a text that is looked for: one character stands everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetPlan:
    """What would go, and what the user must see to."""

    calls: tuple[CustomerCall, ...]
    traces: Traces
    logs: tuple[Path, ...]
    """Log files in which names are blotted out."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Recordings that are not ours: the user has them deleted where they lie."""
        return tuple(dict.fromkeys(call.source_uri for call in self.calls if call.source_uri))

    @property
    def unread(self) -> tuple[str, ...]:
        """Recordings that were never read: nothing but their names tells them from new ones."""
        return tuple(call.source_uri for call in self.calls if call.recording_id is None and call.source_uri)

    @property
    def scorecards(self) -> int:
        """Scorecards that stay without words."""
        return sum(call.num_scorecards for call in self.calls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What went."""

    purge: int
    new_ids: Mapping[str, str]
    files: int
    left: tuple[QaError, ...]
    """What could not be deleted; the next purge tries again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """The use case on its ports."""

    store: KeepStore
    artifacts: Artifacts
    settings: Settings

    def plan(self, customer_id: str | None, call_ids: Sequence[str]) -> ForgetPlan:
        """Look, and change nothing.

        Raises:
            InputError: ``forget.unknown_customer`` (without a hint: numbers of others are nobody's business),
                ``input.unknown_call``, ``forget.held``, ``forget.appealed``, ``forget.busy``.
        """
        calls = self.store.calls_of_customer(customer_id, call_ids)
        known = {call.call_id for call in calls}
        for call_id in call_ids:
            if call_id not in known:
                raise InputError("input.unknown_call", call_id=call_id)
        if customer_id is not None and all(call.customer_id != customer_id for call in calls):
            raise InputError("forget.unknown_customer")
        refuse_blocked(calls)
        words = _words(calls)
        ids = [call.call_id for call in calls]
        return ForgetPlan(
            calls=calls,
            traces=traces(
                self.store.written_about(ids),
                self.store.report_folders(sorted({call.day for call in calls})),
                call_ids=ids,
                words=words,
            ),
            logs=log_files(self.settings.data_dir / "logs", words),
        )

    def apply(self, plan: ForgetPlan, *, reason: str, who: str) -> Forgotten:
        """Delete it.

        Args:
            plan: from :meth:`plan`.
            reason: why; it stays in the audit log.
            who: on whose word.

        Raises:
            InputError: ``forget.reason_names`` where the reason names the customer; ``forget.held`` …, where something
                changed since the plan was made.
            StorageError: the database or the log can't be written; nothing in the database was deleted then.
        """
        words = _words(plan.calls)
        if any(word in reason for word in words):
            raise InputError("forget.reason_names")
        for path in plan.logs:
            rewrite(path, words)
        owed = [("file", str(path)) for path in plan.traces.files]
        owed += [("folder", str(path)) for path in plan.traces.folders]
        purge, new_ids = self.store.forget(plan.calls, owed, reason=reason, who=who)
        paid = pay(self.store, self.artifacts)
        left = [*paid.left, *sweep_copies(self.settings)]
        counts = {"calls": len(new_ids), "scorecards": plan.scorecards, "files": paid.files + paid.artifacts}
        self.store.end(purge, counts, who=who)
        return Forgotten(purge=purge, new_ids=new_ids, files=paid.files + paid.artifacts, left=tuple(left))


def _words(calls: Sequence[CustomerCall]) -> tuple[str, ...]:
    """All by which the customer could be found in a text of ours, longest first."""
    found: set[str] = set()
    for call in calls:
        stem = call.source_name.rpartition(".")[0]
        found |= {call.call_id, call.source_uri, call.source_name, stem, call.customer_id or ""}
        found |= {value for column, value in call.extra.items() if is_private_column(column)}
    return tuple(sorted((word for word in found if len(word) >= _LEAST), key=lambda w: (-len(w), w)))
