"""A topic's calls are those that reports count in it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from qa_pipeline.domain.period import Period, Scope, ScopeKind
from qa_pipeline.domain.report_faults import Topic
from qa_pipeline.errors import InputError
from qa_pipeline.pipeline.clip_topic import Topics
from qa_pipeline.reporting.topics import Found
from qa_pipeline.settings import Settings
from qa_pipeline.storage.artifacts import FileArtifacts
from qa_pipeline.storage.clip_base import CallFilter
from qa_pipeline.storage.clip_store import SqlClipStore
from qa_pipeline.storage.store import SqlStore

FOUND = Found(
    topics=(
        Topic(words=("退款", "到账"), num_calls=2, share=0.5, examples=()),
        Topic(words=("破损", "杯子"), num_calls=1, share=0.25, examples=()),
    ),
    members=(("c1", "c2"), ("c3",)),
)


def test_by_a_word_of_its_label_in_the_same_days(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    SqlStore(settings).close()
    asked: list[tuple[Period, Scope]] = []

    def complaints(period: Period, scope: Scope) -> Found:
        asked.append((period, scope))
        return FOUND

    topics = Topics(
        complaints=complaints,
        store=SqlClipStore(settings),
        artifacts=FileArtifacts(settings),
        rebuild=lambda _: None,
    )
    days = CallFilter(team_id="T1", first=date(2026, 3, 1), before=date(2026, 4, 1))
    calls, note = topics.calls("到账", days)
    assert calls == {"c1", "c2"} and note.params == {"label": "退款、到账", "count": 2}
    period, scope = asked[0]
    assert (period.start, period.end) == (days.first, days.before)
    assert scope == Scope(kind=ScopeKind.TEAM, id="T1")
    assert topics.calls("破损、杯子", CallFilter())[0] == {"c3"}
    with pytest.raises(InputError) as refused:
        topics.calls("火星", CallFilter())
    assert refused.value.params["known"] == "退款、到账（2）；破损、杯子（1）"
