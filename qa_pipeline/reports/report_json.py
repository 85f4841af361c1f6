"""A report as JSON for other programs: every figure of the page, versioned, documented in docs/design/reports.md."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

from qa_pipeline.domain.report import PeriodReport

SCHEMA_VERSION = 1
"""Raised when a name changes its meaning or goes; new names may come without."""


def report_json(report: PeriodReport) -> dict[str, Any]:
    """The fields of :class:`~qa_pipeline.domain.report.PeriodReport` under their own names.

    Rates and shares are 0 to 1, scores 0 to 100, times ISO 8601 in UTC, days ISO dates; ``received`` is added to counts.
    """
    data: dict[str, Any] = TypeAdapter(PeriodReport).dump_python(report, mode="json")
    for name, counts in (("counts", report.counts), ("previous_counts", report.previous_counts)):
        data[name] = {"received": counts.received, **data[name]}
    return {"schema_version": SCHEMA_VERSION, "kind": "qa_report", **data}


def report_bytes(report: PeriodReport) -> bytes:
    """The document as UTF-8; equal reports give equal bytes."""
    return json.dumps(report_json(report), ensure_ascii=False, indent=1, allow_nan=False).encode(
        "utf-8", "replace"
    )


def json_schema() -> dict[str, Any]:
    """JSON Schema of the fields that come from the report's types."""
    return TypeAdapter(PeriodReport).json_schema(mode="serialization")
