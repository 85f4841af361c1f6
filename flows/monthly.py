"""Prefect flow: the report of a month."""

from __future__ import annotations

from datetime import date

from prefect import flow

from qa_pipeline.domain.period import PeriodKind
from qa_pipeline.pipeline.publish import Published

from .reports import Lang, report_now


@flow(name="monthly", validate_parameters=True, persist_result=False, log_prints=False)
def monthly(
    day: date | None = None,
    team: str | None = None,
    agent: str | None = None,
    queue: str | None = None,
    out: str | None = None,
    lang: Lang = "zh",
) -> Published:
    """生成质检月报：某个月的质检结果。

    Args:
        day: 那个月里的任意一天（默认上个月）
        team: 只看这个班组（不填为全中心；班组、坐席、队列只填一项）
        agent: 只看这名坐席（工号）
        queue: 只看这个业务队列
        out: 报告文件夹（不填用系统设置）
        lang: 报告语言：zh 中文，en 英文
    """
    return report_now(PeriodKind.MONTH, day, team=team, agent=agent, queue=queue, out=out, lang=lang)
