"""Learns from `meanings.yaml` which sentences mean what, and writes the lines and their list.

``python -m models.train.train_meanings``. Half a minute. For each meaning a logistic regression on sentence embeddings:
its `said` against its `unlike`, and against ordinary talk and all that is said for the other meanings, except what
lies so near that it may mean the same. The same sentences and libraries give the same bytes.
"""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.linear_model import LogisticRegression

from qa_pipeline.text.meanings import catalogue, embeddings

MODELS = Path(__file__).resolve().parents[1]
SENTENCES = Path(__file__).resolve().with_name("meanings.yaml")
LINES = "meanings/lines.npy"
NEAR = 0.5
"""A sentence of another meaning that comes so near (cosine) to one of this teaches nothing against it: a hold is
announced in words that also offer help."""
STRICTNESS = 30.0
"""Inverse strength of the ridge; see docs/design/rubric-language.md."""


def lines(entries: list[dict[str, Any]], ordinary: list[str]) -> np.ndarray:
    """One row a meaning: 512 weights and the offset."""
    plain = embeddings(ordinary)
    said = [embeddings(e["said"]) for e in entries]
    rows = []
    for number, entry in enumerate(entries):
        others = np.vstack([plain, *(v for other, v in enumerate(said) if other != number)])
        others = others[(others @ said[number].T).max(axis=1) < NEAR]
        against = np.vstack([embeddings(entry["unlike"]), others])
        known = np.vstack([said[number], against])
        classes = np.r_[np.ones(len(said[number])), np.zeros(len(against))]
        model = LogisticRegression(C=STRICTNESS, class_weight="balanced", max_iter=2000).fit(known, classes)
        rows.append(np.r_[model.coef_[0], model.intercept_])
    return np.asarray(rows, dtype="<f4")


def main() -> None:
    """Write `meanings/lines.npy` and `meanings.yaml`."""
    sentences = yaml.safe_load(SENTENCES.read_text(encoding="utf-8"))
    entries = sentences["meanings"]
    content = BytesIO()
    np.save(content, lines(entries, sentences["ordinary"]), allow_pickle=False)
    (MODELS / LINES).parent.mkdir(exist_ok=True)
    (MODELS / LINES).write_bytes(content.getvalue())
    listed = {
        "encoder": dict(catalogue().encoder),
        "lines": LINES,
        "sha256": hashlib.sha256(content.getvalue()).hexdigest(),
        "meanings": [{"name": e["name"], "label": e["label"]} for e in entries],
    }
    head = "# What the operator `means` knows, by models/train/train_meanings.py. Digests are checked before reading.\n"
    text = yaml.safe_dump(listed, allow_unicode=True, sort_keys=False, width=120)
    (MODELS / "meanings.yaml").write_text(head + text, encoding="utf-8")


if __name__ == "__main__":
    main()
