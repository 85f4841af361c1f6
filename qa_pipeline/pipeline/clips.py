"""Typical cases for trainers: chooses findings, cuts them out of their calls, and tells each without what is private."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from qa_pipeline.audio.base import Pcm
from qa_pipeline.domain.finding import Message, Outcome
from qa_pipeline.errors import InputError, QaError, RecordingError
from qa_pipeline.i18n import Lang
from qa_pipeline.pipeline.call_audio import call_audio
from qa_pipeline.pipeline.case_view import Place, view
from qa_pipeline.pipeline.clip_cut import sound, window
from qa_pipeline.pipeline.clip_select import Choice, Mode, choose, mentioning, partners
from qa_pipeline.pipeline.redaction import Clean
from qa_pipeline.pipeline.scoring import Ports, Scoring
from qa_pipeline.reports.clip_view import ClipView, words
from qa_pipeline.settings import Settings
from qa_pipeline.storage.clip_base import ClipStore, FindingRow
from qa_pipeline.text.normalize import normalize

log = logging.getLogger(__name__)
NEWEST = 10_000
"""Findings looked through, counted from the newest."""
MOST = 200
"""Clips in one folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a trainer asks for."""

    criterion: str | None = None
    outcome: Outcome | None = None
    """None: met for the best, else not met."""
    words: str | None = None
    agent: str | None = None
    mode: Mode = Mode.TYPICAL
    top: int = 10
    pairs: bool = False

    @property
    def sought(self) -> Outcome:
        """The outcome of the examples."""
        return self.outcome or (Outcome.MET if self.mode is Mode.BEST else Outcome.NOT_MET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """A finding that will become a clip."""

    number: int
    row: FindingRow
    reason: Message
    pair: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A clip with its sound."""

    view: ClipView
    samples: Pcm
    """One channel at 16 kHz."""


class Clips:
    """Chooses and cuts."""

    def __init__(self, ports: Ports, scoring: Scoring, store: ClipStore, settings: Settings) -> None:
        self._ports = ports
        self._scoring = scoring
        self._store = store
        self._settings = settings

    def pick(self, wanted: Wanted, known: Collection[str]) -> list[Picked]:
        """Choose the findings; no audio is touched.

        Args:
            wanted: what is asked for.
            known: all criteria there are.

        Raises:
            InputError: ``clips.unknown_criterion`` with the nearest, ``clips.nothing_found``, ``clips.no_text``,
                ``clips.bad_top``.
        """
        if not 1 <= wanted.top <= MOST:
            raise InputError("clips.bad_top", top=wanted.top)
        if wanted.criterion is not None and wanted.criterion not in known:
            near = difflib.get_close_matches(wanted.criterion, sorted(known), n=1, cutoff=0.0)
            raise InputError("clips.unknown_criterion", name=wanted.criterion, nearest=(near or ["—"])[0])
        if wanted.words is not None and len(normalize(wanted.words)) < 2:
            raise InputError("clips.no_text", words=wanted.words)
        rows = self._rows(wanted, wanted.sought)
        if wanted.words is not None:
            rows = mentioning(rows, wanted.words)
        # One agent's coaching pack is of one agent.
        limit = {"per_agent": wanted.top} if wanted.agent is not None else {}
        chosen = choose(rows, wanted.mode, wanted.top, **limit)
        if not chosen:
            raise InputError("clips.nothing_found", wanted=_told(wanted))
        others = self._contrasts(wanted, chosen) if wanted.pairs else [None] * len(chosen)
        return list(_numbered(chosen, others))

    def cut(
        self,
        picked: Sequence[Picked],
        *,
        lang: Lang,
        redact: bool,
        name_agents: bool,
        on_error: Callable[[QaError], None],
    ) -> Iterator[Clip]:
        """The clips in order, one at a time; what can't be cut is told to ``on_error`` and the rest goes on."""
        letters: dict[str, str] = {}
        for one in picked:
            letters.setdefault(one.row.agent_id, _letter(len(letters)))
        for one in picked:
            try:
                yield self._cut(one, letters[one.row.agent_id], lang, redact, name_agents)
            except (RecordingError, InputError) as error:
                log.warning("clip of call %s: %s", one.row.call_id, error.code)
                on_error(error)

    def _cut(self, one: Picked, letter: str, lang: Lang, redact: bool, name_agents: bool) -> Clip:
        row = self._ports.store.call(one.row.call_id)
        card = self._ports.store.scorecard(one.row.call_id)
        call = self._scoring.rebuild(row) if row is not None else None
        scored = None
        if card is not None:
            scored = next((f for f in card.findings if f.finding.criterion_id == one.row.criterion_id), None)
        if row is None or card is None or call is None or scored is None:
            raise InputError("clips.not_kept", call_id=one.row.call_id)
        clean = Clean(call, lang, redact, name_agents)
        span = window(call, scored.finding)
        agent = words(lang, "agent_named", name=letter)
        if name_agents:
            name = " ".join(filter(None, (call.info.agent_name, call.info.agent_id))) or letter
            agent = words(lang, "agent_named", name=name)
        place = Place(
            number=one.number,
            pair=one.pair,
            why=words(lang, f"why_{one.reason.key}", **one.reason.params),
            agent=agent,
            confirmed=one.row.confirmed,
            span=span,
        )
        made = view(clean, scored, self._scoring.rubric_of(card), place)
        with call_audio(row, call, self._ports.reader, self._settings) as audio:
            return Clip(view=made, samples=sound(audio.channels, span, clean.covered))

    def _rows(self, wanted: Wanted, outcome: Outcome) -> Sequence[FindingRow]:
        criteria = (wanted.criterion,) if wanted.criterion is not None else ()
        return self._store.findings(outcome, criteria=criteria, agent_id=wanted.agent, limit=NEWEST)

    def _contrasts(self, wanted: Wanted, chosen: Sequence[Choice]) -> list[Choice | None]:
        other = Outcome.MET if wanted.sought is Outcome.NOT_MET else Outcome.NOT_MET
        criteria = tuple(sorted({c.row.criterion_id for c in chosen}))
        # A contrast may be another agent's: good examples of one who has none are what a pack is for.
        return partners(chosen, self._store.findings(other, criteria=criteria, limit=NEWEST))


def _numbered(chosen: Sequence[Choice], others: Sequence[Choice | None]) -> Iterator[Picked]:
    number = 0
    for pair, (choice, other) in enumerate(zip(chosen, others, strict=True), 1):
        for part in (choice, other):
            if part is not None:
                number += 1
                of = pair if other is not None else None
                yield Picked(number=number, row=part.row, reason=part.reason, pair=of)


def _letter(n: int) -> str:
    """A, B … Z, AA, AB …"""
    first, last = divmod(n, 26)
    return (_letter(first - 1) if first else "") + chr(ord("A") + last)


def _told(wanted: Wanted) -> str:
    asked = {
        "--criterion": wanted.criterion,
        "--outcome": wanted.sought.value,
        "--text": wanted.words,
        "--agent": wanted.agent,
    }
    return " ".join(f"{option} {value}" for option, value in asked.items() if value)
