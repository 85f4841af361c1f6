"""What counts as a spoken character."""

from __future__ import annotations

import pytest

from qa_pipeline.conversation.pace import count_chars


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0), ("您好，工号8026 VIP", 9), ("ok", 1), ("A1b", 3), ("a-b c", 3), ("①²٣", 3), ("é，。", 0), ("VIP客户", 3),
    ],
)  # fmt: skip
def test_han_characters_figures_and_latin_words_count(text: str, count: int) -> None:
    assert count_chars(text) == count
