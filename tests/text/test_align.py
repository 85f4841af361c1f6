"""The fast search against the plain definition of what it should find."""

import itertools

from hypothesis import given
from hypothesis import strategies as st
from spoken import say

from qa_pipeline.text.align import DELETION, Sequel, runs, semi_global, trace
from qa_pipeline.text.index import INSERTION
from qa_pipeline.text.normalize import normalize
from qa_pipeline.text.similarity import char_distance
from qa_pipeline.text.sounds import NEAR
from qa_pipeline.text.types import MatchMode

CHARS = "请您稍等为服务位夫物一下嗯我知道指到"
COSTS = st.lists(st.lists(st.integers(0, 130), min_size=4, max_size=4), min_size=1, max_size=4)


def plain(rows: list[list[int]], insertions: list[int]) -> int:
    """Least cost by trying everything."""

    def from_(i: int, j: int) -> int:
        if i == len(rows):
            return 0
        options = [DELETION + from_(i + 1, j)]
        if j < len(insertions):
            options.append(rows[i][j] + from_(i + 1, j + 1))
            if i > 0:
                options.append(insertions[j] + from_(i, j + 1))
        return min(options)

    return min(from_(0, j) for j in range(len(insertions) + 1))


@given(COSTS, st.lists(st.sampled_from([5, 10, INSERTION]), min_size=4, max_size=4))
def test_semi_global_alignment_is_the_cheapest(rows: list[list[int]], insertions: list[int]) -> None:
    cost, start, end = semi_global(rows, insertions)
    assert cost == plain(rows, insertions)
    assert 0 <= start <= end <= 4


@given(COSTS)
def test_a_trace_accounts_for_every_row(rows: list[list[int]]) -> None:
    path = trace(rows, [INSERTION] * 4, 10)
    assert len(path) == len(rows)
    columns = [at for at, _ in path if at >= 0]
    assert columns == sorted(set(columns))
    assert all(
        cost == (DELETION if at < 0 else row[at - 10]) for (at, cost), row in zip(path, rows, strict=True)
    )


@given(st.text(alphabet=CHARS, min_size=2, max_size=4), st.text(alphabet=CHARS, max_size=25))
def test_every_place_where_all_syllables_are_near_is_found(pattern: str, text: str) -> None:
    pattern, spoken = normalize(pattern), say(text) if text else say()
    hits = Sequel(pattern, MatchMode.PHONETIC).search(spoken.index, 0, NEAR * len(pattern) * 2)
    covered = {p for h in hits for p in range(h.start, h.end)}
    size = len(pattern)
    for at in range(len(spoken) - size + 1):
        if all(
            char_distance(a, b) <= NEAR for a, b in zip(pattern, spoken.text[at : at + size], strict=True)
        ):
            assert covered & set(range(at, at + size))
    assert all(a.end <= b.start for a, b in itertools.pairwise(hits))


@given(
    st.text(alphabet=CHARS, min_size=3, max_size=6),
    st.integers(0, 5),
    st.sampled_from(CHARS),
    st.text(alphabet="云帆物流", max_size=9),
)
def test_one_error_never_hides_a_phrase(pattern: str, at: int, other: str, around: str) -> None:
    at = min(at, len(pattern) - 1)
    for heard in (
        pattern[:at] + other + pattern[at + 1 :],
        pattern[:at] + other + pattern[at:],
        pattern[:at] + pattern[at + 1 :],
    ):
        spoken = say(around + heard + around)
        hits = Sequel(pattern, MatchMode.PHONETIC).search(spoken.index, 1, 132)
        assert hits
        assert min(h.cost for h in hits) <= 132


@given(st.integers(0, 1 << 40))
def test_runs_of_bits(number: int) -> None:
    found = list(runs(number))
    assert sum(((1 << (b - a + 1)) - 1) << a for a, b in found) == number
    assert all(b + 1 < c for (_, b), (c, _) in itertools.pairwise(found))
