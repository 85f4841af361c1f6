"""Every knob with its unit, once. Environment variables ``QA_<NAME>`` override the defaults."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """The product's settings."""

    model_config = SettingsConfigDict(env_prefix="QA_", frozen=True, extra="ignore")

    data_dir: Path = Field(Path("qa_data"), description="database, artifacts and logs")
    database_url: str | None = Field(None, description="SQLAlchemy URL; default: SQLite in data_dir")
    artifact_url: str | None = Field(None, description="path or fsspec URL; default: data_dir/artifacts")
    seal_key: SecretStr | None = Field(
        None, description="key that encrypts what was heard, base64 of 64 bytes; default: the key file"
    )
    seal_key_file: Path | None = Field(
        None, description="file of that key, made at first use; default: data_dir/seal.key"
    )
    lang: Literal["zh", "en"] = Field("zh", description="language of messages and pages")
    business_tz: str = Field("Asia/Shanghai", description="time zone of business days")
    rubrics_dir: Path | None = Field(
        None, description="the centre's own rubric files; default: the shipped ones"
    )

    model: str = Field("base", description="speech model: a name of the catalogue or a local directory")
    model_cache_dir: Path | None = Field(
        None, description="where joined and fetched models lie; default: user cache"
    )
    asr_beam_size: int = Field(5, ge=1, le=20)
    asr_compute_type: str = "int8"
    asr_threads: int = Field(
        2, ge=1, le=64, description="CPU threads of the recogniser; does not change its result"
    )

    agent_channel: int = Field(
        0, ge=0, le=1, description="channel of the agent where the metadata do not say"
    )
    decode_timeout_s: int = Field(600, ge=1, description="most seconds one recording may take to decode")
    decode_memory_mb: int = Field(2048, ge=256, description="address space of the decoding child, MiB")
    max_duration_h: float = Field(6, gt=0, description="longer recordings are refused")

    min_hearing_quality: float = Field(0.4, ge=0, le=1, description="below it a call is not scored")
    min_confidence: float = Field(0.6, ge=0, le=1, description="less sure findings need review")
    min_confidence_fatal: float = Field(0.8, ge=0, le=1, description="the same for fatal criteria")
    max_pending_pct: float = Field(20, ge=0, le=100, description="more pending points than this: no score")
    second_listen: bool = Field(
        True,
        description="where the text leaves in doubt whether words were said, ask the audio; off: a person decides",
    )
    fatal_needs_person: bool = Field(
        True, description="a suspected fatal takes effect only when a person confirms"
    )
    batch_size: int = Field(8, ge=1, le=1000, description="calls a task and a transaction")
    watch: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="folders, patterns or URLs that the nightly job scores, separated by ; or new lines"
    )
    watch_calls: str | None = Field(
        None, description="metadata of the watched recordings: a CSV file, or a pattern such as calls-*.csv"
    )
    watch_quiet_s: int = Field(120, ge=0, description="a watched file changed more recently than this waits")
    report_min_calls: int = Field(
        20, ge=2, description="with fewer scored calls in the period an agent is not judged or ranked"
    )
    appeal_days: int = Field(
        7,
        ge=0,
        le=3650,
        description="days after a deduction became known in which an agent may appeal against it",
    )
    keep_audio_days: int | None = Field(
        None,
        ge=1,
        description="links to recordings are deleted so many days after the call's business day; default: never",
    )
    keep_transcripts_days: int | None = Field(
        None, ge=1, description="the same for transcripts and the words in scorecards"
    )
    keep_scorecards_days: int | None = Field(
        None, ge=1, description="the same for scorecards, marks, appeals and measures"
    )
    purge_nightly: bool = Field(False, description="the nightly job ends with qa purge --apply")
    report_look_back_days: int = Field(
        62,
        ge=1,
        description="the nightly job makes and revises reports of periods that ended so many days ago",
    )
    night_at: str = Field(
        "01:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="business time of the nightly job"
    )
    report_dir: Path | None = Field(
        None, description="where the nightly job puts reports; default: data_dir/reports"
    )
    lease_s: int = Field(1800, ge=1, description="how long a claimed call stays ours without a sign of life")
    allow_unredacted: bool = Field(
        False, description="pages, clips and recordings may be shown with private parts left in (audited)"
    )
    webhook_url: str | None = Field(
        None, description="where the day's count of suspected fatal and critical cases is posted (JSON)"
    )

    @field_validator("business_tz")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        """A misspelt zone would otherwise stop the first report, hours after the calls were scored."""
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise PydanticCustomError("time_zone", "unknown time zone") from None
        return value

    @field_validator("watch", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Text from the environment; a URL may hold colons and commas, so neither separates."""
        return (
            tuple(p.strip() for p in re.split(r"[;\n]", value) if p.strip())
            if isinstance(value, str)
            else value
        )
