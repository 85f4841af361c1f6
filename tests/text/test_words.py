"""Word boundaries: the rubric's own words, no state shared between rubrics."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.text.normalize import normalize
from qa_pipeline.text.words import REACH_CHARS, cut, frequency, inside_another, own_words


@pytest.mark.parametrize(
    ("text", "said", "inside"),
    [
        ("您申请退款", "请", True),
        ("请您稍等", "请", False),
        ("请稍等", "请", False),
        ("不大概能到", "大概", False),
        ("这是重大概率事件", "大概", True),
        ("您好像没收到", "您好", True),
        ("非常抱歉", "抱歉", False),
        ("谢谢谢您", "谢谢", False),
        ("请问您贵姓", "请问您", False),
        ("请问您贵姓", "问您", True),
    ],
)
def test_what_is_cut_out_of_other_words(text: str, said: str, inside: bool) -> None:
    start = normalize(text).index(said)
    assert inside_another(normalize(text), start, start + len(said)) is inside


def test_what_is_far_away_changes_nothing() -> None:
    text = "那个我们这边帮您看一下" * 3 + "申请退款" + "请您放心" * 3
    at = text.index("申请") + 1
    assert inside_another(text, at, at + 1)
    assert not inside_another(text, at + 3, at + 4)


def test_a_rubrics_own_words_stay_in_one_piece_and_bother_no_other_rubric() -> None:
    own = own_words(("云帆物流", "保价易，", "保价易"))
    assert own == ("云帆物流", "保价易")
    assert "云帆物流" in cut("这里是云帆物流客服", own)
    assert "保价易" in cut("给您开通保价易服务", own)
    assert "云帆物流" not in cut("这里是云帆物流客服")
    assert "云帆物流" in cut("这里是云帆物流客服", own)


def test_everyday_words_are_counted_and_names_are_rare_or_none() -> None:
    assert frequency("方便") > 2_000 > frequency("高峰") > 30 > frequency("王建国") > 0
    assert frequency("林雪") == frequency("") == 0


@settings(max_examples=60)
@given(st.text(alphabet="您好请问申退款大概率不是8六a那个云帆", max_size=20))
def test_nothing_is_lost_and_what_is_a_word_is_inside_no_other(text: str) -> None:
    words = cut(text)
    assert "".join(words) == text
    if len(text) <= REACH_CHARS:
        at = 0
        for word in words:
            assert not inside_another(text, at, at + len(word))
            at += len(word)


def test_jieba_is_loaded_only_when_a_text_is_cut() -> None:
    code = (
        "import sys; import qa_pipeline.text.words as w; w.own_words(('大概',)); "
        "assert 'jieba' not in sys.modules; w.cut('大概'); assert 'jieba' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
