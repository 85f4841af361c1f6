"""Phrases looked for all at once are found where each is found by itself."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.text.align import Sequel
from qa_pipeline.text.index import TextIndex
from qa_pipeline.text.lexicon import NOWHERE, Lexicon
from qa_pipeline.text.normalize import key, normalize
from qa_pipeline.text.types import MatchMode

# Few sounds, so that phrases are found; hesitations and repetitions, so that characters are passed over.
CHARS = "您好号请情晴不布部嗯啊那个这就是12七8"
texts = st.text(CHARS, max_size=60).map(lambda s: key(normalize(s)))
phrases = st.lists(st.tuples(st.text(CHARS, min_size=1, max_size=8), st.integers(0, 3)), max_size=12)


def sequels(phrases: list[tuple[str, int]]) -> list[tuple[Sequel, int]]:
    return [
        (s, min(errors, len(s) - 1)) for p, errors in phrases if len(s := Sequel(p, MatchMode.PHONETIC)) > 0
    ]


@settings(deadline=None)
@given(texts, phrases)
def test_together_as_one_by_one(text: str, phrases: list[tuple[str, int]]) -> None:
    wanted = sequels(phrases)
    alone, together = TextIndex(text, ()), TextIndex(text, ())
    together.expect(Lexicon(wanted))
    for sequel, errors in wanted:
        ends = sequel.ends(alone, errors, 0, len(text))
        assert together.foreseen(sequel, errors) == ends
        assert sequel.ends(together, errors, 0, len(text)) == ends
        assert sequel.search(together, errors, 400) == sequel.search(alone, errors, 400)


@settings(deadline=None)
@given(texts, phrases, st.data())
def test_in_a_part_nothing_is_ruled_out_that_stands_there(
    text: str, phrases: list[tuple[str, int]], data: st.DataObject
) -> None:
    a = data.draw(st.integers(0, len(text)))
    b = data.draw(st.integers(a, len(text)))
    wanted = sequels(phrases)
    alone, together = TextIndex(text, ()), TextIndex(text, ())
    together.expect(Lexicon(wanted))
    parts = [TextIndex(text[a:b], (), (index, [(a, b)] if a < b else [])) for index in (alone, together)]
    for sequel, errors in wanted:
        ends = sequel.ends(parts[0], errors, 0, b - a)
        assert parts[1].foreseen(sequel, errors) in (None, ends)
        assert sequel.ends(parts[1], errors, 0, b - a) == ends


def test_what_is_compared_by_characters_or_not_expected_is_looked_for_by_itself() -> None:
    exact, near, other = (
        Sequel("您好", mode) for mode in (MatchMode.EXACT, MatchMode.PHONETIC, MatchMode.PHONETIC)
    )
    index = TextIndex("您好", ())
    index.expect(Lexicon([(exact, 0), (near, 0)]))
    assert index.foreseen(exact, 0) is None
    assert index.foreseen(near, 0) == (0b100, 0b100)
    assert index.foreseen(other, 0) is None
    index.expect(Lexicon([(other, 0)]))
    assert index.foreseen(near, 0) is None
    assert index.foreseen(other, 0) != NOWHERE


def test_a_form_without_phrases_expects_nothing() -> None:
    assert Lexicon([]).ends(TextIndex("您好", ())) == {}
