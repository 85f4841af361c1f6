"""Measures: the right end of them, clearly heard calls, and the place in the call where they show."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import facts, transcript
from clip_world import talk

from qa_pipeline.conversation.assemble import assemble
from qa_pipeline.conversation.measures import CALL_UNITS, ROLE_UNITS
from qa_pipeline.domain.call import Call, CallInfo, Role
from qa_pipeline.errors import InputError
from qa_pipeline.i18n import LANGS, catalogue, text
from qa_pipeline.pipeline.clip_measures import FAMILIES, Side, known_measures, measure_named, picker_of, place
from qa_pipeline.pipeline.moment_view import JUDGES
from qa_pipeline.rules.registry import OPERATORS
from qa_pipeline.storage.clip_base import MeasuredRow

LINES = (
    "坐：您好云帆物流请讲请讲",
    "客：我的包裹丢了没有人理我怎么办",
    "停：7",
    "坐：您您您稍等我看一下再说",
    "停：3",
    "客：你们这是什么态度我要找你们的领导投诉你们我等了三天了没有人管",
    "坐：好的再见再见再见再见",
)


@pytest.fixture(scope="module")
def call() -> Call:
    said = talk(LINES)
    length = max(u.span.end_ms for u in said) / 1000 + 1
    info = CallInfo(call_id="a", channel_roles={0: Role.AGENT, 1: Role.CUSTOMER})
    return assemble(
        info, facts(said, duration_s=length), transcript(*said), default_agent_channel=0, diarization=None
    )


def measured(*values: float, **changes: object) -> list[MeasuredRow]:
    base = MeasuredRow(
        call_id="", agent_id="", queue="q", hearing_pct=95, measure="dead_air_max_s", role="", value=0
    )
    return [
        replace(base, call_id=f"c{n}", agent_id=f"a{n}", value=v, **changes)  # type: ignore[arg-type]
        for n, v in enumerate(values)
    ]


def chosen(rows: list[MeasuredRow], side: Side, top: int) -> list[float]:
    return [
        c.row.value
        for c in picker_of(rows, side, top, per_agent=2).take(top)
        if isinstance(c.row, MeasuredRow)
    ]


def test_every_measure_is_found_by_its_name_and_labels() -> None:
    assert set(known_measures()) == {*ROLE_UNITS, *CALL_UNITS}
    for lang in LANGS:
        labels = catalogue("page", lang)
        for name in known_measures():
            assert measure_named(name) == name
            label = str(labels[f"measure_{name}"])
            if label.lower().replace(" ", "_").replace("-", "_") not in FAMILIES:
                assert labels[f"measure_{measure_named(label)}"] == label
    assert measure_named(" Dead-Air ") == "dead_air_max_s"
    assert measure_named("语速") == "speaking_rate"
    with pytest.raises(InputError) as refused:
        measure_named("静音")
    assert "dead_air_max_s（最长静默）" in str(refused.value.params["known"])


def test_both_ends_the_middle_and_all_heights() -> None:
    rows = measured(1, 9, 3, 7, 5)
    assert chosen(rows, Side.HIGH, 2) == [9, 7]
    assert chosen(rows, Side.LOW, 2) == [1, 3]
    assert chosen(rows, Side.TYPICAL, 1) == [5]
    assert sorted(chosen(rows, Side.VARIED, 3)) == [1, 5, 9]
    assert chosen([], Side.HIGH, 3) == []


def test_the_reason_tells_the_share_of_calls_below() -> None:
    (first, *_) = picker_of(measured(1, 9, 3, 7), Side.HIGH, 1, per_agent=2).take(1)
    assert first.reason.params == {"lower": 75, "calls": 4, "hearing": 95}
    for lang in LANGS:
        assert "75" in text(f"clips.why_{first.reason.key}", lang, **first.reason.params)


def test_badly_heard_calls_are_left_out_unless_that_is_asked_for() -> None:
    rows = [*measured(1, 2), *measured(9, hearing_pct=20)]
    assert chosen(rows, Side.HIGH, 1) == [2]
    bad = [replace(r, measure="hearing_quality_pct", value=r.hearing_pct) for r in rows]
    assert chosen(bad, Side.LOW, 1) == [20]


def test_no_more_than_two_of_one_agent() -> None:
    rows = [replace(r, agent_id="a") for r in measured(1, 2, 3, 4)]
    assert chosen(rows, Side.HIGH, 4) == [4, 3]


@pytest.mark.parametrize(
    ("measure", "role", "side", "begins", "value"),
    [
        ("dead_air_max_s", None, Side.HIGH, 6.3, 7.5),
        ("dead_air_count", None, Side.HIGH, 6.3, None),
        ("response_latency_max_s", Role.AGENT, Side.HIGH, 6.3, 7.5),
        ("monologue_max_s", Role.CUSTOMER, Side.HIGH, 19.5, 6.2),
        ("honorific_nin", Role.AGENT, Side.HIGH, 13.9, None),
        ("duration_s", None, Side.HIGH, 0.0, None),
    ],
)
def test_the_place_that_shows_it(
    call: Call, measure: str, role: Role | None, side: Side, begins: float, value: float | None
) -> None:
    shown = place(call, measure, role, side)
    assert shown.span.start_ms / 1000 == pytest.approx(begins, abs=1.2)
    assert (shown.value is None) is (value is None)
    if value is not None:
        assert shown.value == pytest.approx(value, abs=0.6)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("measure", known_measures())
def test_every_measure_has_a_place_in_the_call(call: Call, measure: str, side: Side) -> None:
    role = Role.AGENT if measure in ROLE_UNITS else None
    shown = place(call, measure, role, side)
    assert 0 <= shown.span.start_ms < shown.span.end_ms <= call.recording.duration_ms


def test_what_judges_a_measure_exists() -> None:
    assert set(JUDGES) <= set(known_measures())
    assert set(JUDGES.values()) <= set(OPERATORS)
