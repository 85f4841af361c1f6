"""Prefect flow: typical cases for trainers, and coaching packs."""

from __future__ import annotations

import getpass
from datetime import date
from pathlib import Path
from typing import Literal

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from qa_pipeline import bootstrap
from qa_pipeline.domain.finding import Outcome
from qa_pipeline.errors import QaError
from qa_pipeline.i18n import error_text, text
from qa_pipeline.pipeline.clip_export import Exported, Request, export_clips
from qa_pipeline.pipeline.clip_measures import Side
from qa_pipeline.pipeline.clip_select import Mode
from qa_pipeline.pipeline.clip_wanted import Wanted
from qa_pipeline.pipeline.pack_files import export_packs
from qa_pipeline.pipeline.packs import check_packs
from qa_pipeline.settings import Settings

from .reports import Lang


@flow(name="clips", validate_parameters=True, persist_result=False, log_prints=False)
def clips(
    out: str,
    criterion: str | None = None,
    outcome: Literal["not_met", "met"] | None = None,
    measure: str | None = None,
    direction: Literal["high", "low"] | None = None,
    agent: str | None = None,
    team: str | None = None,
    first: date | None = None,
    before: date | None = None,
    mode: Literal["typical", "varied", "best", "worst"] = "typical",
    top: int = 10,
    pairs: bool = False,
    packs: bool = False,
    archive: bool = True,
    audio: Literal["mp3", "wav"] = "mp3",
    lang: Lang = "zh",
) -> Exported:
    """取典型案例或坐席辅导材料：剪好的录音、逐句文字、案例分析；隐私内容总是盖掉。按话取、按话题取只在命令行：参数里不留通话里的话。

    Args:
        out: 存放的文件夹
        criterion: 只取这一评分项（编号）
        outcome: not_met 反例，met 正例（不填：最好取正例，其余取反例）
        measure: 按通话指标取（如 dead_air、speaking_rate）
        direction: 指标的哪一头：high 最高，low 最低
        agent: 只取这名坐席（工号）
        team: 只取这个班组
        first: 从哪天起（含）
        before: 到哪天止（不含）
        mode: typical 最典型，varied 彼此最不同，best 最好，worst 最差
        top: 最多几个
        pairs: 每个案例配一个相反结果的对照案例
        packs: 改为每名坐席一份辅导材料（须填 first 和 before）
        archive: 另打成 zip
        audio: 片段格式
        lang: 语言：zh 中文，en 英文
    """
    settings = Settings(lang=lang)
    wanted = Wanted(
        criterion=criterion,
        outcome=Outcome(outcome) if outcome else None,
        measure=measure,
        direction=Side(direction) if direction else None,
        agent=agent,
        team=team,
        first=first,
        before=before,
        mode=Mode(mode),
        top=top,
        pairs=pairs,
    )
    request = Request(out=Path(out), format=audio, archive=archive, lang=lang, who=getpass.getuser())
    problems: list[QaError] = []
    store = bootstrap.stored(settings)[0]
    if packs:
        days = check_packs(wanted)
        coaching = bootstrap.packs(settings)
        plans = coaching.plan(days, agent=agent, team=team)
        done = export_packs(
            coaching, plans, request, store=store, settings=settings, on_error=problems.append
        )
        told = [text("packs.made", lang, count=len(plans), clips=done.written, path=done.page)]
    else:
        use_case = bootstrap.clips(settings)
        picks = use_case.pick(wanted, bootstrap.criterion_ids(settings), problems.append)
        done = export_clips(
            use_case, picks.picked, request, store=store, settings=settings, on_error=problems.append
        )
        told = [text(f"clips.note_{note.key}", lang, **note.params) for note in picks.notes]
        told.append(text("clips.artifact", lang, count=done.written, link=done.page.resolve().as_uri()))
    create_markdown_artifact(
        key="clips", markdown="\n\n".join([*told, *(error_text(p, lang) for p in problems)])
    )
    return done
