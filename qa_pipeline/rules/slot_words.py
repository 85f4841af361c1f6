"""Slots without a value, as people would read them: 工号〔坐席工号〕 rather than 工号{agent_id}."""

from __future__ import annotations

import re

from qa_pipeline.i18n import catalogue

_SLOT = re.compile(r"\{(\w+)(?::[^{}]*)?\}")


def slot_words(name: str) -> str:
    """What a slot stands for (``findings.slot.<name>``); its name where there is no word for it.

    In Chinese whoever reads it: it stands in the middle of what the agent should say.
    """
    return str(catalogue("findings", "zh").get(f"slot.{name}", name))


def readable(script: str) -> str:
    """A piece of a script with its open slots in words."""
    return _SLOT.sub(lambda slot: f"〔{slot_words(slot[1])}〕", script)
