"""Calls about a topic: as reports find topics in complaints, else those in which the customer speaks of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from qa_pipeline.domain.call import Call, Role
from qa_pipeline.domain.finding import Message
from qa_pipeline.domain.period import Period, PeriodKind, Scope, ScopeKind
from qa_pipeline.domain.report_faults import Topic
from qa_pipeline.errors import InputError
from qa_pipeline.pipeline.clip_said import search
from qa_pipeline.reporting.topics import Found
from qa_pipeline.storage.base import Artifacts
from qa_pipeline.storage.clip_base import CallFilter, ClipStore, SaidRow
from qa_pipeline.text.normalize import normalize

NEWEST = 10_000
_ALWAYS = (date(2000, 1, 1), date(2101, 1, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """Finds the calls of a topic."""

    complaints: Callable[[Period, Scope], Found]
    """The topics of a period's complaints, as reports show them."""
    store: ClipStore
    artifacts: Artifacts
    rebuild: Callable[[str], Call | None]
    """A call by its id; None where it is no longer kept."""

    def calls(self, name: str, wanted: CallFilter) -> tuple[frozenset[str], Message]:
        """The calls about a topic, and a note (``clips.note_<key>``) on how they were found.

        Args:
            name: a word of a topic's label; or any words: then calls in which customers say them.
            wanted: which calls are looked through.

        Raises:
            InputError: ``clips.unknown_topic`` with the topics there are; ``clips.no_text``.
        """
        if len(normalize(name)) < 2:
            raise InputError("clips.no_text", words=name)
        found = self.complaints(_period(wanted), _scope(wanted))
        for topic, members in zip(found.topics, found.members, strict=True):
            if _fits(name, topic):
                label = "、".join(topic.words)
                return frozenset(members), Message(
                    key="topic", params={"label": label, "count": len(members)}
                )
        searched = search(self.store.heard(calls=wanted, limit=NEWEST), name, self.artifacts)
        said = frozenset(row.call_id for row in searched.rows if self._by_customer(row))
        if not said:
            known = "；".join(f"{'、'.join(t.words)}（{t.num_calls}）" for t in found.topics)
            raise InputError("clips.unknown_topic", name=name, known=known or "—", calls=searched.calls)
        return said, Message(
            key="topic_said",
            params={"name": name, "count": len(said), "calls": searched.calls, "known": searched.known},
        )

    def _by_customer(self, row: SaidRow) -> bool:
        call = self.rebuild(row.call_id)
        return call is not None and any(
            u.span.intersection(row.span) for u in call.utterances_of(Role.CUSTOMER)
        )


def _fits(name: str, topic: Topic) -> bool:
    """A word of the label, or the whole label as reports write it."""
    return name in topic.words or name.strip() == "、".join(topic.words)


def _period(wanted: CallFilter) -> Period:
    return Period(kind=PeriodKind.MONTH, start=wanted.first or _ALWAYS[0], end=wanted.before or _ALWAYS[1])


def _scope(wanted: CallFilter) -> Scope:
    if wanted.agent_id is not None:
        return Scope(kind=ScopeKind.AGENT, id=wanted.agent_id)
    return Scope() if wanted.team_id is None else Scope(kind=ScopeKind.TEAM, id=wanted.team_id)
