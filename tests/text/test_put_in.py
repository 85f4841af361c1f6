"""Words put into a text where they fit best."""

from __future__ import annotations

import pytest

from qa_pipeline.text.place import put_in


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("密集什么,又不是不退给你。", "你急什么", ("你急什么,又不是不退给你。",)),
        ("感谢您的来电,再见", "感谢您的来电", ("感谢您的来电,再见",)),
        ("這個不歸我款", "不归我管", ("這個不归我管",)),
        ("", "不归我管", ()),
        ("。", "不归我管", ()),
    ],
)
def test_what_sounds_most_like_the_words_makes_room_for_them(
    text: str, words: str, expected: tuple[str, ...]
) -> None:
    assert put_in(text, words) == expected
