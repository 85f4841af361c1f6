"""Takes what is private out of one call: what is heard to be private, and what the centre's records say is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

from qa_pipeline.domain.call import Call, Role
from qa_pipeline.domain.finding import Evidence, Finding, Message, ParamValue
from qa_pipeline.domain.scorecard import Scorecard
from qa_pipeline.domain.time import Span, merge, subtract
from qa_pipeline.domain.transcript import Utterance
from qa_pipeline.errors import InputError
from qa_pipeline.i18n import LANGS, Lang, text
from qa_pipeline.privacy.edges import around_name, around_number
from qa_pipeline.privacy.mask import SPEAKERS, Redactor
from qa_pipeline.privacy.names import hashed, public_name
from qa_pipeline.privacy.types import Private, PrivateKind
from qa_pipeline.privacy.unsure import doubtful_names
from qa_pipeline.resources import folder
from qa_pipeline.settings import Settings
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.normalize import normalize
from qa_pipeline.text.phrases import phrase

_PRIVATE_COLUMN = re.compile(
    "name|phone|mobile|tel|addr|customer|client|card|account|order|waybill|tracking|email|姓名|名字|客户|收件|寄件|联系"
    "|电话|手机|地址|证件|身份|卡号|账号|账户|单号|邮箱",
    re.IGNORECASE,
)
UNREAD_NEAR_MS = 1_500
"""Speech that was not recognised is covered when it lies this close to something private: it may be the rest of it."""
_UNREAD_MS = 300
_WORD_SLACK_MS = 300


def is_private_column(name: str) -> bool:
    """Whether the name of an extra column says that it is about a person."""
    return _PRIVATE_COLUMN.search(name) is not None


@dataclass(frozen=True)
class Clean:
    """One call as strangers may hear and read it; with ``redact`` off everything stays.

    Args:
        call: the call as it was heard.
        lang: of the placeholders.
        redact: off: all is shown.
        name_agent: the agent's number and name stay, as on pages of the house itself.
        form: text of the form it was scored with. What stands there (the company's name, its telephone number) is no
            secret of a customer's.
    """

    call: Call
    lang: Lang
    redact: bool = True
    name_agent: bool = False
    form: str = ""

    @cached_property
    def private(self) -> tuple[Private, ...]:
        """Every private stretch, whose words are hidden and whose time is covered."""
        return self._redactor.stretches if self.redact else ()

    @cached_property
    def covered(self) -> tuple[Span, ...]:
        """All time that must not be heard, in order: the private words as far as their sound may reach, and speech beside
        them that nobody could read."""
        words = {
            role: sorted((w for u in self.call.utterances_of(role) for w in u.words), key=lambda w: w.span)
            for role in SPEAKERS
        }
        reach = {PrivateKind.NUMBER: around_number, PrivateKind.PERSON: around_name}
        heard = (reach[p.kind](p.span, words[p.role]) if p.kind in reach else p.span for p in self.private)
        return tuple(sorted({*heard, *self.unread}))

    @cached_property
    def shown(self) -> Call:
        """The call as it may be read: a placeholder word for each private stretch, nothing private in what is known
        of the call; times and measures as they were. The call id stays, as that is what results are joined by."""
        if not self.redact:
            return self.call
        call = self.call
        said = tuple(self._redactor.utterance(u) for u in call.transcript.utterances)
        info, recording = call.info, call.recording
        info = replace(
            info,
            agent_id=info.agent_id and self._known(info.agent_id),
            agent_name=info.agent_name and self._known(info.agent_name),
            customer_id=info.customer_id and self._known(info.customer_id),
            extra={k: self.text(v) for k, v in info.extra.items()},
        )
        return replace(
            call,
            info=info,
            recording=replace(recording, source_name=self.name(recording.source_name)),
            transcript=replace(call.transcript, utterances=said),
        )

    def name(self, name: str) -> str:
        """A call id or file name for readers: as it is, or where it holds something private, by its digest alone."""
        if not self.redact:
            return name
        private = self._redactor.knows(name) or self._known(name) != name
        return hashed(name) if private else public_name(name)

    def said(self, utterance: Utterance, within: Span) -> str:
        """The words of an utterance whose middle lies in a stretch of time."""
        words = tuple(w for w in utterance.words if within.contains((w.span.start_ms + w.span.end_ms) // 2))
        part = replace(utterance, words=words)
        return (self._redactor.utterance(part) if self.redact else part).text

    def finding(self, finding: Finding) -> Finding:
        """A finding without what was found to be private in its quotes and sentences.

        With ``redact`` off its quotes are cut anew from the transcript, as scorecards are kept without what is private."""
        if not self.redact:
            return replace(finding, evidence=tuple(self._quoted_anew(e) for e in finding.evidence))
        shown = self._redactor.finding(finding)
        return replace(
            shown,
            evidence=tuple(
                replace(
                    e, quote=e.quote and self._known(e.quote), expected=e.expected and self._known(e.expected)
                )
                for e in shown.evidence
            ),
            explanation=Message(
                key=shown.explanation.key,
                params={k: self._param(v) for k, v in shown.explanation.params.items()},
            ),
        )

    def scorecard(self, card: Scorecard) -> Scorecard:
        """A scorecard with such findings; all else as it was."""
        findings = tuple(replace(f, finding=self.finding(f.finding)) for f in card.findings)
        return replace(card, findings=findings)

    def text(self, words: str) -> str:
        """Any other text made from the call."""
        return self._known(self._redactor.text(words)) if self.redact else words

    @cached_property
    def _redactor(self) -> Redactor:
        words = {kind: text(f"privacy.{kind.value}", self.lang) for kind in PrivateKind}
        found = Redactor.of(self.call, words, public=self.form)
        private = (*found.private, *self._spoken())
        private += doubtful_names({role: self.call.utterances_of(role) for role in SPEAKERS}, private)
        return replace(found, private=tuple(p for p in private if not self._names_the_agent(p)))

    def _names_the_agent(self, private: Private) -> bool:
        """Whether the agent said just their own name or number, where agents are named."""
        if not self.name_agent or private.role is not Role.AGENT:
            return False
        words = (w for u in self.call.utterances_of(Role.AGENT) for w in u.words)
        said = normalize("".join(w.text for w in words if w.span.intersection(private.span)))
        info = self.call.info
        return said in {normalize(own) for own in (info.agent_id, info.agent_name) if own}

    @cached_property
    def _secrets(self) -> tuple[tuple[str, PrivateKind], ...]:
        """What the records say and nobody may read, the longest first."""
        info = self.call.info
        values = [info.customer_id, *(v for k, v in info.extra.items() if is_private_column(k))]
        if not self.name_agent:
            values += [info.agent_id, info.agent_name]
        kinds = {
            v.strip(): PrivateKind.NUMBER if re.search("[0-9]", v) else PrivateKind.PERSON
            for v in values
            if v
        }
        # Two figures are in every sum and every hour: they name nobody. A column may also hold the company's name.
        wanted = [
            v
            for v, kind in kinds.items()
            if len(v) > (2 if kind is PrivateKind.NUMBER else 1) and v not in self.form
        ]
        return tuple((v, kinds[v]) for v in sorted(wanted, key=lambda v: (-len(v), v)))

    def _spoken(self) -> Iterator[Private]:
        """What the records say, where it is spoken."""
        for role in SPEAKERS if self._secrets else ():
            line = AlignedText.of(self.call.utterances_of(role))
            for value, kind in self._secrets:
                for match in phrase(value).find(line) if len(line) else ():
                    yield Private(role=role, kind=kind, span=match.span)

    @cached_property
    def _records(self) -> re.Pattern[str]:
        # 310 is not in 3100 yuan.
        return re.compile("|".join(f"(?<![0-9]){re.escape(v)}(?![0-9])" for v, _ in self._secrets) or "(?!)")

    def _known(self, words: str) -> str:
        kinds = dict(self._secrets)
        return self._records.sub(lambda m: text(f"privacy.{kinds[m[0]].value}", self.lang), words)

    def _param(self, value: ParamValue) -> ParamValue:
        if isinstance(value, str):
            return self._known(value)
        return tuple(map(self._known, value)) if isinstance(value, tuple) else value

    def _quoted_anew(self, evidence: Evidence) -> Evidence:
        masked = {text(f"privacy.{kind.value}", lang) for kind in PrivateKind for lang in LANGS}
        if evidence.quote is None or not any(mask in evidence.quote for mask in masked):
            return evidence
        said = (w for u in self.call.utterances_of(evidence.role) for w in u.words)
        words = [w.text for w in said if evidence.span.contains((w.span.start_ms + w.span.end_ms) // 2)]
        return replace(evidence, quote="".join(words).strip() or evidence.quote)

    @cached_property
    def unread(self) -> tuple[Span, ...]:
        """Speech beside something private that nobody could read."""
        return tuple(self._unread()) if self.redact else ()

    def _unread(self) -> Iterator[Span]:
        for role, active in self.call.activity.items():
            read = [
                Span(start_ms=max(0, w.span.start_ms - _WORD_SLACK_MS), end_ms=w.span.end_ms + _WORD_SLACK_MS)
                for u in self.call.utterances_of(role)
                for w in u.words
            ]
            near = [p.span for p in self.private if p.role is role]
            for span in active:
                for rest in subtract(span, merge(read)):
                    if rest.duration_ms >= _UNREAD_MS and _close(rest, near):
                        yield rest


@cache
def redaction_digest() -> str:
    """Names everything of ours that decides what is private: a page made by another is made anew."""
    package = Path(__file__).resolve().parents[1]
    files = [
        Path(__file__),
        folder("models") / "names.yaml",
        *(p for part in ("privacy", "text") for p in sorted((package / part).rglob("*.py"))),
    ]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files))
    return f"redaction-{digest.hexdigest()[:16]}"


def check_allowed(redact: bool, settings: Settings) -> None:
    """Showing what is private needs the administrator's word.

    Raises:
        InputError: ``clips.not_allowed``.
    """
    if not redact and not settings.allow_unredacted:
        raise InputError("clips.not_allowed")


def _close(span: Span, others: Sequence[Span]) -> bool:
    return any(span.gap(other) <= UNREAD_NEAR_MS for other in others)


def who(role: Role | None, lang: Lang, agent: str) -> str:
    """A party's name for readers: the agent's as given, the customer without one."""
    return agent if role is Role.AGENT else text(f"privacy.role_{role.value if role else 'any'}", lang)
