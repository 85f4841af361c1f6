"""``speaks_first``."""

from __future__ import annotations

from typing import Literal

from qa_pipeline.rules.floor import FloorOperator


class SpeaksFirst(FloorOperator):
    """The role speaks before the other does.

    The first turn that begins in the window decides; back-channels don't count. Where the two begin within half a second
    of each other, or the role is heard before without a word being recognised, a deduction needs review.

    ```yaml
    check: {op: speaks_first, role: agent}
    ```

    PASS: 客服：您好 客户：你好

    FAIL: 客户：喂有人吗 客服：您好
    """

    op: Literal["speaks_first"]
