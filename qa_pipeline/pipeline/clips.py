"""Typical cases for trainers: chooses places, cuts them out of their calls, and tells each without what is private."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from qa_pipeline.audio.base import Pcm
from qa_pipeline.domain.call import Call, Role
from qa_pipeline.domain.finding import Message, Outcome
from qa_pipeline.domain.scorecard import Scorecard
from qa_pipeline.domain.time import Span
from qa_pipeline.errors import InputError, QaError, RecordingError
from qa_pipeline.i18n import Lang
from qa_pipeline.pipeline.call_audio import call_audio, check_recording
from qa_pipeline.pipeline.case_view import Place, view
from qa_pipeline.pipeline.clip_cut import around, sound, window
from qa_pipeline.pipeline.clip_fatal import OtherFatals
from qa_pipeline.pipeline.clip_measures import Side, picker_of, place
from qa_pipeline.pipeline.clip_picked import Picked, Picks, letter, numbered
from qa_pipeline.pipeline.clip_said import mentioning, search
from qa_pipeline.pipeline.clip_select import Choice, Mode, Picker, partners, picker
from qa_pipeline.pipeline.clip_topic import Topics
from qa_pipeline.pipeline.clip_wanted import Wanted, check
from qa_pipeline.pipeline.moment_view import measure_view, words_view
from qa_pipeline.pipeline.outcomes import refuse_purged
from qa_pipeline.pipeline.redaction import Clean
from qa_pipeline.pipeline.reviewed import Reviewing
from qa_pipeline.pipeline.scoring import Ports, Scoring
from qa_pipeline.reports.clip_view import ClipView, words
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import CallRow
from qa_pipeline.storage.clip_base import CallFilter, Candidate, ClipStore, FindingRow, MeasuredRow, SaidRow

log = logging.getLogger(__name__)
NEWEST = 10_000
"""Places looked through, counted from the newest call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A clip with its sound."""

    view: ClipView
    samples: Pcm
    """One channel at 16 kHz."""


class Clips:
    """Chooses and cuts."""

    def __init__(
        self,
        ports: Ports,
        scoring: Scoring,
        store: ClipStore,
        settings: Settings,
        *,
        in_force: Sequence[Rubric] = (),
        topics: Topics | None = None,
    ) -> None:
        self._ports = ports
        self._scoring = scoring
        self._store = store
        self._settings = settings
        self._topics = topics
        self._other_fatals = OtherFatals(reviewing=Reviewing(ports.store, settings))
        newest = sorted(in_force, key=lambda rubric: -rubric.version)
        self._titles = {c.id: c.title for r in reversed(newest) for _, c in r.criteria()}
        self._better = [(r.rubric, c.id, c.better) for r in newest for _, c in r.criteria() if c.better]

    def pick(self, wanted: Wanted, known: Collection[str], on_error: Callable[[QaError], None]) -> Picks:
        """Choose the places; of recordings no more than their bytes is touched.

        Args:
            wanted: what is asked for.
            known: all criteria there are.
            on_error: told of each chosen call whose recording can't be used; the next one takes its place.

        Raises:
            InputError: what :func:`check` refuses, ``clips.unknown_topic``, ``clips.nothing_found``.
        """
        measure = check(wanted, known)
        side = wanted.side if measure is not None else Side.TYPICAL
        wanted = replace(wanted, measure=measure)
        calls, notes = self._calls(wanted)
        unusable: list[QaError] = []

        known_faults: dict[str, bool] = {}

        def usable(row: Candidate) -> bool:
            if row.call_id not in known_faults:
                error = self._fault(row.call_id)
                known_faults[row.call_id] = error is not None
                if error is not None:
                    unusable.append(error)
                    on_error(error)
            return not known_faults[row.call_id]

        if measure is not None:
            chosen, others = self._measured(wanted, calls, usable)
        elif wanted.of_findings:
            chosen, others = self._found(wanted, calls, usable)
        else:
            chosen, others = self._said(wanted, calls, notes, usable), []
        cleared = self._store.without_recording(calls)
        if cleared:
            notes.append(Message(key="purged", params={"count": cleared}))
        if not chosen:
            if unusable:
                raise InputError("clips.none_written", count=len(unusable))
            raise InputError("clips.nothing_found", wanted=wanted.told())
        if len(chosen) < wanted.top:
            notes.append(Message(key="fewer", params={"asked": wanted.top, "count": len(chosen)}))
        picked = numbered(chosen, others or [None] * len(chosen), side)
        return Picks(picked=tuple(picked), notes=tuple(notes), skipped=len(unusable))

    def findings_of(
        self, outcome: Outcome, criterion_id: str, calls: CallFilter, mode: Mode, top: int
    ) -> list[Choice]:
        """The most telling findings of a criterion whose recordings can be used, for a pack."""
        rows = self._store.findings(outcome, criteria=(criterion_id,), calls=calls, limit=NEWEST)
        return picker(rows, mode, top, per_agent=top).take(
            top, lambda row: self._fault(row.call_id) is None, lambda row: not self._spoilt(row)
        )

    def cut(
        self,
        picked: Sequence[Picked],
        *,
        lang: Lang,
        redact: bool,
        name_agents: bool,
        on_error: Callable[[QaError], None],
        named: Callable[[Picked], str] | None = None,
    ) -> Iterator[Clip]:
        """The clips in order, one at a time; what can't be cut is told to ``on_error`` and the rest goes on.

        Args:
            picked: the places.
            lang: of all words.
            redact: whether what is private is taken out.
            name_agents: whether agents stay named in words and sound.
            on_error: told of each that can't be cut.
            named: how an agent is called where ``name_agents`` is off; default: letters in order.
        """
        letters: dict[str, str] = {}
        for one in picked:
            letters.setdefault(one.row.agent_id, words(lang, "agent_named", name=letter(len(letters))))
        for one in picked:
            agent = named(one) if named is not None else letters[one.row.agent_id]
            try:
                yield self._cut(one, agent, lang, redact, name_agents)
            except (RecordingError, InputError) as error:
                log.warning("clip of call %s: %s", one.row.call_id, error.code)
                on_error(error)

    def _cut(self, one: Picked, agent: str, lang: Lang, redact: bool, name_agents: bool) -> Clip:
        row, call = self._kept(one.row.call_id)
        card = self._ports.store.scorecard(one.row.call_id)
        # Numbers in the form's examples are no reason to show them here: they may be an agent's.
        clean = Clean(call, lang, redact, name_agents)
        if name_agents:
            name = " ".join(filter(None, (call.info.agent_name, call.info.agent_id)))
            agent = words(lang, "agent_named", name=name) if name else agent
        told = Place(
            number=one.number,
            pair=one.pair,
            why=words(lang, f"why_{one.reason.key}", **one.reason.params),
            agent=agent,
            confirmed=isinstance(one.row, FindingRow) and one.row.confirmed,
            span=Span(start_ms=0, end_ms=1),
            partner=one.partner,
            other_fatal=self._spoilt(one.row),
        )
        made = self._view(one, clean, told, card)
        span = Span(start_ms=made.starts_ms, end_ms=made.starts_ms + made.duration_ms)
        with call_audio(row, call, self._ports.reader, self._settings) as channels:
            return Clip(view=made, samples=sound(channels, span, clean.covered))

    def _view(self, one: Picked, clean: Clean, told: Place, card: Scorecard | None) -> ClipView:
        call = clean.call
        if isinstance(one.row, MeasuredRow):
            role = Role(one.row.role) if one.row.role else None
            shown = place(call, one.row.measure, role, one.side)
            told = replace(told, span=around(call, shown.span))
            judged = (card, self._scoring.rubric_of(card)) if card is not None else None
            return measure_view(clean, one.row, shown, one.reason, told, judged)
        if isinstance(one.row, SaidRow):
            return words_view(clean, one.row, replace(told, span=around(call, one.row.span)))
        scored = None
        if card is not None:
            scored = next((f for f in card.findings if f.finding.criterion_id == one.row.key[1]), None)
        if card is None or scored is None:
            raise InputError("clips.not_kept", call_id=one.row.call_id)
        told = replace(told, span=window(call, scored.finding))
        return view(clean, scored, self._scoring.rubric_of(card), told, self.better(card, one.row.key[1]))

    def better(self, card: Scorecard, criterion_id: str) -> tuple[str, ...]:
        """What the newest form in force says instead; empty where it says nothing."""
        wanted = (card.rubric_id, criterion_id)
        return next((said for *of, said in self._better if tuple(of) == wanted), ())

    def _kept(self, call_id: str) -> tuple[CallRow, Call]:
        row = self._ports.store.call(call_id)
        if row is not None:
            refuse_purged(row)
        call = self._scoring.rebuild(row) if row is not None else None
        if row is None or call is None:
            raise InputError("clips.not_kept", call_id=call_id)
        return row, call

    def _fault(self, call_id: str) -> QaError | None:
        """Why a call can't be shown; None where it can."""
        try:
            row, _ = self._kept(call_id)
            check_recording(row, self._ports.reader, self._settings)
        except (RecordingError, InputError) as error:
            return error
        return None

    def _calls(self, wanted: Wanted) -> tuple[CallFilter, list[Message]]:
        calls = CallFilter(
            agent_id=wanted.agent, team_id=wanted.team, first=wanted.first, before=wanted.before
        )
        if wanted.topic is None or self._topics is None:
            return calls, []
        ids, note = self._topics.calls(wanted.topic, calls)
        return replace(calls, call_ids=ids), [note]

    def _found(
        self, wanted: Wanted, calls: CallFilter, usable: Callable[[Candidate], bool]
    ) -> tuple[list[Choice], list[Choice | None]]:
        criteria = (wanted.criterion,) if wanted.criterion is not None else ()
        rows: Sequence[FindingRow] = self._store.findings(
            wanted.sought, criteria=criteria, calls=calls, limit=NEWEST
        )
        if wanted.words is not None:
            rows = mentioning(rows, wanted.words)
        chosen = picker(rows, wanted.mode, wanted.top, per_agent=wanted.per_agent).take(
            wanted.top, usable, lambda row: not self._spoilt(row)
        )
        if not wanted.pairs or not chosen:
            return chosen, []
        other = Outcome.MET if wanted.sought is Outcome.NOT_MET else Outcome.NOT_MET
        shown = tuple(sorted({c.row.key[1] for c in chosen}))
        # A contrast may be another agent's, on another day: good examples of one who has none are what it is for.
        rows = self._store.findings(other, criteria=shown, limit=NEWEST)
        return chosen, partners(chosen, rows, usable, lambda row: not self._spoilt(row))

    def title(self, criterion_id: str) -> str:
        """A criterion's title in the newest form in force; its id where no form has it."""
        return self._titles.get(criterion_id, criterion_id)

    def _spoilt(self, row: Candidate) -> tuple[str, ...]:
        """Fatal faults that make the call of a good example no model as a whole."""
        if not isinstance(row, FindingRow) or row.outcome is not Outcome.MET:
            return ()
        return self._other_fatals.of(row.call_id, row.criterion_id)

    def _measured(
        self, wanted: Wanted, calls: CallFilter, usable: Callable[[Candidate], bool]
    ) -> tuple[list[Choice], list[Choice | None]]:
        if wanted.criterion is not None or wanted.outcome is not None:
            criteria = (wanted.criterion,) if wanted.criterion is not None else ()
            found = self._store.findings(wanted.sought, criteria=criteria, calls=calls, limit=NEWEST)
            calls = replace(calls, call_ids=frozenset(row.call_id for row in found))
        rows = self._store.measured(wanted.measure or "", wanted.measure_role, calls=calls, limit=NEWEST)

        def take(side: Side) -> Picker:
            return picker_of(rows, side, wanted.top, per_agent=wanted.per_agent)

        chosen = take(wanted.side).take(wanted.top, usable)
        if not wanted.pairs:
            return chosen, []
        ids = {c.row.call_id for c in chosen}
        other = Side.LOW if wanted.side is Side.HIGH else Side.HIGH
        opposite = take(other).take(wanted.top, lambda row: row.call_id not in ids and usable(row))
        return chosen, [*opposite, *([None] * (len(chosen) - len(opposite)))]

    def _said(
        self,
        wanted: Wanted,
        calls: CallFilter,
        notes: list[Message],
        usable: Callable[[Candidate], bool],
    ) -> list[Choice]:
        found = search(
            self._store.heard(calls=calls, limit=NEWEST), wanted.words or "", self._ports.artifacts
        )
        notes.append(
            Message(
                key="searched",
                params={"calls": found.calls, "known": found.known, "count": len(found.rows)},
            )
        )
        return picker(found.rows, wanted.mode, wanted.top, per_agent=wanted.per_agent).take(
            wanted.top, usable
        )
