"""Dialogues of the blind set are whole: every sentence is filled, and what is private in it is known."""

from __future__ import annotations

import random

from benchmarks import redaction_blind_wordings as words
from benchmarks.redaction_dialogues import dialogue
from benchmarks.redaction_material import KINDS
from benchmarks.redaction_wordings import DEVELOPMENT_ASKS, FRESH_ASKS, FRESH_NAMES, Wordings

SEEDS = range(300_000, 300_200)


def test_the_seed_decides_the_set_and_every_set_has_wordings_of_its_own() -> None:
    sets = [Wordings.of(seed) for seed in (0, 99_999, 100_000, 200_000, 300_000, 900_000)]
    assert sets == [0, 0, 1, 2, 3, 3]
    assert not set(words.NAME_ASKS) & {*DEVELOPMENT_ASKS, *FRESH_ASKS}
    assert not set(words.NAMES) & set(FRESH_NAMES)


def test_nothing_is_left_open_and_all_kinds_of_private_things_occur() -> None:
    kinds = set()
    for seed in SEEDS:
        lines = dialogue(random.Random(seed), wordings=Wordings.of(seed))
        for _, pieces in lines:
            assert all(p.text for p in pieces)
            assert not any(sign in p.text for p in pieces for sign in "{}")
            kinds |= {p.planted.kind for p in pieces if p.planted is not None}
        again = dialogue(random.Random(seed), wordings=Wordings.of(seed))
        assert [[p.text for p in pieces] for _, pieces in again] == [
            [p.text for p in pieces] for _, pieces in lines
        ]
    assert kinds == set(KINDS)
