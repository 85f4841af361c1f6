"""What customers said in complaint calls, from what was heard before: no audio is touched."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.domain.call import Call, Role
from qa_pipeline.domain.period import Period, Scope
from qa_pipeline.pipeline.recall import recall
from qa_pipeline.pipeline.redaction import Clean
from qa_pipeline.reporting.topics import ComplaintCall, Found, Line, find_topics
from qa_pipeline.storage.base import Artifacts
from qa_pipeline.storage.report_base import ReportStore

COMPLAINT_CRITERIA = frozenset({"apology", "complaint_contact", "answer_time", "escalate"})
"""Criteria that apply only where a customer is upset or complains: where one was decided, the call is a complaint."""
SAMPLE = 400
"""Calls read at most, spread over the period: topics need no more, and each is read from the disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaints:
    """Finds complaint topics of a period."""

    store: ReportStore
    artifacts: Artifacts
    agent_channel: int

    def __call__(self, period: Period, scope: Scope) -> Found:
        """Topics of the calls in which a complaint criterion was decided."""
        rows, total = self.store.calls_where_decided(
            period.start, period.end, scope, COMPLAINT_CRITERIA, limit=SAMPLE
        )
        calls = [
            call for row in rows if (call := recall(row, self.artifacts, agent_channel=self.agent_channel))
        ]
        # Topics are named by frequent words, and shown by what was said: no name or number may be either.
        return find_topics([_said(Clean(call, "zh").shown) for call in calls], num_all=total)


def _said(call: Call) -> ComplaintCall:
    lines = tuple(
        Line(
            second=utterance.span.start_ms / 1000, text="".join(word.text for word in utterance.words).strip()
        )
        for utterance in call.utterances_of(Role.CUSTOMER)
    )
    return ComplaintCall(
        call_id=call.info.call_id,
        agent_id=call.info.agent_id,
        lines=tuple(line for line in lines if line.text),
    )
