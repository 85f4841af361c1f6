"""Charts are well-formed, stay inside their frame, and show what they are given."""

import re
from xml.etree import ElementTree

import pytest

from qa_pipeline.reports.charts import BarRow, Range, TrendPoint, pareto, ranges, spark, trend
from qa_pipeline.reports.svg import axis, fit, ticks, wide


def percent(value: float) -> str:
    return f"{value:g}%"


def drawn(svg: str) -> ElementTree.Element:
    root = ElementTree.fromstring(svg)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for element in root.iter():
        for name, most in (
            ("x", width),
            ("x1", width),
            ("x2", width),
            ("cx", width),
            ("y", height),
            ("cy", height),
        ):
            if name in element.attrib:
                assert 0 <= float(element.attrib[name]) <= most, (element.tag, element.attrib)
        for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", element.attrib.get("points", "")):
            assert 0 <= float(x) <= width
            assert 0 <= float(y) <= height
    return root


def tags(root: ElementTree.Element, tag: str) -> list[ElementTree.Element]:
    return [e for e in root.iter() if e.tag == tag]


def text(root: ElementTree.Element) -> str:
    return " ".join(e.text or "" for e in root.iter())


POINTS = [
    TrendPoint(label="1", value=90.0, low=85.0, high=95.0),
    TrendPoint(label="2", value=92.0, low=85.0, high=95.0),
    TrendPoint(label="3", value=None),
    TrendPoint(label="4", value=80.0, low=85.0, high=95.0, signal=True, title="3 月 4 日：<80>"),
    TrendPoint(label="5", value=91.0, low=85.0, high=95.0),
]


def test_a_gap_is_a_gap_and_a_signal_is_a_diamond() -> None:
    root = drawn(
        trend(
            POINTS, name="合格率", form=percent, centre=90, target=99, target_name="目标", marks=[(3, "换表")]
        )
    )
    assert len(tags(root, "polyline")) == 2
    assert len(tags(root, "circle")) == 3
    assert len([p for p in tags(root, "polygon") if p.attrib.get("stroke")]) == 1
    assert "目标 99%" in text(root)
    assert "换表" in text(root)
    assert "3 月 4 日：<80>" in text(root)
    assert root.attrib["aria-label"] == "合格率"


def test_higher_values_lie_higher() -> None:
    root = drawn(trend(POINTS[:2], name="n", form=percent))
    first, second = (float(c.attrib["cy"]) for c in tags(root, "circle"))
    assert second < first


@pytest.mark.parametrize("values", [[], [None, None]])
def test_without_figures_there_is_no_chart(values: list[float | None]) -> None:
    assert trend([TrendPoint(label="", value=v) for v in values], name="n", form=percent) == ""
    assert spark(values, name="n") == ""
    assert ranges([Range(label="a", value=None, low=None, high=None)], name="n", form=percent) == ""
    assert pareto([], name="n", cumulative_name="c") == ""


@pytest.mark.parametrize("value", [0.0, 100.0, 1e-6, 12345.678, -3.0])
def test_one_point_or_equal_points_are_drawn(value: float) -> None:
    for count in (1, 2):
        drawn(trend([TrendPoint(label="1", value=value)] * count, name="n", form=percent))
    drawn(spark([value, value], name="n"))


def test_ranges_mark_those_who_differ_by_shape() -> None:
    rows = [
        Range(label="王磊 3102", value=90.0, low=88.0, high=92.0),
        Range(
            label="一个很长很长很长很长很长很长很长很长很长的名字",
            value=70.0,
            low=60.0,
            high=80.0,
            strong=True,
        ),
        Range(label="新人", value=95.0, low=None, high=None, faint=True),
    ]
    root = drawn(
        ranges(rows, name="n", form=percent, centre=85.0, centre_name="均值", floor_at=0, cap_at=100)
    )
    assert len(tags(root, "polygon")) == 1
    assert len(tags(root, "circle")) == 2
    assert "均值 85%" in text(root)
    assert "…" in text(root)


def test_the_longest_bar_is_the_greatest_and_zero_is_no_bar() -> None:
    rows = [
        BarRow(label=str(v), value=v, text=str(v), cumulative=c)
        for v, c in ((8.0, 0.8), (2.0, 1.0), (0.0, 1.0))
    ]
    bars = [
        float(e.attrib["width"]) for e in tags(drawn(pareto(rows, name="n", cumulative_name="c")), "rect")
    ]
    assert bars[0] == pytest.approx(4 * bars[1], abs=0.2)
    assert bars[2] == 0


def test_nothing_written_becomes_markup() -> None:
    evil = "<b>&\"'"
    rows = [BarRow(label=evil, value=1, text=evil, cumulative=1, title=evil)]
    assert evil in text(drawn(pareto(rows, name=evil, cumulative_name=evil)))


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (93.1, 93.2), (-5.0, 7.0), (0.0, 0.0), (1e5, 9e5)])
def test_axes_hold_the_values_and_have_round_steps(low: float, high: float) -> None:
    start, end, step = axis(low, high, None, None)
    assert start <= low
    assert end >= high
    assert 2 <= len(ticks(start, end, step)) <= 9


def test_a_rates_axis_stays_within_what_is_possible() -> None:
    start, end, _ = axis(0.5, 99.9, 0, 100)
    assert (start, end) == (0, 100)


def test_texts_are_cut_to_their_room() -> None:
    assert fit("短", 100) == "短"
    cut = fit("长" * 40, 100)
    assert cut.endswith("…")
    assert wide(cut) <= 100
