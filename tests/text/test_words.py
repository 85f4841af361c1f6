"""Word boundaries: the rubric's own words, no state shared between rubrics."""

from __future__ import annotations

import subprocess
import sys

from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.text.normalize import normalize
from qa_pipeline.text.words import cut, is_whole_word, own_words


def test_a_short_word_inside_another_is_no_word() -> None:
    text = normalize("您申请退款，请您稍等")
    assert not is_whole_word(text, text.index("请"), text.index("请") + 1)
    assert is_whole_word(text, text.rindex("请"), text.rindex("请") + 1)
    assert is_whole_word("不大概能到", 1, 3)
    assert not is_whole_word("重大概率", 1, 3)


def test_several_words_together_are_whole() -> None:
    assert is_whole_word("请问您贵姓", 0, 3)
    assert not is_whole_word("请问您贵姓", 1, 3)


def test_a_rubrics_own_words_stay_in_one_piece_and_bother_no_other_rubric() -> None:
    own = own_words(["云帆物流", "保价易，", "保价易"])
    assert own == ("云帆物流", "保价易")
    assert "云帆物流" in cut("这里是云帆物流客服", own)
    assert "保价易" in cut("给您开通保价易服务", own)
    assert "云帆物流" not in cut("这里是云帆物流客服")
    assert "云帆物流" in cut("这里是云帆物流客服", own)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="您好请问申退款大概率不是8六a那个云帆", max_size=20))
def test_nothing_is_lost_and_edges_are_those_of_the_words(text: str) -> None:
    words = cut(text)
    assert "".join(words) == text
    at = 0
    for word in words:
        assert is_whole_word(text, at, at + len(word))
        at += len(word)


def test_jieba_is_loaded_only_when_a_text_is_cut() -> None:
    code = (
        "import sys; import qa_pipeline.text.words as w; w.own_words(['大概']); "
        "assert 'jieba' not in sys.modules; w.cut('大概'); assert 'jieba' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
