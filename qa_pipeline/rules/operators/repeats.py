"""``repeats``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import ClassVar, Literal

from pydantic import Field

from qa_pipeline.domain.call import Role, Turn
from qa_pipeline.domain.finding import Evidence, Message
from qa_pipeline.rules.judge import absent, window_params
from qa_pipeline.rules.operator import roles_of
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.speech import SpokenOperator
from qa_pipeline.rules.verdict import Place, Truth, Verdict
from qa_pipeline.rules.window import Area, turns_of
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.phrases import Phrase
from qa_pipeline.text.types import Match, MatchMode


class Repeats(SpokenOperator):
    """The role says the same again: a passage that sounds like one from a few turns before.

    Each turn of the role is compared with its own `back_turns` turns before; the passage must have `min_chars` characters
    and be alike to `min_similarity` (syllable by syllable, for the default `match`). Words said twice within one turn don't
    count. Passages a little less alike need review. Meant for conditions, and for `none_of`: a customer who has to say
    the order number again, an agent who reads the same sentence again and again.

    ```yaml
    check: {op: none_of, of: [{op: repeats, role: customer, back_turns: 4, min_chars: 10}]}
    ```

    PASS: 客户：我的件前天就该到了 客服：我看看 客户：我的件前天就该到了

    FAIL: 客户：我的件前天就该到了 客服：我看看 客户：那谢谢你
    """

    located: ClassVar[bool] = True

    op: Literal["repeats"]
    back_turns: int = Field(3, ge=1, le=1000, description="how many of the role's turns to look back")
    min_chars: int = Field(8, ge=4, le=200, description="characters of the passage at least")
    min_similarity: float | None = Field(0.85, gt=0, le=1, description="how alike, 0 to 1")

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Compare each turn that begins in the area with those before."""
        nobody = unknown_role(scene, self.role)
        if nobody is not None:
            return nobody
        found = [
            again
            for role in roles_of(self.role)
            for index, turn in enumerate(turns_of(scene.call, role.value))
            if any(s.contains(turn.span.start_ms) for s in area.spans)
            for again in self._again(scene, role, turns_of(scene.call, role.value)[: index + 1])
        ]
        found.sort(key=lambda f: f[0].span)
        sure = [f for f in found if f[1].verdict == "hit"]
        chosen = sure or found
        if not chosen:
            return absent(
                scene,
                area,
                self.role,
                Message(key="repeats_none", params={"chars": self.min_chars, **window_params(area)}),
                expected="",
            )
        best, match = max(chosen, key=lambda f: f[0].confidence)
        places = tuple(p for p, _ in chosen)
        return Verdict(
            truth=Truth.MET if sure else Truth.UNCERTAIN,
            confidence=best.confidence,
            message=Message(
                key="repeats" if sure else "repeats_maybe",
                params={
                    "quote": best.evidence.quote or "…",
                    "start_s": best.span.start_ms / 1000,
                    "before": match.quote,
                    "before_s": match.span.start_ms / 1000,
                    "times": len(places),
                },
            ),
            evidence=tuple(e for p, m in chosen for e in (_earlier(m, p.evidence.role), p.evidence)),
            hits=places if sure else (),
            maybe=() if sure else places,
            doubt=best.doubt,
        )

    def _again(self, scene: Scene, role: Role, turns: tuple[Turn, ...]) -> list[tuple[Place, Match]]:
        """Passages of the last turn that are like one of the turns before, each with that."""
        before = tuple(t.span for t in turns[:-1][-self.back_turns :])
        if not before:
            return []
        later, earlier = scene.text(role, (turns[-1].span,)), scene.text(role, before)
        windows = self._windows(later, earlier)
        hits = {start: match for start, match in windows.items() if match.verdict == "hit"}
        return [
            (self._place(scene, role, later, start, end, match), match)
            for start, end, match in self._passages(hits or windows, later, earlier)
        ]

    def _windows(self, later: AlignedText, earlier: AlignedText) -> dict[int, Match]:
        """Where ``min_chars`` of the later text are like something before, and like what."""
        size = self.min_chars
        known = _pairs_of(earlier)
        common = [pair in known for pair in zip(later.index.sounds, later.index.sounds[1:], strict=False)]
        windows = {}
        for start in range(len(later) - size + 1):
            # Without some neighbouring sounds in common the slow comparison can't succeed.
            if 3 * sum(common[start : start + size - 1]) >= size - 1:
                match = self._closest(later.text[start : start + size], earlier)
                if match is not None:
                    windows[start] = match
        return windows

    def _passages(
        self, windows: dict[int, Match], later: AlignedText, earlier: AlignedText
    ) -> Iterator[tuple[int, int, Match]]:
        """Windows that overlap are one passage, as far as that as a whole is like something before."""
        size = self.min_chars
        left = sorted(windows)
        while left:
            last = next((b for b, c in pairwise(left) if c > b + size), left[-1])
            run = [start for start in left if start <= last]
            left = [start for start in left if start > last]
            whole = self._closest(later.text[run[0] : last + size], earlier)
            if whole is not None and whole.verdict == windows[run[0]].verdict:
                yield run[0], last + size, whole
            else:
                best = max(run, key=lambda start: (windows[start].similarity, -start))
                yield best, best + size, windows[best]

    def _closest(self, words: str, text: AlignedText) -> Match | None:
        # Not through phrase(): it keeps what it compiles, and these words never come back.
        pattern = Phrase(
            words,
            mode=MatchMode(self.match),
            min_similarity=self.min_similarity,
            innocents=(),
            forbidding=False,
        )
        return max(
            pattern.find(text), key=lambda m: (m.verdict == "hit", m.similarity, m.start), default=None
        )

    def _place(
        self, scene: Scene, role: Role, text: AlignedText, start: int, end: int, match: Match
    ) -> Place:
        sure = scene.role_confidence(self.role)
        evidence = Evidence(
            kind="quoted",
            span=text.span(start, end),
            role=role,
            quote=text.quote(start, end),
            expected=match.quote,
            value=round(match.similarity, 3),
            unit="similarity",
        )
        return Place(
            span=evidence.span,
            evidence=evidence,
            confidence=round(min(sure, match.confidence), 3),
            doubt="role" if sure < match.confidence else "match",
        )


def _pairs_of(text: AlignedText) -> set[tuple[int, int]]:
    return set(zip(text.index.sounds, text.index.sounds[1:], strict=False))


def _earlier(match: Match, role: Role | None) -> Evidence:
    return Evidence(kind="quoted", span=match.span, role=role, quote=match.quote)
