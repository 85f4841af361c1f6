"""How long what is kept: the settings, checked against each other and against what reports and appeals need."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from qa_pipeline.errors import CollectedErrors, InputError, QaError
from qa_pipeline.settings import Settings
from qa_pipeline.storage.keep_base import Kept

_LONGEST_PERIOD_DAYS = 31
SETTING = {
    Kept.AUDIO: "QA_KEEP_AUDIO_DAYS",
    Kept.TRANSCRIPT: "QA_KEEP_TRANSCRIPTS_DAYS",
    Kept.SCORECARD: "QA_KEEP_SCORECARDS_DAYS",
}


def keep_days(settings: Settings) -> Mapping[Kept, int]:
    """Days by what is kept; what is kept for ever is missing.

    Raises:
        CollectedErrors: every contradiction (``keep.*``).
    """
    days = {
        Kept.AUDIO: settings.keep_audio_days,
        Kept.TRANSCRIPT: settings.keep_transcripts_days,
        Kept.SCORECARD: settings.keep_scorecards_days,
    }
    errors: list[QaError] = []
    cards = days[Kept.SCORECARD]
    for what in (Kept.AUDIO, Kept.TRANSCRIPT):
        kept = days[what]
        if cards is not None and (kept is None or kept > cards):
            errors.append(
                InputError(
                    "keep.scorecards_first",
                    setting=SETTING[what],
                    days="—" if kept is None else kept,
                    scorecards=cards,
                )
            )
        if kept is not None and kept <= settings.appeal_days:
            # An agent who may still object must be able to hear and read why; a call is scored the day after.
            errors.append(
                InputError(
                    "keep.appeals_need", setting=SETTING[what], days=kept, appeal_days=settings.appeal_days
                )
            )
    least = settings.report_look_back_days + _LONGEST_PERIOD_DAYS
    if cards is not None and cards < least:
        errors.append(
            InputError("keep.reports_need", days=cards, look_back=settings.report_look_back_days, least=least)
        )
    if errors:
        raise errors[0] if len(errors) == 1 else CollectedErrors(tuple(errors))
    return {what: number for what, number in days.items() if number is not None}


def cutoffs(settings: Settings, today: date) -> Mapping[Kept, date]:
    """By what is kept: the business day before which it must go."""
    return {what: today - timedelta(days=number) for what, number in keep_days(settings).items()}
