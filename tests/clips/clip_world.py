"""Scored calls full of private things, with sound, and every way in which such a thing could still be read."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import av
import numpy as np
from builders import utterance
from fakes import FakeSound, Heard, write_recording

from qa_pipeline.audio.base import SAMPLE_RATE_HZ, DecodedAudio
from qa_pipeline.domain.call import CallInfo, Role
from qa_pipeline.domain.transcript import Utterance
from qa_pipeline.pipeline.clips import Clips
from qa_pipeline.pipeline.inputs import Source
from qa_pipeline.pipeline.scoring import Job, Ports, Scoring
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.settings import Settings
from qa_pipeline.storage.artifacts import FileArtifacts
from qa_pipeline.storage.clip_store import SqlClipStore
from qa_pipeline.storage.lease import this_process
from qa_pipeline.storage.store import SqlStore

RUBRIC = """
rubric: small
version: 1
title: 小评分表
variables: {company: 云帆物流}
sections:
  - id: opening
    title: 开头语
    criteria:
      - id: greeting
        title: 报公司和工号
        standard: A2
        points: 10
        severity: minor
        check: {op: must_say, role: agent, within: {first_turns: 1}, script: "您好{company}工号{agent_id}"}
      - id: no_phone
        title: 不让客户报手机号
        points: 5
        severity: critical
        check: {op: none_of, of: [{op: mentions, role: customer, entity: phone}]}
      - id: soothe
        title: 安抚客户
        standard: A7
        points: 5
        severity: major
        check: {op: must_say, role: agent, phrases: [请您别着急, 非常抱歉]}
      - id: known
        title: 老客户
        points: 1
        severity: minor
        check: {op: metadata, field: 客户姓名, equals: 无名氏}
      - id: never
        title: 从不发生
        points: 1
        severity: minor
        check: {op: duration_between, min_s: 1, max_s: 600}
"""
PHONE = "13800123456"
SECRETS = {
    "phone": PHONE,
    "order": "88123456707788",
    "name": "欧阳雪梅",
    "surname": "欧阳",
    "street": "云兰路",
    "place": "姑苏区",
    "customer": "VIP0091",
    "agent_name": "周小扬",
    "agent_id": "3107",
    "second_phone": "13911118888",
}
CUSTOMER = CallInfo(
    call_id="13800123456_欧阳雪梅",
    agent_id="3107",
    agent_name="周小扬",
    queue="complaint",
    customer_id="VIP0091",
    channel_roles={0: Role.AGENT, 1: Role.CUSTOMER},
    extra={"客户姓名": "欧阳雪梅", "联系电话": "13911118888", "city": "苏州"},
)
PRIVATE_TALK = (
    "坐：您好云帆物流工号三幺零七请讲",
    "客：我的包裹丢了没有人理我",
    "坐：请问您怎么称呼",
    "客：我叫欧阳雪梅",
    "坐：欧阳女士请问您的手机号码是多少",
    "客：幺三八零零",
    "客：幺二三四五六",
    "坐：幺三八零零幺二三四五六对吗",
    "客：对的",
    "坐：收件地址是哪里",
    "客：苏州市姑苏区云兰路三八八号九栋二单元",
    "坐：请提供一下运单号",
    "客：八八一二三四五六七零七七八八",
    "客：你们什么时候能给我答复",
    "坐：不知道等着吧",
)
GOOD_TALK = ("坐：您好云帆物流工号三幺零八请讲", "客：我的包裹丢了没有人理我", "坐：非常抱歉请您别着急我来查")


def talk(lines: Sequence[str]) -> tuple[Utterance, ...]:
    """Five characters a second, half a second between lines; ``停：8`` is eight seconds in which nobody speaks."""
    said, clock = [], 1.0
    for line in lines:
        who, text = line.split("：", 1)
        if who == "停":
            clock += float(text)
            continue
        end = clock + len(text) / 5
        said.append(utterance(0 if who == "坐" else 1, clock, end, text))
        clock = end + 0.5
    return tuple(said)


class LoudSound(FakeSound):
    """Noise on both channels, so that what is left of it under a tone can be found."""

    @contextmanager
    def open(self, path: Path) -> Iterator[DecodedAudio]:
        with super().open(path) as audio:
            samples = audio.facts.recording.duration_ms * SAMPLE_RATE_HZ // 1000
            noise = np.random.default_rng(7)
            channels = tuple(noise.integers(-6000, 6000, samples).astype(np.int16) for _ in audio.channels)
            yield replace(audio, channels=channels)


class World:
    """A data folder with scored calls."""

    def __init__(self, folder: Path, *, allow: bool = False, database_url: str | None = None) -> None:
        self.folder = folder
        self.settings = Settings(data_dir=folder / "data", allow_unredacted=allow, database_url=database_url)
        self.sound = LoudSound({})
        self.store = SqlStore(self.settings)
        self.rubric = parse_rubric(RUBRIC, "small.yaml")
        self.ports = Ports(
            reader=self.sound,
            recognizer=self.sound,
            store=self.store,
            artifacts=FileArtifacts(self.settings),
            engine={"engine": "test"},
            owner=this_process(),
        )
        self.scoring = Scoring(self.ports, self.settings, (), forced=self.rubric)
        self.clips = Clips(
            self.ports, self.scoring, SqlClipStore(self.settings), self.settings, in_force=(self.rubric,)
        )

    def score(self, info: CallInfo, lines: Sequence[str]) -> Path:
        """One call under the rubric; returns its recording."""
        kind = hashlib.sha256(info.call_id.encode()).hexdigest()
        said = talk(lines)
        length = max(u.span.end_ms for u in said) / 1000 + 1
        self.sound.recordings = {**self.sound.recordings, kind: Heard(utterances=said, duration_s=length)}
        path = write_recording(self.folder / "in" / f"{info.call_id}.wav", kind)
        jobs = [Job(source=Source(uri=str(path)), info=info)]
        self.scoring.register(jobs)
        (result,) = self.scoring.score_batch(jobs)
        assert result.scorecard is not None, result
        return path

    @property
    def criteria(self) -> set[str]:
        return {criterion.id for _, criterion in self.rubric.criteria()}


def everything(folder: Path) -> str:
    """All names and all text of all files below a folder, archives and Word documents opened."""
    found: list[str] = []
    for path in sorted(folder.rglob("*")):
        found.append(str(path.relative_to(folder)))
        if path.is_file():
            found.append(_text(path.name, path.read_bytes()))
    return "\n".join(found)


def _text(name: str, content: bytes) -> str:
    if name.endswith((".zip", ".docx")):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return "\n".join(f"{n}\n{_text(n, archive.read(n))}" for n in archive.namelist())
    if name.endswith(".xml"):  # Word may cut a word into runs
        text = content.decode()
        return text + re.sub("<[^>]+>", "", text)
    return content.decode("utf-8", "replace")


_DIGITS = str.maketrans("零〇一幺二两三四五六七八九", "0011223456789")


def leaks(text: str) -> list[str]:
    """Secrets of :data:`SECRETS` that the text still holds, written or spoken, whole or (numbers) half."""
    flat = re.sub(r"[\s,，。.、\-_*]|<[^>]+>", "", text)
    digits = flat.translate(_DIGITS)
    found = [k for k, v in SECRETS.items() if not v.isdigit() and v in flat]
    for key, value in SECRETS.items():
        if value.isdigit():
            size = min(len(value), 6)
            pieces = {value[i : i + size] for i in range(len(value) - size + 1)}
            if any(piece in digits for piece in pieces):
                found.append(key)
    return found


def decoded(content: bytes) -> np.ndarray:
    """An audio file's samples, one channel at 16 kHz."""
    with av.open(BytesIO(content)) as file:
        frames = [f.to_ndarray().reshape(-1) for f in file.decode(audio=0)]
    samples = np.concatenate(frames).astype(np.float64)
    return samples if np.abs(samples).max() > 2 else samples * 32768


def noise_share(samples: np.ndarray) -> float:
    """Share of a stretch's power that is not the 1 kHz tone."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    hz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ)
    return float(spectrum[np.abs(hz - 1000) > 30].sum() / spectrum.sum())


def audited(world: World) -> list[dict[str, object]]:
    """What the audit log says of exports of clips, oldest first."""
    from sqlalchemy import create_engine, select

    from qa_pipeline.storage.schema import audit

    engine = create_engine(f"sqlite:///{world.settings.data_dir / 'qa.db'}")
    query = select(audit.c.detail).where(audit.c.action == "clips.exported").order_by(audit.c.audit_pk)
    with engine.connect() as db:
        rows = list(db.execute(query).scalars())
    engine.dispose()
    return rows
