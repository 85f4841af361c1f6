"""Reads the metadata file that goes with a batch (``--calls``), collecting every fault with its line."""

from __future__ import annotations

import csv
import difflib
import io
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PureWindowsPath
from zoneinfo import ZoneInfo

from qa_pipeline.domain.call import ID_FIELDS, CallInfo, Role, plain_id
from qa_pipeline.errors import CollectedErrors, InputError, QaError, SourceLocation
from qa_pipeline.pipeline.inputs import Source

KNOWN = (
    "file",
    "call_id",
    "agent_id",
    "agent_name",
    "team_id",
    "queue",
    "direction",
    "started_at",
    "ring_s",
    "agent_channel",
    "customer_id",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the file: ``file`` as written, and what it says of the call (``call_id`` empty: the file's stem).

    Agent, team, queue and customer are in their plain spelling; the call id is as written, for it may be known so
    (:meth:`qa_pipeline.pipeline.scoring.Scoring.register`).
    """

    line: int
    file: str
    info: CallInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsFile:
    """The parsed metadata file."""

    path: Path
    rows: tuple[Row, ...]
    extra_columns: tuple[str, ...]
    respelt: Mapping[str, int]
    """Columns whose ids were brought to their plain spelling, with the number of rows."""

    def match(self, sources: Sequence[Source]) -> tuple[Mapping[str, CallInfo], tuple[Row, ...]]:
        """The call information by source URI (for every source, known or not), and the rows no source belongs to.

        Raises:
            CollectedErrors: a row that fits several files by name, or two rows that fit one file.
        """
        by_path = {_absolute(s.uri): s for s in sources}
        by_name: dict[str, list[Source]] = {}
        for named_source in sources:
            by_name.setdefault(named_source.name, []).append(named_source)
        matched: dict[str, Row] = {}
        orphans: list[Row] = []
        errors: list[QaError] = []
        for row in self.rows:
            source: Source | None = by_path.get(_absolute(row.file)) or by_path.get(
                _absolute(str(self.path.parent / row.file))
            )
            if source is None:
                named = by_name.get(_name(row.file), [])
                if len(named) > 1:
                    errors.append(
                        self._error("csv.ambiguous_file", row.line, file=row.file, count=len(named))
                    )
                    continue
                source = named[0] if named else None
            if source is None:
                orphans.append(row)
            elif source.uri in matched:
                errors.append(
                    self._error("csv.file_twice", row.line, file=row.file, first=matched[source.uri].line)
                )
            else:
                matched[source.uri] = row
        if errors:
            raise CollectedErrors(tuple(errors))
        infos = {
            s.uri: _named(matched[s.uri].info, s) if s.uri in matched else CallInfo(call_id=s.stem)
            for s in sources
        }
        return infos, tuple(orphans)

    def _error(self, code: str, line: int, **params: object) -> InputError:
        return InputError(code, location=SourceLocation(file=str(self.path), line=line), **params)


def read_calls(path: Path, business_tz: str) -> CallsFile:
    """Parse the file: UTF-8 with or without BOM, or GB18030; every cell is text.

    Raises:
        CollectedErrors: all faults at once, with their lines.
        InputError: ``csv.missing``, ``csv.encoding``, ``csv.empty``.
    """
    # Strict: a quotation mark that is never closed would swallow the rows after it, and with them their agents.
    reader = csv.reader(io.StringIO(_decode(path), newline=""), strict=True)
    table: list[tuple[int, list[str]]] = []
    line = 0
    try:
        for cells in reader:
            line = reader.line_num
            if any(c.strip() for c in cells):
                table.append((line, cells))
    except csv.Error as error:
        # The reader stands at the end of what it swallowed; the fault is where the row began.
        raise InputError("csv.syntax", location=SourceLocation(file=str(path), line=line + 1)) from error
    if not table:
        raise InputError("csv.empty", location=SourceLocation(file=str(path)))
    header = [c.strip() for c in table[0][1]]
    errors = _header_errors(path, table[0][0], header)
    if errors:
        raise CollectedErrors(tuple(errors))
    rows: list[Row] = []
    seen: dict[str, int] = {}
    respelt: Counter[str] = Counter()
    for line, cells in table[1:]:
        location = SourceLocation(file=str(path), line=line)
        if len(cells) > len(header):
            errors.append(
                InputError("csv.too_many_cells", location=location, cells=len(cells), columns=len(header))
            )
            continue
        values = {n: c.strip() for n, c in zip(header, cells, strict=False) if c.strip()}
        if "file" not in values:
            errors.append(InputError("csv.no_file", location=location))
            continue
        respelt.update(n for n in ("call_id", *ID_FIELDS) if n in values and values[n] != plain_id(values[n]))
        values |= {n: plain_id(values[n]) for n in ID_FIELDS if n in values}
        call_id = values.get("call_id", Path(_name(values["file"])).stem)
        first = seen.setdefault(plain_id(call_id), line)
        if first != line:
            errors.append(InputError("csv.call_twice", location=location, call_id=call_id, first=first))
        rows.append(Row(line=line, file=values["file"], info=_info(values, location, business_tz, errors)))
    if errors:
        raise CollectedErrors(tuple(errors))
    return CallsFile(
        path=path,
        rows=tuple(rows),
        extra_columns=tuple(h for h in header if h not in KNOWN),
        respelt=dict(sorted(respelt.items())),
    )


def _decode(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError("csv.missing", path=str(path), reason=str(error.strerror)) from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("csv.encoding", location=SourceLocation(file=str(path)))


def _header_errors(path: Path, line: int, header: Sequence[str]) -> list[QaError]:
    location = SourceLocation(file=str(path), line=line)
    errors: list[QaError] = []
    if "file" not in header:
        errors.append(InputError("csv.no_file_column", location=location, columns=", ".join(header)))
    errors += [
        InputError("csv.column_twice", location=location, column=name)
        for name in dict.fromkeys(header)
        if header.count(name) > 1
    ]
    missing = [name for name in KNOWN if name not in header]
    for name in header:
        # A misspelt column would silently leave calls without agent: worse than asking.
        near = difflib.get_close_matches(name.lower().replace(" ", "_"), missing, n=1, cutoff=0.82)
        if name not in KNOWN and near:
            errors.append(InputError("csv.unknown_column", location=location, column=name, nearest=near[0]))
    return errors


def _info(
    values: Mapping[str, str], location: SourceLocation, business_tz: str, errors: list[QaError]
) -> CallInfo:
    def wrong(column: str, hint: str) -> None:
        errors.append(
            InputError("csv.bad_value", location=location, column=column, value=values[column], hint=hint)
        )

    started_at = ring_s = None
    channel_roles: Mapping[int, Role] = {}
    if "started_at" in values:
        started_at = _time(values["started_at"], business_tz)
        if started_at is None:
            wrong("started_at", "2026-11-20 09:30:00")
    if "ring_s" in values:
        try:
            ring_s = float(values["ring_s"])
        except ValueError:
            ring_s = -1.0
        if not 0 <= ring_s < float("inf"):
            wrong("ring_s", "8 / 12.5")
    if "agent_channel" in values:
        if values["agent_channel"] in ("0", "1"):
            agent = int(values["agent_channel"])
            channel_roles = {agent: Role.AGENT, 1 - agent: Role.CUSTOMER}
        else:
            wrong("agent_channel", "0 / 1")
    if values.get("direction", "inbound") not in ("inbound", "outbound"):
        wrong("direction", "inbound / outbound")
    plain = {k: values.get(k) or None for k in (*ID_FIELDS, "agent_name", "direction")}
    return CallInfo(
        call_id=values.get("call_id", ""),
        started_at=started_at,
        ring_s=ring_s,
        channel_roles=dict(sorted(channel_roles.items())),
        extra={k: v for k, v in sorted(values.items()) if k not in KNOWN},
        **plain,
    )


def _time(text: str, business_tz: str) -> datetime | None:
    parsed = None
    plain = re.sub(r"\s*日\s*", " ", re.sub("[/年月]", "-", text))
    for read in (
        datetime.fromisoformat,
        # Spreadsheets write 2026/11/2 9:05, Chinese ones also 2026年11月2日 9:05.
        lambda t: datetime.strptime(t, "%Y-%m-%d %H:%M"),
        lambda t: datetime.strptime(t, "%Y-%m-%d %H:%M:%S"),
    ):
        try:
            parsed = read(plain)
            break
        except ValueError:
            continue
    if parsed is None:
        return None
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=ZoneInfo(business_tz))
    return parsed.astimezone(UTC)


def _named(info: CallInfo, source: Source) -> CallInfo:
    return info if info.call_id else replace(info, call_id=source.stem)


def _name(path: str) -> str:
    """The last part of a path, of one written on Windows (``D:\\录音\\1.wav``) too."""
    return PureWindowsPath(path).name


def _absolute(path: str) -> str:
    return path if "://" in path else os.path.realpath(path)
