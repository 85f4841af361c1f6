"""Other fatal faults in a call of which a good stretch is shown: it must not be held up as a model in all it does."""

from __future__ import annotations

from dataclasses import dataclass, field

from qa_pipeline.errors import InputError
from qa_pipeline.pipeline.reviewed import Reviewing


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherFatals:
    """Looks them up, once a call, with people's marks applied."""

    reviewing: Reviewing
    _known: dict[str, dict[str, str]] = field(default_factory=dict)

    def of(self, call_id: str, criterion_id: str) -> tuple[str, ...]:
        """Titles of the call's fatal faults, suspected or confirmed, but for ``criterion_id``."""
        if call_id not in self._known:
            self._known[call_id] = self._found(call_id)
        return tuple(title for key, title in self._known[call_id].items() if key != criterion_id)

    def _found(self, call_id: str) -> dict[str, str]:
        try:
            standing = self.reviewing.standing(call_id)
        except InputError:
            return {}  # no longer kept: whoever shows the call says so
        card = standing.effective
        fatal = {*card.suspected_fatal, *card.auto_failed_by}
        return {c.id: c.title for _, c in standing.rubric.criteria() if c.id in fatal}
