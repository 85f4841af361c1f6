"""What a second listen found, as the call page shows it."""

from __future__ import annotations

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Evidence
from qa_pipeline.domain.time import Span
from qa_pipeline.reports.pages import Words
from qa_pipeline.reports.scorecard_view import _evidence


def test_the_words_asked_for_stand_beside_the_figure_with_its_meaning() -> None:
    evidence = Evidence(
        kind="measured",
        span=Span(start_ms=47_000, end_ms=48_000),
        role=Role.AGENT,
        expected="你急什么",
        value=-0.91,
        unit="log_probability",
    )
    view = _evidence(evidence, "must_not_say", Words(lang="zh"))
    assert view.expected.endswith("你急什么")
    assert "-0.91" in view.value and "对数概率" in view.value and "重听" in view.help
    assert view.time == "47.0–48.0 秒"
