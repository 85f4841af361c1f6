"""Fits the weights by which a name at the end of an answer is told from other talk, into `models/names.yaml`.

``QA_SHARED_DATA=… python -m models.train.train_names`` (the folder holds ``helpdesk_quality/dialogues.jsonl``). Names are
put together from family names and the given names of jieba's dictionary and said after lead-ins, one in four after none;
other talk is what customers wrote, clause by clause, without those in which the tagger surely finds a person. All of it
is misheard at 0 to 30 %. No list of the redaction benchmark is used.
"""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import yaml

from models.train.corruption import corrupt
from qa_pipeline.privacy.surmise import candidates, observed
from qa_pipeline.text.entities.surnames import COMPOUND, SINGLE
from qa_pipeline.text.normalize import normalize
from qa_pipeline.text.tagger import tagger

LIST = Path(__file__).resolve().parents[1] / "names.yaml"
SEED = 20261122
NAMES, CLAUSES = 5_000, 12_000
RATES = (0.0, 0.1, 0.2, 0.3)
LONGEST = 16
SURE = 0.5
"""A clause in which the tagger is so sure of a person is no other talk."""
_LEADS = (
    "我叫", "是", "我是", "叫", "名字是", "名字叫", "写的是", "户名是", "我爱人", "我爸叫", "填的我妈",
    "应该是", "用的我老公的名字", "不是我是", "当时登记的", "卡主是", "你查一下", "写我同事", "那就写", "我儿子叫",
    "帮我查", "记的是", "我弟", "那个人叫", "孩子叫", "我朋友", "他叫", "她姓名是", "给她", "以前用的", "我用的是",
    "车主是", "身份证上是", "名下是", "报的", "办的时候是", "我先生", "让他叫", "就填", "找", "接电话的是",
    "我这边是", "你好我是", "我们经理", "负责人", "预约的是", "病人叫", "患者", "房客是", "主卡是", "住的是",
    "订的是", "法人是", "学生叫", "嗯", "哦", "就是", "本人",
)  # fmt: skip
_TAILS = ("", "", "", "", "", "", "", "啊", "吧", "对", "没错", "的名字", "呀", "谢谢")
_PARTS = re.compile(r"[^一-鿿0-9a-zA-Z]+")


def names(rng: random.Random) -> Iterator[str]:
    """Names without end: one in eight has a family name of two characters, half of the others are in the dictionary."""
    import jieba

    rows = (line.split() for line in jieba.get_dict_file().read().decode("utf-8").splitlines())
    known = [row[0] for row in rows if row[2] == "nr" and len(row[0]) in (2, 3) and row[0][0] in SINGLE]
    given = [char for name in known for char in name[1:]]
    single, double = sorted(SINGLE), COMPOUND.split("|")
    while True:
        kind = rng.random()
        if kind < 7 / 16:
            yield rng.choice(known)
        else:
            family = rng.choice(double) if kind < 9 / 16 else rng.choice(single)
            yield family + "".join(rng.choice(given) for _ in range(rng.choice((1, 2, 2))))


def told(rng: random.Random) -> Iterator[tuple[str, int, int]]:
    """Answers with a name, and where it is."""
    for _, name in zip(range(NAMES), names(rng), strict=False):
        rate = rng.choice(RATES)
        lead = "" if rng.random() < 0.25 else rng.choice(_LEADS)
        parts = [normalize(corrupt(part, rate, rng)) for part in (lead, name, rng.choice(_TAILS))]
        yield "".join(parts), len(parts[0]), len(parts[0]) + len(parts[1])


def other_talk(rng: random.Random) -> list[str]:
    """Clauses of customers that name nobody, misheard."""
    path = Path(os.environ["QA_SHARED_DATA"]) / "helpdesk_quality" / "dialogues.jsonl"
    turns = (t for line in path.read_text(encoding="utf-8").splitlines() for t in json.loads(line)["turns"])
    written = (u for t in turns if t["sender"] == "customer" for u in t["utterances"])
    clauses = sorted(normalize(part) for text in written for part in _PARTS.split(text))
    clauses = [c for c in clauses if 2 <= len(c) <= LONGEST]
    tagged = tagger().tag(clauses)
    nobody = [c for c in clauses if tagged[c].person_begins.max() < SURE]
    return [normalize(corrupt(c, rng.choice(RATES), rng)) for c in rng.sample(nobody, CLAUSES)]


def main() -> None:
    """Fit and write."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    rng = random.Random(SEED)
    answers = list(told(rng))
    talk = [text for text in other_talk(rng) if text]
    tagged = tagger().tag([text for text, *_ in answers if text] + talk)
    rows = []
    for text, start, end in answers:
        for place in candidates(text):
            # One that holds the name and more is neither right nor wrong.
            if place == (start, end) or not (place[0] <= start and end <= place[1]):
                rows.append((observed(text, tagged[text], *place), place == (start, end)))
    rows += [(observed(text, tagged[text], *place), False) for text in talk for place in candidates(text)]
    features = np.array([list(seen.values()) for seen, _ in rows], dtype=float)
    scaler = StandardScaler().fit(features)
    model = LogisticRegression(max_iter=3000).fit(scaler.transform(features), [named for _, named in rows])
    weights = model.coef_[0] / scaler.scale_
    score = {"never": float(model.intercept_[0] - weights @ scaler.mean_)}
    score |= dict(zip(rows[0][0], map(float, weights), strict=True))
    head = [
        line for line in LIST.read_text(encoding="utf-8").splitlines(keepends=True) if line.startswith("#")
    ]
    document = yaml.safe_load(LIST.read_text(encoding="utf-8"))
    document["score"] = {name: round(weight, 3) for name, weight in score.items()}
    LIST.write_text("".join(head) + yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


if __name__ == "__main__":
    main()
