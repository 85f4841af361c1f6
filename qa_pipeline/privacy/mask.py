"""Takes what is private out of texts: transcripts, quotes, and sentences made from them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

from qa_pipeline.domain.call import Call, Role
from qa_pipeline.domain.finding import Evidence, Finding, Message, ParamValue
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Utterance, Word
from qa_pipeline.privacy.find import find_private
from qa_pipeline.privacy.types import Private, PrivateKind
from qa_pipeline.text.entities.people import begins_a_word
from qa_pipeline.text.entities.surnames import COMPOUND, SINGLE
from qa_pipeline.text.normalize import normalize

SPEAKERS = (Role.AGENT, Role.CUSTOMER, Role.UNKNOWN)
_LONG_NUMBER = re.compile("[0-9a-zA-Z零〇一二两三四五六七八九幺洞拐*-]{5,}(?!\\s*[元块万千米])")
_FIGURE = re.compile("[0-9零〇一二两三四五六七八九幺洞拐]")
_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_SURNAME = re.compile(f"{COMPOUND}|[{''.join(sorted(SINGLE))}]")
_PLACE = re.compile("[省市区县镇乡村路街巷道号栋幢座楼层室苑园厦城弄]|单元")
_SHORT = 40
"""Characters of a text that may be nothing but part of something hidden."""
_BETWEEN = r"[\s，,。、；;：:！!？?…·\-]*"
_CUT_OUT = " … "
"""Stands in a quote where words in between were left out (``AlignedText.quote``)."""


@dataclass(frozen=True, kw_only=True)
class Redactor:
    """What is private in one call, and how to take it out.

    ``placeholders`` stand in the place of each kind, in the reader's language; numbers in ``public`` (the form) are
    the centre's own.
    """

    call: Call
    private: tuple[Private, ...]
    placeholders: Mapping[PrivateKind, str]
    public: str = ""

    @classmethod
    def of(cls, call: Call, placeholders: Mapping[PrivateKind, str], *, public: str = "") -> Redactor:
        """Look through a whole call: a clip of it alone would not show what was asked before."""
        said = {role: call.utterances_of(role) for role in SPEAKERS}
        private = find_private({role: utterances for role, utterances in said.items() if utterances})
        return cls(call=call, private=private, placeholders=placeholders, public=public)

    def utterance(self, utterance: Utterance) -> Utterance:
        """An utterance in which one word, the placeholder, stands for each private stretch."""
        role = self.call.role_of(utterance)
        words: list[Word] = []
        last: PrivateKind | None = None
        for word in utterance.words:
            kind = self.kind(role, word.span)
            if kind is None:
                words.append(word)
            elif kind is last:
                words[-1] = replace(words[-1], span=words[-1].span.hull(word.span))
            else:
                words.append(Word(text=self.placeholders[kind], span=word.span, confidence=1.0))
            last = kind
        return replace(utterance, words=tuple(words))

    def finding(self, finding: Finding) -> Finding:
        """A finding without what was found to be private in its quotes and sentences."""
        evidence = tuple(self._evidence(e) for e in finding.evidence)
        quotes = {
            old.quote: new.quote
            for old, new in zip(finding.evidence, evidence, strict=True)
            if old.quote and new.quote
        }
        params = {k: self._param(v, quotes) for k, v in finding.explanation.params.items()}
        return replace(
            finding, evidence=evidence, explanation=Message(key=finding.explanation.key, params=params)
        )

    def text(self, text: str) -> str:
        """Any other text that was made from the call: hidden words are replaced wherever they stand.

        Only words that look like what they are: 您好 misheard in the place of a number gives no number away.
        """
        if (kind := self._part_of(text)) is not None:
            return self.placeholders[kind]
        secrets, kinds = self._secrets
        text = secrets.sub(lambda m: self.placeholders[kinds[(m.lastindex or 1) - 1]], text)
        return _LONG_NUMBER.sub(lambda m: m[0] if self._harmless(m[0]) else self._number, text)

    def _part_of(self, text: str) -> PrivateKind | None:
        """Of what hidden words a short text is nothing but a part: 朝阳区建国路 of an address."""
        letters = _letters(normalize(text)) if len(text) <= _SHORT else ""
        if len(letters) < 2 or text in self.public:
            return None
        return next(
            (kind for secret, kind in self._forms if letters in secret and _looks_like(kind, letters)), None
        )

    def knows(self, text: str) -> bool:
        """Whether a text holds words that are hidden in the call."""
        return self._secrets[0].search(text) is not None

    @property
    def stretches(self) -> tuple[Private, ...]:
        """The private stretches in order of time, those of one role disjoint."""
        found = (private for _, mine in self._hidden.values() for private in mine)
        return tuple(sorted(found, key=lambda p: (p.span, p.role)))

    @property
    def _number(self) -> str:
        return self.placeholders[PrivateKind.NUMBER]

    def _harmless(self, figures: str) -> bool:
        few = len(_FIGURE.findall(figures)) < 5
        return few or figures in self.public or _DAY.fullmatch(figures) is not None

    @cached_property
    def _hidden(self) -> Mapping[Role, tuple[Sequence[int], Sequence[Private]]]:
        """Each role's stretches in order, disjoint, with the times at which they end."""
        found: dict[Role, list[Private]] = {}
        for private in sorted(self.private, key=lambda p: p.span):
            mine = found.setdefault(private.role, [])
            if mine and private.span.start_ms < mine[-1].span.end_ms:
                mine[-1] = replace(mine[-1], span=mine[-1].span.hull(private.span))
            else:
                mine.append(private)
        return {role: ([p.span.end_ms for p in mine], mine) for role, mine in found.items()}

    def kind(self, role: Role, word: Span) -> PrivateKind | None:
        """What a word is part of. One that is only partly private is hidden whole: half a number is still a number."""
        ends, stretches = self._hidden.get(role, ((), ()))
        at = bisect_left(ends, word.start_ms + 1)
        if at < len(stretches) and stretches[at].span.start_ms < word.end_ms:
            return stretches[at].kind
        return None

    @cached_property
    def _lines(self) -> Mapping[Role, _Line]:
        return {role: _Line.of(self, role) for role in SPEAKERS}

    @cached_property
    def _forms(self) -> Sequence[tuple[str, PrivateKind]]:
        """The hidden words as they were recognised, in each form of them, the longest first."""
        found: dict[str, PrivateKind] = {}
        for line in self._lines.values():
            for kind, chars in line.hidden():
                for form in {chars, normalize(chars)}:
                    if _looks_like(kind, letters := _letters(form)):
                        found.setdefault(letters, kind)
        return sorted(found.items(), key=lambda i: (-len(i[0]), i[0]))

    @cached_property
    def _secrets(self) -> tuple[re.Pattern[str], tuple[PrivateKind, ...]]:
        """All of them as one pattern, a group each."""
        groups = (f"({_pattern(letters)})" for letters, _ in self._forms)
        return re.compile("|".join(groups) or "(?!)"), tuple(kind for _, kind in self._forms)

    def _evidence(self, evidence: Evidence) -> Evidence:
        return replace(
            evidence,
            quote=evidence.quote and self._quote(evidence.quote, evidence),
            expected=evidence.expected and self.text(evidence.expected),
        )

    def _quote(self, quote: str, evidence: Evidence) -> str:
        """A quote by the words it was cut from; what is none (a figure, metadata) as any text."""
        if evidence.kind != "quoted":
            return self.text(quote)
        lines = [self._lines[r] for r in SPEAKERS if evidence.role in (r, None)]
        pieces = []
        for piece in quote.split(_CUT_OUT):
            masked = (line.masked(piece, evidence.span, self.placeholders) for line in lines)
            pieces.append(next((m for m in masked if m is not None), None) or self.text(piece))
        return _CUT_OUT.join(pieces)

    def _param(self, value: ParamValue, quotes: Mapping[str, str]) -> ParamValue:
        if isinstance(value, str):
            return quotes[value] if value in quotes else self.text(value)
        if isinstance(value, tuple):
            return tuple(self.text(v) for v in value)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """Everything one role said, with what is hidden of it, character by character."""

    raw: str
    spans: Sequence[Span]
    """Each character's word."""
    kinds: Sequence[PrivateKind | None]

    @classmethod
    def of(cls, redactor: Redactor, role: Role) -> _Line:
        words = [w for u in redactor.call.utterances_of(role) for w in u.words]
        kinds = [redactor.kind(role, w.span) for w in words]
        return cls(
            raw="".join(w.text for w in words),
            spans=[w.span for w in words for _ in w.text],
            kinds=[kind for w, kind in zip(words, kinds, strict=True) for _ in w.text],
        )

    def hidden(self) -> Iterator[tuple[PrivateKind, str]]:
        """The hidden stretches."""
        at = 0
        for kind, group in groupby(self.kinds):
            size = len(list(group))
            if kind is not None:
                yield kind, self.raw[at : at + size]
            at += size

    def masked(self, quote: str, span: Span, placeholders: Mapping[PrivateKind, str]) -> str | None:
        """A quote with placeholders; None where it was not said in that time."""
        at = self.raw.find(quote) if quote else -1
        while at >= 0:
            end = at + len(quote)
            if self.spans[at].start_ms <= span.end_ms and self.spans[end - 1].end_ms >= span.start_ms:
                runs = groupby(range(at, end), key=lambda i: self.kinds[i])
                return "".join(
                    "".join(self.raw[i] for i in run) if kind is None else placeholders[kind]
                    for kind, run in runs
                )
            at = self.raw.find(quote, at + 1)
        return None


def _letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def _looks_like(kind: PrivateKind, letters: str) -> bool:
    if kind is PrivateKind.NUMBER:
        return len(_FIGURE.findall(letters)) >= 3
    if kind is PrivateKind.PERSON:
        return len(letters) > 1 and bool(_SURNAME.match(letters)) and not begins_a_word(letters)
    return len(letters) > 3 and bool(_PLACE.search(letters))


def _pattern(letters: str) -> str:
    pattern = _BETWEEN.join(map(re.escape, letters))
    # 310 is not in 3100 yuan.
    return f"(?<![0-9]){pattern}(?![0-9])" if letters.isdecimal() else pattern
