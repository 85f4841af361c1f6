"""How well example sentences find the same thing said in other words, and how often they find it where it was not said.

``python -m benchmarks.similar_sentences [--seed N]``. Each wording of an intent is hidden in ordinary talk and looked for
with the other wordings of that intent as examples (leave one out), clean and with recognition errors. False alarms are
counted on real helpdesk turns (``QA_SHARED_DATA`` names the folder that holds ``helpdesk_quality``; left out where it is
missing). The wordings are ours, and no human has judged them: the figures compare thresholds and say little about other
people's wordings.
"""

from __future__ import annotations

import argparse
import json
import os
import random
from pathlib import Path

from benchmarks.corruption import corrupt
from benchmarks.phrase_material import ORDINARY, aligned
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.likeness import example

INTENTS = {
    "empathy": (
        "我非常理解您现在的心情", "您的心情我完全能理解", "换作是我我也会着急的我很理解您",
        "我明白您现在一定很着急", "我特别能体会您的感受",
    ),
    "apology": (
        "非常抱歉给您带来了不便", "给您添麻烦了真的很对不起", "实在不好意思让您受委屈了",
        "因为我们的失误给您造成了麻烦我向您道歉", "真是抱歉影响到您了",
    ),
    "record": (
        "我已经把您的问题详细记录下来了", "您反映的情况我这边都登记好了", "您说的问题我已经做了登记",
        "我帮您把这个情况记录下来上报", "您的意见我都记下来了会反映上去",
    ),
    "answer_time": (
        "我们会在二十四小时之内给您答复", "明天下午之前一定给您回电话", "三个工作日内会有专人跟您联系",
        "最晚后天上午会给您一个回复", "两个小时之内我们的同事会联系您",
    ),
    "further_help": (
        "请问还有其他可以帮您的吗", "您看还有什么需要我帮忙的吗", "还有别的问题需要咨询吗",
        "除此之外您还有其他需要吗", "请问您还有没有别的事情要办理",
    ),
    "hold": (
        "请您稍等一下我帮您查询", "您别挂电话我查一下马上就好", "麻烦您等我一会儿我看一下系统",
        "我现在帮您查一下请稍候", "您稍等片刻我核实一下",
    ),
}  # fmt: skip
THRESHOLDS = (0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60)
RATES = (0.0, 0.1, 0.2, 0.3)
ROUNDS = 4
MAX_TURNS = 1500


def best(text: AlignedText, examples: tuple[str, ...]) -> float:
    found = [example(e).best(text) for e in examples]
    return max((f.similarity for f in found if f is not None), default=0.0)


def recall(seed: int) -> None:
    print(
        "found, by least similarity and character error rate (other wordings of the same intent as examples)"
    )
    print(f"{'':14}" + "".join(f"{t:>7.2f}" for t in THRESHOLDS))
    for rate in RATES:
        rng = random.Random(f"{seed}/{rate}")
        scores: dict[str, list[float]] = {name: [] for name in INTENTS}
        for name, wordings in INTENTS.items():
            for _ in range(ROUNDS):
                for hidden in wordings:
                    said = "".join(corrupt(t, rate, rng, "sounds") for t in (rng.choice(ORDINARY), hidden))
                    scores[name].append(best(aligned(said), tuple(w for w in wordings if w != hidden)))
        everything = [s for found in scores.values() for s in found]
        print(f"{rate:<14.0%}" + "".join(f"{share(everything, t):>7.2f}" for t in THRESHOLDS))
        if not rate:
            for name, found in scores.items():
                print(f"{name:14}" + "".join(f"{share(found, t):>7.2f}" for t in THRESHOLDS))


def alarms(folder: Path) -> None:
    turns = []
    with (folder / "helpdesk_quality" / "dialogues.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            turns += [
                "".join(t["utterances"]) for t in json.loads(line)["turns"] if t["sender"] == "customer"
            ]
    random.Random(1).shuffle(turns)
    texts = [aligned(t) for t in turns[:MAX_TURNS]]
    print(f"per 1,000 real customer turns ({len(texts)}), where an agent's sentences have no business")
    for name, wordings in INTENTS.items():
        found = [best(t, wordings) for t in texts]
        print(f"{name:14}" + "".join(f"{1000 * share(found, t):>7.1f}" for t in THRESHOLDS))


def share(scores: list[float], threshold: float) -> float:
    return sum(s >= threshold for s in scores) / len(scores)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    recall(parser.parse_args().seed)
    if "QA_SHARED_DATA" in os.environ:
        alarms(Path(os.environ["QA_SHARED_DATA"]))


if __name__ == "__main__":
    main()
