"""Takes what is private out of texts: transcripts, quotes, and sentences made from them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from qa_pipeline.domain.call import Call, Role
from qa_pipeline.domain.finding import Evidence, Finding, Message, ParamValue
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Utterance, Word
from qa_pipeline.privacy.find import find_private
from qa_pipeline.privacy.types import Private, PrivateKind
from qa_pipeline.text.normalize import normalize

SPEAKERS = (Role.AGENT, Role.CUSTOMER, Role.UNKNOWN)
_LONG_NUMBER = re.compile("[0-9a-zA-Z零〇一二两三四五六七八九幺洞拐*-]{5,}")
_FIGURE = re.compile("[0-9零〇一二两三四五六七八九幺洞拐]")
_BETWEEN = r"[\s，,。、；;：:！!？?…·\-]*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redactor:
    """What is private in one call, and how to take it out.

    ``placeholders`` stand in the place of each kind, in the reader's language.
    """

    call: Call
    private: tuple[Private, ...]
    placeholders: Mapping[PrivateKind, str]

    @classmethod
    def of(cls, call: Call, placeholders: Mapping[PrivateKind, str]) -> Redactor:
        """Look through a whole call: a clip of it alone would not show what was asked before."""
        said = {role: call.utterances_of(role) for role in SPEAKERS}
        private = find_private({role: utterances for role, utterances in said.items() if utterances})
        return cls(call=call, private=private, placeholders=placeholders)

    def utterance(self, utterance: Utterance) -> Utterance:
        """An utterance in which one word, the placeholder, stands for each private stretch."""
        hidden = [p for p in self.private if p.role is self.call.role_of(utterance)]
        words: list[Word] = []
        last: PrivateKind | None = None
        for word in utterance.words:
            kind = next((p.kind for p in hidden if _overlap(word.span, p.span)), None)
            if kind is None:
                words.append(word)
            elif kind is last:
                words[-1] = replace(words[-1], span=words[-1].span.hull(word.span))
            else:
                words.append(Word(text=self.placeholders[kind], span=word.span, confidence=1.0))
            last = kind
        return replace(utterance, words=tuple(words))

    def finding(self, finding: Finding) -> Finding:
        """A finding whose quotes and sentences hold nothing private."""
        return replace(
            finding,
            evidence=tuple(self._evidence(e) for e in finding.evidence),
            explanation=self._message(finding.explanation),
        )

    def text(self, text: str) -> str:
        """Any other text that was made from the call: hidden words are replaced wherever they stand."""
        for secret, kind in self._secrets():
            text = re.sub(secret, self.placeholders[kind], text)
        return _LONG_NUMBER.sub(
            lambda m: self.placeholders[PrivateKind.NUMBER] if len(_FIGURE.findall(m[0])) >= 5 else m[0], text
        )

    def _secrets(self) -> list[tuple[str, PrivateKind]]:
        """Patterns of the hidden words as they were recognised, the longest first; single characters are no secret."""
        found: dict[str, PrivateKind] = {}
        for private in self.private:
            for utterance in self.call.utterances_of(private.role):
                chars = "".join(w.text for w in utterance.words if _overlap(w.span, private.span))
                for form in {chars, normalize(chars)}:
                    letters = [c for c in form if c.isalnum()]
                    if len(letters) > 1:
                        found.setdefault(_BETWEEN.join(map(re.escape, letters)), private.kind)
        return sorted(found.items(), key=lambda i: (-len(i[0]), i[0]))

    def _evidence(self, evidence: Evidence) -> Evidence:
        quote = evidence.quote
        if quote is not None:
            quote = self.text(quote)
        return replace(evidence, quote=quote, expected=evidence.expected and self.text(evidence.expected))

    def _message(self, message: Message) -> Message:
        return replace(message, params={k: self._param(v) for k, v in message.params.items()})

    def _param(self, value: ParamValue) -> ParamValue:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, tuple):
            return tuple(self.text(v) for v in value)
        return value


def merged(spans: Sequence[Span], *, pad_ms: int) -> tuple[Span, ...]:
    """Spans widened on both sides and put together where they touch."""
    out: list[Span] = []
    for span in sorted(spans, key=lambda s: s.start_ms):
        wide = Span(start_ms=max(0, span.start_ms - pad_ms), end_ms=span.end_ms + pad_ms)
        if out and wide.start_ms <= out[-1].end_ms:
            out[-1] = Span(start_ms=out[-1].start_ms, end_ms=max(out[-1].end_ms, wide.end_ms))
        else:
            out.append(wide)
    return tuple(out)


def _overlap(word: Span, span: Span) -> bool:
    """A word that is only partly private is hidden whole: half a number is still a number."""
    return word.start_ms < span.end_ms and span.start_ms < word.end_ms
