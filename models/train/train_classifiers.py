"""Trains the classifiers of texts from human labels, and writes model, card and entry with the figures measured.

``QA_SHARED_DATA=… python -m models.train.train_classifiers`` (the folder holds ``helpdesk_quality/dialogues.jsonl``).
About a minute. Dialogues are divided into 60 % for training, 15 % for choosing thresholds and 25 % for the figures, before
anything else is done with them; no dialogue is in two parts. Texts and words stay out of the repository: features are
hashed. The same data and libraries give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import statistics
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
import yaml
from sklearn.linear_model import LogisticRegression
from skops import io

from models.train.card import AT_MOST, LEVELS, MIN_CHARS, TRUSTWORTHY, at, card, toward, wilson
from models.train.corruption import corrupt
from qa_pipeline.text.features import CHARS_AND_SOUNDS, num_chars, vectors

MODELS = Path(__file__).resolve().parents[1]
SEED = 20260101
ERRORS = (0.1, 0.2, 0.3)
"""Character error rates of the misheard copies that are trained on beside the clean texts."""
FIRST = 2
"""The first of the levels that may be a threshold: under it a text is for a person, whatever the figures say."""
GOOD, ENOUGH = 0.95, 20
"""A threshold is the least level at which so much of the answers are right on the choosing part, among at least so many."""

Pair = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One model to train: its two labels (the second is class 1), and how pairs of text and class come from dialogues."""

    name: str
    labels: tuple[str, str]
    pairs: Callable[[Sequence[dict[str, Any]]], list[Pair]]
    about: str


def turns(dialogues: Sequence[dict[str, Any]]) -> list[Pair]:
    """Single turns and whether the helpdesk wrote them."""
    pairs = [
        ("".join(t["utterances"]), int(t["sender"] == "helpdesk")) for d in dialogues for t in d["turns"]
    ]
    return [p for p in pairs if num_chars([p[0]]) >= MIN_CHARS]


def customers(dialogues: Sequence[dict[str, Any]]) -> list[Pair]:
    """All that the customer wrote in a dialogue, and whether the raters' mean is at most -0.5."""
    pairs = []
    for dialogue in dialogues:
        said = " ".join("".join(t["utterances"]) for t in dialogue["turns"] if t["sender"] == "customer")
        pairs.append((said, int(statistics.mean(dialogue["satisfaction"]) <= -0.5)))
    return [p for p in pairs if num_chars([p[0]]) >= MIN_CHARS]


TASKS = (
    Task(
        name="speaker_role",
        labels=("customer", "agent"),
        pairs=turns,
        about="Who wrote a single turn, the customer or the helpdesk. Truth: the sender of the message.",
    ),
    Task(
        name="customer_satisfaction",
        labels=("not_dissatisfied", "dissatisfied"),
        pairs=customers,
        about=(
            "Whether the customer is dissatisfied, from all that the customer wrote in a dialogue. Truth: 19 people rated "
            "the customer's satisfaction with the whole dialogue from -2 to 2; dissatisfied is a mean of -0.5 or less."
        ),
    ),
)


def misheard(pairs: Sequence[Pair], rates: Sequence[float], seed: str) -> list[Pair]:
    """Texts with recognition errors at rates drawn from the given ones."""
    rng = random.Random(seed)
    return [(corrupt(text, rng.choice(rates), rng, "sounds"), label) for text, label in pairs]


def scored(model: Any, pairs: Sequence[Pair]) -> tuple[Any, Any]:
    """Scores of class 1 and truth."""
    return model.predict_proba(vectors(t for t, _ in pairs))[:, 1], np.array([y for _, y in pairs])


def threshold(scores: Any, truth: Any) -> float:
    """The least level that is good; where none is, the best one of those with enough answers."""
    measured = []
    for level in LEVELS[FIRST:]:
        answers, right, _ = at(scores, truth, level)
        if answers >= ENOUGH:
            if right / answers >= GOOD:
                return level
            measured.append((right / answers, level))
    return max(measured, default=(0.0, LEVELS[-1]))[1]


def stored(model: Any) -> bytes:
    """The model as skops writes it, packed again without the clock and memory addresses: equal models are equal bytes."""
    with zipfile.ZipFile(BytesIO(io.dumps(model))) as source:
        files = {name: source.read(name) for name in source.namelist()}
    schema = files.pop("schema.json").decode()
    names: dict[str, str] = {}
    for found in re.findall(r'"__id__": (\d+)|"([^"]+\.npy)"', schema):
        old = found[0] or found[1].removesuffix(".npy")
        names.setdefault(old, str(len(names) + 1))
    schema = re.sub(r'("__id__": )(\d+)', lambda m: m[1] + names[m[2]], schema)
    schema = re.sub(r'"([^"]+)\.npy"', lambda m: f'"{names[m[1]]}.npy"', schema)
    renamed = {f"{names[name.removesuffix('.npy')]}.npy": content for name, content in files.items()}
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in sorted({**renamed, "schema.json": schema.encode()}.items()):
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, content)
    return packed.getvalue()


def train(task: Task, dialogues: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Train, measure and write one model; returns its entry in the list."""
    a, b = len(dialogues) * 60 // 100, len(dialogues) * 75 // 100
    learn, choose, test = (task.pairs(part) for part in (dialogues[:a], dialogues[a:b], dialogues[b:]))
    everything = [*learn, *misheard(learn, ERRORS, f"{SEED}/learn")]
    model = LogisticRegression(C=1.0, max_iter=500)
    names = np.array(task.labels)
    model.fit(vectors(t for t, _ in everything), names[[y for _, y in everything]])
    if list(model.classes_) != list(names):
        # scikit-learn sorts labels; class 1 must stay the second of the task.
        model = flipped(model, names)
    noisy = {rate: scored(model, misheard(test, (rate,), f"{SEED}/{rate}")) for rate in (0.2, 0.4)}
    pick_scores, pick_truth = scored(model, [*choose, *misheard(choose, (0.2,), f"{SEED}/choose")])
    clean = scored(model, test)
    labels = []
    for index, name in enumerate(task.labels):
        level = threshold(*toward(index, pick_scores, pick_truth))
        answers, right, _ = at(*toward(index, *noisy[0.2]), level)
        bound = wilson(right, answers)
        sure = AT_MOST if bound >= TRUSTWORTHY else 0.5
        labels.append({"name": name, "min_confidence": level, "sure": sure, "bound": bound})
    content = stored(model)
    folder = MODELS / task.name
    folder.mkdir(exist_ok=True)
    (folder / "model.skops").write_bytes(content)
    counts = (len(learn), len(choose), len(test))
    told = card(task.name, task.about, labels, counts, clean, noisy, [t for t, _ in test])
    (folder / "CARD.md").write_text(told, encoding="utf-8")
    return {
        "name": task.name,
        "file": f"{task.name}/model.skops",
        "sha256": hashlib.sha256(content).hexdigest(),
        "features": CHARS_AND_SOUNDS,
        "trained_with": f"scikit-learn {sklearn.__version__}",
        "min_chars": MIN_CHARS,
        "trusted": io.get_untrusted_types(data=content),
        "labels": [{k: v for k, v in label.items() if k != "bound"} for label in labels],
    }


def flipped(model: Any, names: Any) -> Any:
    """The same model with its two classes exchanged."""
    model.coef_, model.intercept_, model.classes_ = -model.coef_, -model.intercept_, names
    return model


def main() -> None:
    """Train all."""
    path = Path(os.environ["QA_SHARED_DATA"]) / "helpdesk_quality" / "dialogues.jsonl"
    dialogues = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    dialogues.sort(key=lambda d: d["id"])
    random.Random(SEED).shuffle(dialogues)
    entries = [train(task, dialogues) for task in TASKS]
    head = "# Trained models for texts, written by models/train/train_classifiers.py. Digests are checked before reading.\n"
    listed = yaml.safe_dump({"classifiers": entries}, allow_unicode=True, sort_keys=False)
    (MODELS / "classifiers.yaml").write_text(head + listed, encoding="utf-8")


if __name__ == "__main__":
    main()
