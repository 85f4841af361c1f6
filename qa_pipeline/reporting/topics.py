"""What customers complain about: topics with readable labels, found in what they said.

Words are cut by jieba, weighted by TF-IDF and grouped by non-negative matrix factorisation (Lee and Seung 1999,
Nature 401:788) from a start that does not depend on chance (NNDSVD, Boutsidis and Gallopoulos 2008, Pattern
Recognition 41:1350): equal calls give equal topics.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from qa_pipeline.domain.report import Note
from qa_pipeline.domain.report_faults import Example, Topic

MIN_CALLS = 8
"""With fewer texts than this there are no topics to tell from single calls."""
_MAX_TOPICS = 8
_LABEL_WORDS = 4
_EXAMPLES = 3
_MIN_LINE, _MAX_LINE = 6, 80
_HIDDEN = re.compile("〔[^〕]*〕")
"""What stands in the place of something private."""
_HAN = re.compile(r"[\u4e00-\u9fff]{2,}")
_IDLE_TEXT = """
你好 您好 谢谢 再见 可以 就是 这个 那个 什么 怎么 怎么样 为什么 我们 你们 他们
她们 自己 没有 不是 知道 不要 不能 一个 一下 一直 现在 然后 因为 所以 但是 如果
还是 已经 应该 觉得 比较 时候 的话 这样 那样 这么 那么 这边 那边 这里 那里 里面
不了 起来 出来 过来 真的 肯定 反正 到底 今天 昨天 明天 前天 刚才 多少 几个 东西
事情 问题 情况 帮我 给我 麻烦 请问 先生 女士 小姐 客服 电话 打电话 公司 是的 好的
对的 知不知道 是不是 有没有 能不能 可不可以 还有 只有 都是 就说 一点 有点 需要 想要
看看 看到 说话 告诉 不行 投诉 要投诉
"""
_IDLE = frozenset(_IDLE_TEXT.split())
"""Words of every call: they tell no complaint from another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something a customer said."""

    second: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintCall:
    """A complaint and what the customer said in it."""

    call_id: str
    agent_id: str | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Topics, and a note on what they rest on."""

    topics: tuple[Topic, ...]
    note: Note | None = None
    members: tuple[tuple[str, ...], ...] = ()
    """The calls of each topic, in order of call id."""


def find_topics(calls: Sequence[ComplaintCall], *, num_all: int) -> Found:
    """Topics of complaint calls, the most frequent first; ``num_all`` calls there are in all.

    Every call belongs to the one topic it shows most of; calls that show none are in no topic, so shares need not
    add up to 1.
    """
    calls = sorted(calls, key=lambda call: call.call_id)
    texts = [_words(call) for call in calls]
    used = sum(bool(words) for words in texts)
    if used < MIN_CALLS:
        few = Note(key="topics_too_few", params={"used": used}) if num_all else None
        return Found(topics=(), note=few)
    weights, vocabulary, parts = _factors(texts)
    if not vocabulary:
        return Found(topics=(), note=Note(key="topics_too_few", params={"used": 0}))
    belongs = np.where(weights.max(axis=1) > 0, weights.argmax(axis=1), -1)
    topics = []
    for k in range(weights.shape[1]):
        mine = np.flatnonzero(belongs == k)
        if len(mine) < 2:
            continue
        words = tuple(
            vocabulary[i] for i in np.argsort(-parts[k], kind="stable")[:_LABEL_WORDS] if parts[k][i] > 0
        )
        typical = sorted(mine.tolist(), key=lambda i: (-weights[i, k], i))
        examples: dict[str | None, Example] = {}
        for i in typical:
            example = _example(calls[i], words)
            if example is not None and len(examples) < _EXAMPLES:
                examples.setdefault(example.quote, example)
        topic = Topic(
            words=words, num_calls=len(mine), share=len(mine) / used, examples=tuple(examples.values())
        )
        topics.append((topic, tuple(calls[i].call_id for i in mine)))
    topics.sort(key=lambda pair: (-pair[0].num_calls, pair[0].words))
    return Found(
        topics=tuple(topic for topic, _ in topics),
        note=Note(key="topics_sampled", params={"used": used, "all": num_all}),
        members=tuple(members for _, members in topics),
    )


def _factors(texts: Sequence[Sequence[str]]) -> tuple[np.ndarray, list[str], np.ndarray]:
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.feature_extraction.text import TfidfVectorizer

    # A word of one call is no topic, and one of most calls tells nothing apart.
    vectors = TfidfVectorizer(analyzer=list, min_df=2, max_df=0.6, sublinear_tf=True)
    try:
        table = vectors.fit_transform(texts)
    except ValueError:  # no word is left
        return np.zeros((len(texts), 0)), [], np.zeros((0, 0))
    count = min(_MAX_TOPICS, max(2, round(math.sqrt(len(texts) / 4))), *table.shape)
    model = NMF(n_components=count, init="nndsvd", max_iter=400)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # good enough topics are good enough
        weights = model.fit_transform(table)
    return np.round(weights, 9), vectors.get_feature_names_out().tolist(), np.round(model.components_, 9)


@cache
def _cutter() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba still looks for its dictionary through pkg_resources
        import jieba

    jieba.setLogLevel("ERROR")
    return jieba.Tokenizer()


def _words(call: ComplaintCall) -> list[str]:
    cut = _cutter().lcut
    return [
        word
        for line in call.lines
        for word in cut(_HIDDEN.sub(" ", line.text), HMM=False)
        if _HAN.fullmatch(word) and word not in _IDLE
    ]


def _example(call: ComplaintCall, words: Sequence[str]) -> Example | None:
    """The line with most words of the label, the shorter of two; None where no line has any."""
    best = max(
        call.lines,
        key=lambda line: (
            sum(w in line.text for w in words),
            len(line.text) >= _MIN_LINE,
            -len(line.text),
            -line.second,
        ),
        default=None,
    )
    if best is None or not any(word in best.text for word in words):
        return None
    text = best.text if len(best.text) <= _MAX_LINE else best.text[:_MAX_LINE] + "…"
    return Example(call_id=call.call_id, agent_id=call.agent_id, second=best.second, quote=text)
