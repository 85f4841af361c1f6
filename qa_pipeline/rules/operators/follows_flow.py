"""``follows_flow``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PrivateAttr

from qa_pipeline.domain.time import Span
from qa_pipeline.rules.flow import FlowStep, Graph
from qa_pipeline.rules.flow_answers import Decision, decide
from qa_pipeline.rules.flow_said import said
from qa_pipeline.rules.flow_verdict import told
from qa_pipeline.rules.flow_walk import Limit, Walker
from qa_pipeline.rules.operator import Operator, RoleName
from qa_pipeline.rules.operators.must_say import MustSay
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.speech import MatchName
from qa_pipeline.rules.verdict import Truth, Verdict


class FollowsFlow(Operator):
    """A whole script with branches: which step follows depends on what the customer answers.

    Steps come in the order written, unless `then` names another (`end`: the flow is over). A step is said by `phrases`
    (any of them), by a `script` template, or is met by a `check` that has a place. Other things may be said in between; a
    step counts only at a place after the step before it. A step with `answers` goes on by what the customer says in the
    next turns: the first turn that holds an answer decides; the answer without phrases and check stands for whatever else
    was said. Longer words win over shorter ones inside them (不满意 over 满意).

    Met when every step that was due on the customer's branch was said, in order. Optional steps cost nothing. Needs review
    wherever a doubtful place, a doubtful answer (two at once, a negation before it, poorly heard) or a distance just over
    the limit would decide. Otherwise not met: the finding tells the way that was taken and where it broke off. With
    `score: proportional` the points earned are the share of `points` of the steps that were due.

    ```yaml
    score: proportional
    check:
      op: follows_flow
      max_gap_turns: 10
      steps:
        - {step: 确认对方, phrases: [请问是, 请问您是]}
        - {step: 自我介绍, script: "我是{company}[客户]服务中心", min_coverage: 0.7}
        - {step: 问方便, phrases: [请问您现在方便吗, 打扰您了], optional: true}
        - step: 问满意度
          points: 2
          phrases: [请问您对我们的服务满意吗, 您对这次服务还满意吗]
          answers:
            - {answer: 满意, phrases: [满意, 挺好的, 不错], then: 征求建议}
            - {answer: 不满意或一般, phrases: [不满意, 不太满意, 一般, 不怎么样], then: 问明原因}
            - {answer: 其他, then: 致谢}
        - {step: 征求建议, phrases: [您有什么建议吗, 有没有什么建议], then: 致谢}
        - {step: 问明原因, phrases: [请问是哪里不满意, 具体是什么问题]}
        - {step: 致歉, phrases: [非常抱歉, 对不起]}
        - {step: 承诺改进, phrases: [我们一定改进, 我会反映给相关部门]}
        - {step: 致谢, phrases: [感谢您的配合, 感谢您接听]}
        - {step: 祝愿, phrases: [祝您生活愉快]}
    ```

    PASS: 客服：请问是王女士吗 客户：是 客服：我是云帆物流客户服务中心 打扰您了 请问您对我们的服务满意吗 客户：挺好的
    客服：您有什么建议吗 客户：没有 客服：感谢您的配合祝您生活愉快

    FAIL: … 客服：请问您对我们的服务满意吗 客户：不太满意 客服：感谢您的配合祝您生活愉快 (neither asked why, nor
    apologised, nor promised to improve)

    Where a question is asked twice, the answer that suits the agent better counts.
    """

    op: Literal["follows_flow"]
    role: RoleName = Field("agent", description="who should say the steps: agent, customer or any")
    steps: tuple[FlowStep, ...] = Field(
        min_length=1, max_length=50, description="the steps, first to last; see below"
    )
    max_gap_turns: int | None = Field(
        None, ge=0, le=1000, description="turns (of anybody) from one step to the next at most; default: any"
    )
    max_gap_s: float | None = Field(
        None, gt=0, le=36000, description="seconds from one step to the next at most; default: any"
    )
    match: MatchName = Field(
        "phonetic", description="for phrases and scripts: exact, fuzzy (characters) or phonetic (syllables)"
    )

    _words: dict[str, MustSay] = PrivateAttr(default_factory=dict)

    def model_post_init(self, context: object, /) -> None:
        """Make patterns of the words of every step."""
        super().model_post_init(context)
        for step in self.steps:
            if step.check is None:
                self._words[step.step] = self._spoken(step)

    def _spoken(self, step: FlowStep) -> MustSay:
        words = {"script": step.script} if step.script is not None else {"phrases": step.phrases}
        extra = {"min_coverage": step.min_coverage} if step.min_coverage is not None else {}
        return MustSay.model_validate(
            {"op": "must_say", "role": self.role, "match": self.match, **words, **extra}
        )

    def children(self) -> Iterator[tuple[tuple[str | int, ...], Operator]]:
        """The checks of steps and answers."""
        for i, step in enumerate(self.steps):
            if step.check is not None:
                yield ("steps", i, "check"), step.check
            for j, answer in enumerate(step.answers):
                if answer.check is not None:
                    yield ("steps", i, "answers", j, "check"), answer.check

    def slots(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """The scripts of the steps."""
        for i, step in enumerate(self.steps):
            if step.script is not None:
                yield ("steps", i, "script"), step.script

    def evaluate(self, scene: Scene) -> Verdict:
        """Follow the flow through the call."""
        inner = scene.unexcused()
        graph = Graph(self.steps)
        verdicts = {
            step.step: said(self._words[step.step], inner) if step.check is None else inner.ask(step.check)
            for step in self.steps
        }
        decisions: dict[tuple[str, Span], Decision] = {}

        def decision(step: FlowStep, asked: Span) -> Decision:
            key = step.step, asked
            if key not in decisions:
                decisions[key] = decide(inner, step, asked)
            return decisions[key]

        starts = [t.span.start_ms for t in scene.call.turns if not t.back_channel]
        strict, kind = (
            Walker(
                graph=graph,
                verdicts=verdicts,
                decide=decision,
                limits=self._limits,
                turn_starts=starts,
                kind=kind,
            ).best()
            for kind in (False, True)
        )
        if not strict.missing:
            return told(scene, strict, verdicts, Truth.MET, self.role)
        truth = Truth.NOT_MET if kind.missing else Truth.UNCERTAIN
        return told(scene, kind, verdicts, truth, self.role)

    def _limits(self, step: FlowStep) -> Limit:
        turns = step.max_gap_turns if step.max_gap_turns is not None else self.max_gap_turns
        seconds = step.max_gap_s if step.max_gap_s is not None else self.max_gap_s
        return turns, seconds
