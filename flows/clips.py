"""Prefect flow: typical cases for trainers."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Literal

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from qa_pipeline import bootstrap
from qa_pipeline.domain.finding import Outcome
from qa_pipeline.errors import QaError
from qa_pipeline.i18n import error_text, text
from qa_pipeline.pipeline.clip_export import Exported, Request, export_clips
from qa_pipeline.pipeline.clip_select import Mode
from qa_pipeline.pipeline.clips import Wanted
from qa_pipeline.settings import Settings

from .reports import Lang


@flow(name="clips", validate_parameters=True, persist_result=False, log_prints=False)
def clips(
    out: str,
    criterion: str | None = None,
    outcome: Literal["not_met", "met"] | None = None,
    agent: str | None = None,
    mode: Literal["typical", "varied", "best", "worst"] = "typical",
    top: int = 10,
    pairs: bool = False,
    archive: bool = True,
    audio: Literal["mp3", "wav"] = "mp3",
    lang: Lang = "zh",
) -> Exported:
    """取典型案例：剪好的录音、逐句文字、案例分析；隐私内容总是盖掉。

    Args:
        out: 存放的文件夹
        criterion: 只取这一评分项（编号）
        outcome: not_met 反例，met 正例（不填：最好取正例，其余取反例）
        agent: 只取这名坐席（工号）
        mode: typical 最典型，varied 彼此最不同，best 最好，worst 最差
        top: 最多几个
        pairs: 每个案例配一个相反结果的对照案例
        archive: 另打成 zip
        audio: 片段格式
        lang: 语言：zh 中文，en 英文
    """
    settings = Settings(lang=lang)
    use_case = bootstrap.clips(settings)
    wanted = Wanted(
        criterion=criterion,
        outcome=Outcome(outcome) if outcome else None,
        agent=agent,
        mode=Mode(mode),
        top=top,
        pairs=pairs,
    )
    problems: list[QaError] = []
    done = export_clips(
        use_case,
        use_case.pick(wanted, bootstrap.criterion_ids(settings)),
        Request(out=Path(out), format=audio, archive=archive, lang=lang, who=getpass.getuser()),
        store=bootstrap.stored(settings)[0],
        settings=settings,
        on_error=problems.append,
    )
    told = [text("clips.artifact", lang, count=done.written, link=done.page.resolve().as_uri())]
    create_markdown_artifact(
        key="clips", markdown="\n\n".join([*told, *(error_text(p, lang) for p in problems)])
    )
    return done
