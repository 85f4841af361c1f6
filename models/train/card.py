"""The card of a trained model: what it is, what was measured, and what it may decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.metrics import roc_auc_score

from qa_pipeline.text.features import CHARS_AND_SOUNDS, num_chars

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
TRUSTWORTHY = 0.90
"""Lower bound of the precision on misheard test texts from which an answer may carry a deduction."""
AT_MOST = 0.7
"""How sure a finding can be by a model that was never measured on calls: below the 0.8 that fatal criteria ask for."""
MIN_CHARS = 10


def wilson(right: int, total: int) -> float:
    """Lower end of the 95 % interval of a share (Wilson 1927)."""
    if not total:
        return 0.0
    z, p = 1.96, right / total
    spread = z * ((p * (1 - p) + z * z / (4 * total)) / total) ** 0.5
    return float((p + z * z / (2 * total) - spread) / (1 + z * z / total))


def at(scores: Any, truth: Any, level: float) -> tuple[int, int, int]:
    """Of one label at a threshold: answers, right answers, texts that have it."""
    chosen = scores >= level
    return int(chosen.sum()), int(truth[chosen].sum()), int(truth.sum())


def toward(index: int, scores: Any, truth: Any) -> tuple[Any, Any]:
    """Scores and truth of one of the two labels."""
    return (scores, truth == 1) if index else (1 - scores, truth == 0)


def table(scores: Any, truth: Any) -> list[str]:
    """Precision and recall of one label at every level."""
    rows = ["| threshold | answers | precision | recall |", "|---|---|---|---|"]
    for level in LEVELS:
        answers, right, positive = at(scores, truth, level)
        precision = f"{right / answers:.3f}" if answers else "–"
        rows.append(f"| {level} | {answers} | {precision} | {right / positive:.3f} |")
    return rows


def card(
    name: str,
    about: str,
    labels: Sequence[Mapping[str, Any]],
    counts: tuple[int, int, int],
    clean: tuple[Any, Any],
    noisy: Mapping[float, tuple[Any, Any]],
    texts: Sequence[str],
) -> str:
    """The card as Markdown.

    Args:
        name: of the model.
        about: what it tells and what the truth is.
        labels: with ``name``, ``min_confidence``, ``sure`` and ``bound``, the lower bound of the precision.
        counts: texts for training, choosing and testing.
        clean: scores of the second label and truth (0 or 1) of the test texts.
        noisy: the same with recognition errors, by their rate.
        texts: the test texts.
    """
    scores, truth = clean
    majority = max(truth.mean(), 1 - truth.mean())
    sizes = [num_chars([t]) for t in texts]
    by_length = roc_auc_score(truth, sizes)
    lines = [
        f"# {name}",
        "",
        "Written by `models/train/train_classifiers.py` together with the model; don't edit.",
        "",
        about,
        "",
        "- **Data**: public customer-service dialogues of Chinese companies on a microblog (written, not spoken),",
        f"  labelled by people. {counts[0]} texts for training (each also once with 10 to 30 % recognition errors),",
        f"  {counts[1]} for choosing thresholds, {counts[2]} for the figures below; divided by dialogue. Texts under",
        f"  {MIN_CHARS} characters are left out.",
        f"- **Model**: logistic regression (C = 1) on hashed features `{CHARS_AND_SOUNDS}`; no text, no vocabulary stored.",
        "- **Recognition errors**: the error model of `models/train/corruption.py`, not real recognition of these texts.",
        "",
        "## Figures on the test part",
        "",
        "| text | area under the ROC curve | accuracy | always the commoner label |",
        "|---|---|---|---|",
    ]
    for what, (s, t) in (("clean", clean), *((f"{r:.0%} errors", v) for r, v in noisy.items())):
        accuracy = ((s >= 0.5) == (t == 1)).mean()
        lines.append(f"| {what} | {roc_auc_score(t, s):.3f} | {accuracy:.3f} | {majority:.3f} |")
    lines += ["", f"Ranking by the length of the text alone: {max(by_length, 1 - by_length):.3f}.", ""]
    short = [i for i, size in enumerate(sizes) if size < 20]
    if len(short) > 50 and 0 < truth[short].mean() < 1:
        lines += [
            f"Texts under 20 characters ({len(short)}): {roc_auc_score(truth[short], scores[short]):.3f}.",
            "",
        ]
    for index, label in enumerate(labels):
        lines += [f"### `{label['name']}`, clean", "", *table(*toward(index, *clean)), ""]
        lines += [f"### `{label['name']}`, 20 % errors", "", *table(*toward(index, *noisy[0.2])), ""]
    lines += ["## What it may decide", ""]
    for label in labels:
        told = (
            f"`{label['name']}`: counts from {label['min_confidence']} on. Lower 95 % bound of the precision there, with "
            f"20 % errors: {label['bound']:.2f}."
        )
        if label["sure"] < AT_MOST:
            told += f" Under {TRUSTWORTHY:.2f}: **not good enough for a deduction**; what rests on it needs review."
        else:
            told += f" A finding that rests on it is at most {label['sure']} sure, so it never decides a fatal criterion."
        lines.append(f"- {told}")
    lines += [
        "- Trained and measured on written messages. On telephone calls nobody has measured it yet: expect it to be worse",
        "  there, and look at a sample of its answers before points hang on it.",
        "",
    ]
    return "\n".join(lines)
