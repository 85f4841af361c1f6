"""A report as JSON for other programs: every figure of the page, versioned; ``docs/report.schema.json`` is its schema.

``python -m qa_pipeline.reports.report_json > docs/report.schema.json`` writes the schema again.
"""

from __future__ import annotations

import json
import sys
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
    """JSON Schema of the document, as ``docs/report.schema.json`` has it."""
    schema = TypeAdapter(PeriodReport).json_schema(mode="serialization")
    head = {"schema_version": {"const": SCHEMA_VERSION}, "kind": {"const": "qa_report"}}
    schema["properties"] = head | schema["properties"]
    counts = schema["$defs"]["Counts"]
    counts["properties"] = {"received": {"type": "integer"}} | counts["properties"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text() -> str:
    """The schema as the file has it."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
