"""Dialogue files: a made-up call and what criteria must say of it, to try a rubric on.

YAML (several documents are several dialogues)::

    dialogue: ["客服：您好", "客户：（音量+12dB）我要投诉", "（静音8秒）"]      # see qa_pipeline.rules.example_lines
    call: {agent_id: "3107"}
    expect: {greeting: met, closing: not_met}
    rubric: inbound_enquiry        # optional: only for this rubric

or plain text (``.txt``): the lines of the call as they are, lines ``期望：greeting 达标`` (``expect: greeting met``) and
``通话：agent_id 3107`` (``call: agent_id 3107``); ``#`` begins a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.domain.finding import Finding, Outcome
from qa_pipeline.errors import CollectedErrors, InputError, QaError, SourceLocation
from qa_pipeline.rules.evaluate import evaluate
from qa_pipeline.rules.example_lines import parse_line
from qa_pipeline.rules.examples import call_of
from qa_pipeline.rules.explain_errors import nearest
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.rules.yaml_tree import MAX_CHARS, Node, read_documents
from qa_pipeline.settings import Settings

_KEYS = ("dialogue", "expect", "call", "rubric")
_OUTCOMES = {
    **{outcome.value: outcome for outcome in Outcome},
    "达标": Outcome.MET,
    "不达标": Outcome.NOT_MET,
    "待复核": Outcome.NEEDS_REVIEW,
    "不适用": Outcome.NOT_APPLICABLE,
}
_TOLD = re.compile(r"\s*(期望|expect|通话|call)\s*[：:]\s*([\w-]+)\s*[=＝：:\s]\s*(.*?)\s*", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What one criterion must say, and where that is written."""

    criterion_id: str
    outcome: Outcome
    location: SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """A made-up call with what is expected of it."""

    lines: tuple[str, ...]
    info: Mapping[str, str | float | None]
    expected: tuple[Expectation, ...]
    rubric: str | None
    """Only for this rubric; None for whichever is tested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueResult:
    """How one expectation came out."""

    expectation: Expectation
    finding: Finding

    @property
    def passed(self) -> bool:
        """Whether the criterion answered as expected."""
        return self.finding.outcome is self.expectation.outcome


def load_dialogues(path: Path) -> tuple[Dialogue, ...]:
    """The dialogues of a file, YAML where it ends so, else plain text.

    Raises:
        CollectedErrors: everything that is wrong with it, located.
    """
    content = _read(path)
    reader = _Reader(str(path))
    dialogues = reader.yaml(content) if path.suffix in {".yaml", ".yml"} else reader.plain(content)
    if reader.errors:
        raise CollectedErrors(tuple(reader.errors))
    return dialogues


def run_dialogues(rubric: Rubric, dialogues: Iterable[Dialogue]) -> tuple[DialogueResult, ...]:
    """Evaluate the rubric on each dialogue, with the default thresholds; those for another rubric are passed over.

    Raises:
        CollectedErrors: a criterion that the rubric does not have.
    """
    ours = [d for d in dialogues if d.rubric in (None, rubric.rubric)]
    known = [criterion.id for _, criterion in rubric.criteria()]
    errors = [_unknown(e, known, rubric) for d in ours for e in d.expected if e.criterion_id not in known]
    if errors:
        raise CollectedErrors(tuple(errors))
    results: list[DialogueResult] = []
    sure, sure_fatal = (
        float(Settings.model_fields[name].default) for name in ("min_confidence", "min_confidence_fatal")
    )
    for dialogue in ours:
        call = call_of(dialogue.lines, dialogue.info)
        findings = evaluate(rubric, call, min_confidence=sure, min_confidence_fatal=sure_fatal)
        found = {f.criterion_id: f for f in findings}
        results += [DialogueResult(expectation=e, finding=found[e.criterion_id]) for e in dialogue.expected]
    return tuple(results)


def _unknown(expectation: Expectation, known: list[str], rubric: Rubric) -> QaError:
    name = expectation.criterion_id
    near = nearest(name, known)
    return _error(
        "dialogue.unknown_criterion",
        expectation.location,
        name=name,
        rubric=rubric.rubric,
        known=near or "、".join(known),
    )


def _read(path: Path) -> str:
    location = SourceLocation(file=str(path))
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise CollectedErrors((_error("dialogue.not_found", location),)) from None
    except UnicodeDecodeError:
        raise CollectedErrors((_error("dialogue.not_utf8", location),)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CollectedErrors((_error("dialogue.unreadable", location, reason=reason),)) from None
    if len(content) > MAX_CHARS:
        raise CollectedErrors((_error("dialogue.too_large", location, max_chars=MAX_CHARS),))
    return content


class _Reader:
    """Collects the errors of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.errors: list[QaError] = []

    def yaml(self, content: str) -> tuple[Dialogue, ...]:
        documents = read_documents(content, self.file)
        if not documents:
            self._wrong("dialogue.empty", SourceLocation(file=self.file, line=1))
        return tuple(self._document(node) for node in documents)

    def _document(self, root: Node) -> Dialogue:
        if root.fields is None:
            self._wrong("dialogue.no_mapping", self._at(root))
            return Dialogue(lines=(), info={}, expected=(), rubric=None)
        for key, (line, column) in root.keys.items():
            if key not in _KEYS:
                place = SourceLocation(file=self.file, line=line, column=column)
                self._wrong(
                    "dialogue.unknown_key", place, key=key, known=nearest(key, _KEYS) or "、".join(_KEYS)
                )
        rubric = root.step("rubric")
        return Dialogue(
            lines=self._lines(root),
            info=self._info(root.step("call")),
            expected=self._expected(root),
            rubric=rubric.raw if rubric is not None else None,
        )

    def _lines(self, root: Node) -> tuple[str, ...]:
        node = root.step("dialogue")
        if node is None or not node.items:
            self._wrong("dialogue.no_lines", self._at(node or root))
            return ()
        lines = []
        for item in node.items:
            text = item.raw
            if text is None or parse_line(text) is None:
                self._wrong("dialogue.bad_line", self._at(item), line=text or "—")
            else:
                lines.append(text)
        return tuple(lines)

    def _info(self, node: Node | None) -> Mapping[str, str | float | None]:
        info: dict[str, str | float | None] = {}
        if node is None:
            return info
        if node.fields is None:
            self._wrong("dialogue.no_mapping", self._at(node))
            return info
        for key, value in node.fields.items():
            if value.raw is None:
                self._wrong("dialogue.bad_field", self._at(value), key=key)
            elif key == "ring_s":
                info[key] = self._seconds(value.raw, self._at(value))
            else:
                # As in the calls file every cell is text: a number keeps its leading zeros as written.
                info[key] = value.raw
        return info

    def _expected(self, root: Node) -> tuple[Expectation, ...]:
        node = root.step("expect")
        if node is None or not node.fields:
            self._wrong("dialogue.no_expect", self._at(node or root))
            return ()
        expected = []
        for key, value in node.fields.items():
            outcome = self._outcome(value.raw, self._at(value))
            if outcome is not None:
                line, column = node.keys[key]
                place = SourceLocation(file=self.file, line=line, column=column)
                expected.append(Expectation(criterion_id=key, outcome=outcome, location=place))
        return tuple(expected)

    def plain(self, content: str) -> tuple[Dialogue, ...]:
        lines: list[str] = []
        info: dict[str, str | float | None] = {}
        expected: list[Expectation] = []
        for number, line in enumerate(content.splitlines(), 1):
            place = SourceLocation(file=self.file, line=number, column=1)
            told = _TOLD.fullmatch(line)
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            if told is None:
                if parse_line(line) is None:
                    self._wrong("dialogue.bad_line", place, line=line.strip()[:40])
                else:
                    lines.append(line)
            elif told[1].lower() in ("期望", "expect"):
                outcome = self._outcome(told[3], place)
                if outcome is not None:
                    expected.append(Expectation(criterion_id=told[2], outcome=outcome, location=place))
            elif told[2] == "ring_s":
                info[told[2]] = self._seconds(told[3], place)
            else:
                info[told[2]] = told[3]
        top = SourceLocation(file=self.file, line=1)
        if not lines:
            self._wrong("dialogue.no_lines", top)
        if not expected and not self.errors:
            self._wrong("dialogue.no_expect", top)
        return (Dialogue(lines=tuple(lines), info=info, expected=tuple(expected), rubric=None),)

    def _outcome(self, written: str | None, place: SourceLocation) -> Outcome | None:
        outcome = _OUTCOMES.get((written or "").strip())
        if outcome is None:
            near = nearest(written or "", _OUTCOMES)
            options = near or "、".join(_OUTCOMES)
            self._wrong("dialogue.unknown_outcome", place, value=written or "—", options=options)
        return outcome

    def _seconds(self, written: str, place: SourceLocation) -> float | None:
        try:
            return float(written)
        except ValueError:
            self._wrong("dialogue.bad_field", place, key="ring_s")
            return None

    def _at(self, node: Node) -> SourceLocation:
        return SourceLocation(file=self.file, line=node.line, column=node.column)

    def _wrong(self, code: str, place: SourceLocation, **params: object) -> None:
        self.errors.append(_error(code, place, **params))


def _error(code: str, location: SourceLocation, **params: object) -> QaError:
    return InputError(code, location=location, **params)
