"""An agent's usual pitch, for the forms that ask for it: a snapshot a day, named in the provenance.

What grows with history must not make a score depend on when it was computed: the first snapshot of a day is kept and
used for every call of that day from then on. Forms without ``pitch_within_baseline`` neither make nor name one.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from qa_pipeline.conversation.prosody import usual_pitch, with_baseline
from qa_pipeline.domain.call import Call, PitchBaseline, Role
from qa_pipeline.rules.once import once_a_form
from qa_pipeline.rules.operators.pitch_within_baseline import PitchWithinBaseline
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.storage.base import Store
from qa_pipeline.storage.report_base import BaselineRow

CALLS_LOOKED_AT = 200
"""The agent's last calls of earlier business days: about two weeks of a busy agent."""
_MEASURE = "pitch_hz"


@once_a_form
def asks_for_usual_pitch(rubric: Rubric) -> bool:
    """Whether any check of the form, however deep, compares a voice with what is usual for it."""
    pending = [check for _, criterion in rubric.criteria() for _, check in criterion.checks()]
    pending += rubric.conditions.values()
    while pending:
        check = pending.pop()
        if isinstance(check, PitchWithinBaseline):
            return True
        pending += [child for _, child in check.children()]
    return False


def with_usual_pitch(call: Call, rubric: Rubric, store: Store, business_tz: str, *, keep: bool) -> Call:
    """The call with the agent's usual pitch, where the form asks for it and enough earlier calls are known.

    Args:
        call: needs an agent and a start; else nobody knows whose usual pitch, or before which day.
        rubric: the form.
        store: earlier calls and snapshots.
        business_tz: in which a day is a day.
        keep: write down a snapshot that is new; else it is only used.
    """
    info = call.info
    if info.agent_id is None or info.started_at is None or not asks_for_usual_pitch(rubric):
        return call
    day = info.started_at.astimezone(ZoneInfo(business_tz)).date()
    row = store.baseline(info.agent_id, day)
    if row is None or row.snapshot_date != day:
        earlier = store.measures_of_agent(
            info.agent_id, before=day, measures=(_MEASURE,), limit=CALLS_LOOKED_AT
        )
        usual = usual_pitch({r.call_id: r.value for r in earlier if r.role == Role.AGENT.value})
        if usual is None:
            return call
        row = BaselineRow(
            agent_id=info.agent_id,
            snapshot_date=day,
            median_hz=usual.median_hz,
            spread_semitones=usual.spread_semitones,
            num_calls=len(earlier),
            digest=usual.snapshot,
        )
        if keep and not store.add_baselines([row]):
            row = store.baseline(info.agent_id, day) or row  # another process was first: its snapshot stands
    usual = PitchBaseline(median_hz=row.median_hz, spread_semitones=row.spread_semitones, snapshot=row.digest)
    return with_baseline(call, Role.AGENT, usual)


def voice_provenance(call: Call, rubric: Rubric) -> dict[str, str]:
    """The snapshot that the form's answer rests on, by digest; empty where there is none."""
    voice = call.prosody.get(Role.AGENT)
    if voice is None or voice.baseline is None or not asks_for_usual_pitch(rubric):
        return {}
    return {"pitch_baseline": voice.baseline.snapshot}
