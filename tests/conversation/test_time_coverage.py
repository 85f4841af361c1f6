"""How much a series of spans covers, against counting every millisecond."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.domain.time import Coverage, Span, intersections, merge, total_ms

SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 20)).map(lambda p: Span(start_ms=p[0], end_ms=sum(p))),
    max_size=8,
).map(merge)


@given(SPANS, SPANS)
def test_coverage_is_what_the_intersections_last(covering: tuple[Span, ...], asked: tuple[Span, ...]) -> None:
    assert Coverage(covering).within_ms(asked) == total_ms(intersections(covering, asked))


@given(SPANS, SPANS)
def test_spans_overlap_where_they_have_an_intersection(
    some: tuple[Span, ...], others: tuple[Span, ...]
) -> None:
    for one in some:
        for other in others:
            assert one.overlaps(other) == (one.intersection(other) is not None)
