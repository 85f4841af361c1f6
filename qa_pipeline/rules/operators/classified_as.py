"""``classified_as``."""

from __future__ import annotations

import difflib
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Evidence, Message, ParamValue
from qa_pipeline.domain.transcript import Utterance
from qa_pipeline.rules.judge import role_or_none, window_params
from qa_pipeline.rules.operator import RoleName, WindowedOperator, roles_of
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.verdict import Doubt, Truth, Verdict
from qa_pipeline.rules.window import Area
from qa_pipeline.text.classifiers import Classifier, Label, catalogue, load
from qa_pipeline.text.features import num_chars

SHOWN = 2
"""Utterances that speak most for the answer, shown as its proof."""


class ClassifiedAs(WindowedOperator):
    """A trained model says what somebody's words are like.

    The models lie in `models/`, each with a card that tells what it was trained on and how often it is right; read it first.
    They are trained on human labels only. All that the role says in the window is one text. Probable enough for the label:
    met. Probable enough for the other label: not met. In between, or poorly heard: needs review. Too few words: not
    applicable. How sure a finding can be is limited by what was measured: an answer that was not right often enough on
    the test data never costs points by itself, and no model decides a fatal criterion.

    `speaker_role` (`customer`, `agent`): who talks like this; its answers were right in 95 % (`customer`) and 99 %
    (`agent`) of the written messages it was tested on. `customer_satisfaction` (`dissatisfied`, `not_dissatisfied`): use it
    to choose calls to listen to; whatever rests on it needs review. No model was measured on telephone calls yet.

    ```yaml
    check: {op: classified_as, role: agent, model: speaker_role, label: agent}
    ```

    PASS: 客服：您好感谢您的来电我已经帮您登记了稍后会有专人联系您

    FAIL: 客服：我的快递三天了还没到你们怎么回事我要投诉你们
    """

    located: ClassVar[bool] = True

    op: Literal["classified_as"]
    role: RoleName = Field("customer", description="whose words: agent, customer or any")
    model: str = Field(min_length=1, description="a model of `models/classifiers.yaml`")
    label: str = Field(min_length=1, description="the answer that is asked for")
    min_confidence: float | None = Field(
        None, ge=0.5, lt=1, description="least probability of an answer, 0.5 to 1; default: the model's own"
    )

    @model_validator(mode="after")
    def _known(self) -> Self:
        models = catalogue()
        if self.model not in models:
            raise _unknown("rubric.unknown_model", self.model, tuple(models))
        labels = tuple(label.name for label in models[self.model].labels)
        if self.label not in labels:
            raise _unknown("rubric.unknown_label", self.label, labels)
        return self

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Ask the model about the role's words."""
        nobody = unknown_role(scene, self.role)
        if nobody is not None:
            return nobody
        said = _said(scene, area, self.role)
        model = load(self.model)
        texts = [text for _, text in said]
        if num_chars(texts) < model.entry.min_chars:
            heard, doubt = scene.hearing(self.role, area.spans)
            truth = Truth.NOT_APPLICABLE if heard >= scene.min_confidence else Truth.UNCERTAIN
            params: dict[str, ParamValue] = {**window_params(area), "chars": model.entry.min_chars}
            message = Message(key="classified_short", params=params)
            return Verdict(truth=truth, confidence=heard, message=message, doubt=doubt)
        return self._judge(scene, area, model, said)

    def _judge(
        self, scene: Scene, area: Area, model: Classifier, said: list[tuple[Utterance, str]]
    ) -> Verdict:
        wanted, other = model.entry.label(self.label), model.entry.other(self.label)
        probability = model.probability(" ".join(text for _, text in said), self.label)
        if probability >= self._least(wanted):
            truth, answer = Truth.MET, wanted
        elif 1 - probability >= self._least(other):
            truth, answer = Truth.NOT_MET, other
        else:
            truth, answer = Truth.UNCERTAIN, wanted if probability >= 0.5 else other
        shown = probability if answer is wanted else round(1 - probability, 4)
        params: dict[str, ParamValue] = {
            **window_params(area),
            "label": (f"{self.model}.{answer.name}",),
            "probability_pct": round(100 * shown),
        }
        key = {Truth.MET: "classified", Truth.NOT_MET: "classified_other"}.get(truth, "classified_maybe")
        heard, doubt = scene.hearing(self.role, area.spans)
        confidence: tuple[float, Doubt] = min((heard, doubt), (answer.sure, "match"), key=lambda c: c[0])
        proof = _proof(model, said, answer, role_or_none(self.role))
        measured = Evidence(
            kind="measured",
            span=said[0][0].span.hull(said[-1][0].span),
            role=role_or_none(self.role),
            value=round(100 * shown, 1),
            unit="%",
            expected=self.label,
        )
        return Verdict(
            truth=truth,
            confidence=confidence[0],
            message=Message(key=key, params=params),
            evidence=(*proof, measured),
            count=int(truth is Truth.NOT_MET),
            doubt=confidence[1],
        )

    def _least(self, label: Label) -> float:
        return self.min_confidence if self.min_confidence is not None else label.min_confidence


def _unknown(code: str, name: str, known: tuple[str, ...]) -> PydanticCustomError:
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    if near:
        return PydanticCustomError(f"{code}_near", "", {"name": name, "near": near[0]})
    return PydanticCustomError(code, "", {"name": name, "known": known})


def _said(scene: Scene, area: Area, role: str) -> list[tuple[Utterance, str]]:
    """The role's utterances in the window, in order of time, with those of their words that lie in it."""
    parties: tuple[Role, ...] = roles_of(role)
    said: list[tuple[Utterance, str]] = []
    for utterance in scene.call.utterances_of(None):
        if scene.call.role_of(utterance) not in parties:
            continue
        words = (
            w.text
            for w in utterance.words
            if any(s.contains((w.span.start_ms + w.span.end_ms) // 2) for s in area.spans)
        )
        text = "".join(words)
        if text.strip():
            said.append((utterance, text))
    return said


def _proof(
    model: Classifier, said: list[tuple[Utterance, str]], answer: Label, role: Role | None
) -> tuple[Evidence, ...]:
    """The utterances that speak most for the answer, in order of time."""
    pulls = model.pulls([text for _, text in said], answer.name)
    ranked = sorted(range(len(said)), key=lambda i: (-pulls[i], i))[:SHOWN]
    return tuple(
        Evidence(kind="quoted", span=said[i][0].span, role=role, quote=said[i][1].strip())
        for i in sorted(ranked)
        if pulls[i] > 0
    )
