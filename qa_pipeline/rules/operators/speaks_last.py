"""``speaks_last``."""

from __future__ import annotations

from typing import ClassVar, Literal

from qa_pipeline.rules.floor import FloorOperator


class SpeaksLast(FloorOperator):
    """The role speaks after the other does.

    The last turn that ends in the window decides; back-channels don't count. Where the two end within half a second of
    each other, or the role is heard after without a word being recognised, a deduction needs review.

    ```yaml
    check: {op: speaks_last, role: agent}
    ```

    PASS: 客户：谢谢 客服：感谢您的来电再见

    FAIL: 客服：就这样 客户：喂我还没说完
    """

    last: ClassVar[bool] = True

    op: Literal["speaks_last"]
