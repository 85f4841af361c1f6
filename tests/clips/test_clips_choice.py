"""A choice a trainer would make: clear ones, of several agents, no example twice, and for a reason."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.i18n import text
from qa_pipeline.pipeline.clip_said import mentioning
from qa_pipeline.pipeline.clip_select import PER_AGENT, Choice, Mode, partners, picker, quality
from qa_pipeline.storage.clip_base import Candidate, FindingRow

BASE = FindingRow(
    call_id="c",
    agent_id="",
    queue="complaint",
    criterion_id="x",
    severity="major",
    outcome=Outcome.NOT_MET,
    confidence=0.9,
    points=0,
    points_possible=5,
    hearing_pct=95,
    length_ms=4000,
    quotes=("你爱投诉就去投诉",),
    confirmed=False,
)


def choose(made: Sequence[FindingRow], mode: Mode, top: int, *, per_agent: int = PER_AGENT) -> list[Choice]:
    return picker(made, mode, top, per_agent=per_agent).take(top)


def rows(*quotes: str, **changes: object) -> list[FindingRow]:
    return [
        replace(BASE, call_id=f"c{n}", agent_id=f"a{n}", quotes=(q,) if q else (), **changes)  # type: ignore[arg-type]
        for n, q in enumerate(quotes)
    ]


def kinds() -> list[FindingRow]:
    """Sixty calls of one kind of fault, thirty of another, ten of a third, in no order."""
    rng = random.Random(3)
    said = ["你爱投诉就去投诉"] * 60 + ["这个不归我管你找别人"] * 30 + ["刚才不是跟你说过了吗"] * 10
    made = rows(*(q + "".join(rng.choice("今天明后年月电话包裹") for _ in range(4)) for q in said))
    rng.shuffle(made)
    return made


@pytest.mark.parametrize("mode", Mode)
def test_the_same_rows_give_the_same_choice_with_a_reason_in_words(mode: Mode) -> None:
    made = kinds()
    chosen = choose(made, mode, 5)
    assert len(chosen) == 5 and len({c.row.call_id for c in chosen}) == 5
    assert [c.row.call_id for c in choose(made, mode, 5)] == [c.row.call_id for c in chosen]
    for choice in chosen:
        for lang in ("zh", "en"):
            assert "90" in text(f"clips.why_{choice.reason.key}", lang, **choice.reason.params)


def test_typical_ones_stand_for_the_largest_groups() -> None:
    chosen = choose(kinds(), Mode.TYPICAL, 3)
    assert [c.row.quotes[0][:4] for c in chosen] == ["你爱投诉", "这个不归", "刚才不是"]
    assert [c.reason.params["share"] for c in chosen] == [60, 30, 10]


def test_varied_ones_are_of_all_kinds() -> None:
    chosen = choose(kinds(), Mode.VARIED, 3)
    assert {c.row.quotes[0][:4] for c in chosen} == {"你爱投诉", "这个不归", "刚才不是"}


def test_the_worst_come_by_gravity_then_points() -> None:
    made = rows("甲一二", "乙三四", "丙五六", "丁七八")
    made[1] = replace(made[1], severity="critical", points_possible=3)
    made[2] = replace(made[2], severity="critical", points_possible=9)
    assert [c.row.call_id for c in choose(made, Mode.WORST, 3)] == ["c2", "c1", "c0"]


def test_clear_and_sure_ones_are_preferred() -> None:
    made = rows("甲一二", "乙三四", "丙五六")
    made[0] = replace(made[0], hearing_pct=30)
    made[1] = replace(made[1], confirmed=True)
    assert quality(made[0]) < quality(made[2]) < quality(made[1])
    assert [c.row.call_id for c in choose(made, Mode.BEST, 3)] == ["c1", "c2"]


def test_no_more_than_two_of_one_agent_unless_one_is_asked_for() -> None:
    made = [replace(r, agent_id="a") for r in kinds()[:20]]
    assert len(choose(made, Mode.TYPICAL, 5)) == 2
    assert len(choose(made, Mode.TYPICAL, 5, per_agent=5)) == 5


def test_near_duplicates_wait_until_nothing_else_is_left() -> None:
    made = rows("你爱投诉就去投诉", "你爱投诉就去投诉吧", "这个不归我管")
    assert {c.row.call_id for c in choose(made, Mode.BEST, 2)} == {"c0", "c2"}
    assert len(choose(made, Mode.BEST, 3)) == 3


@pytest.mark.parametrize("mode", Mode)
def test_findings_without_words_and_single_ones_can_be_chosen(mode: Mode) -> None:
    assert len(choose(rows("", "", ""), mode, 2)) == 2
    assert len(choose(rows("你好"), mode, 3)) == 1
    assert choose([], mode, 3) == []


def test_a_contrast_is_of_the_same_criterion_and_queue_and_nothing_is_used_twice() -> None:
    bad = choose(rows("包裹丢了没人管", "价格太贵了"), Mode.BEST, 2)
    other = replace(BASE, outcome=Outcome.MET)
    good = [
        replace(other, call_id="g1", quotes=("包裹丢了我来查",)),
        replace(other, call_id="g2", quotes=("包裹丢了我来查",), queue="enquiry"),
        replace(other, call_id="g3", quotes=("包裹丢了没人管",), criterion_id="y"),
    ]
    found = partners(bad, good)
    assert [f.row.call_id if f else None for f in found] == ["g1", "g2"]
    assert partners(bad, good[2:]) == [None, None]


def test_what_is_not_preferred_only_fills_places_that_would_stay_empty() -> None:
    made = rows("包裹丢了没人管", "价格太贵了", "你们太慢了")
    best = [c.row.call_id for c in choose(made, Mode.BEST, 3)]
    spoilt = best[0]
    ranked = picker(made, Mode.BEST, 3)
    for top, wanted in ((2, best[1:]), (3, [*best[1:], spoilt])):
        chosen = ranked.take(top, preferred=lambda row: row.call_id != spoilt)
        assert [c.row.call_id for c in chosen] == wanted
    good = [
        replace(BASE, outcome=Outcome.MET, call_id="near", quotes=("包裹丢了没人管",)),
        replace(BASE, outcome=Outcome.MET, call_id="far", quotes=("祝您愉快再见",)),
    ]
    asked = choose(rows("包裹丢了没人管"), Mode.BEST, 1)
    usable: list[str] = []

    def note(row: Candidate) -> bool:
        usable.append(row.call_id)
        return True

    assert [c.row.call_id for c in partners(asked, good) if c] == ["near"]
    found = partners(asked, good, note, lambda row: row.call_id != "near")
    assert [c.row.call_id for c in found if c] == usable == ["far"]


def test_words_are_found_by_their_sound() -> None:
    made = rows("你爱投诉就去投诉", "你爱投速就去投速", "这个不归我管", "")
    assert [r.call_id for r in mentioning(made, "去投诉")] == ["c0", "c1"]


KINDS = {
    "taunt": "你爱投诉就去投诉我等着",
    "deny": "这个不归我管你去找别人吧",
    "blame": "刚才不是跟你说过了吗怎么又问",
    "rule": "公司就是这么规定的我也没办法",
    "shrug": "不知道什么时候能到你等着吧",
}


def labelled(seed: int) -> dict[str, tuple[str, FindingRow]]:
    """Findings of five kinds of fault, as a trainer would sort them: each with near-duplicates, misheard ones, badly heard
    ones that lie nearest to the middle, and one agent who said four fifths of the largest kind."""
    rng = random.Random(seed)
    made: dict[str, tuple[str, FindingRow]] = {}
    for size, (kind, said) in zip((80, 50, 40, 30, 20), KINDS.items(), strict=True):
        for n in range(size):
            noisy = n % 4 == 0
            around = "" if noisy else "".join(rng.choice("今天明后年月电话包裹单") for _ in range(3))
            heard = "".join(c if rng.random() > 0.1 or noisy else rng.choice("我你他这那") for c in said)
            quote = said if n % 5 == 1 else heard + around
            call_id = f"{kind}{n:03d}"
            agent = "loud" if kind == "taunt" and n % 5 else f"a{rng.randrange(40)}"
            row = replace(
                BASE,
                call_id=call_id,
                agent_id=agent,
                quotes=(quote,),
                confidence=rng.uniform(0.8, 1),
                hearing_pct=rng.uniform(20, 40) if noisy else rng.uniform(85, 100),
            )
            made[call_id] = kind, row
    return made


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("mode", "top"), [(Mode.TYPICAL, 5), (Mode.TYPICAL, 8), (Mode.VARIED, 8)])
def test_a_trainer_would_agree(seed: int, mode: Mode, top: int) -> None:
    made = labelled(seed)
    rows_ = [row for _, row in made.values()]
    random.Random(seed).shuffle(rows_)
    chosen = choose(rows_, mode, top)
    assert len(chosen) == top
    kinds_shown = [made[c.row.call_id][0] for c in chosen]
    assert set(kinds_shown) == set(KINDS), "every kind of fault is shown"
    assert min(c.row.hearing_pct for c in chosen) >= 85, "badly heard calls are passed over"
    agents = [c.row.agent_id for c in chosen]
    assert max(agents.count(a) for a in agents) <= 2, "no agent is shown up"
    assert len({c.row.quotes for c in chosen}) == top, "nothing is shown twice"


def test_what_cannot_be_used_is_replaced_by_its_own_kind() -> None:
    made = kinds()
    usual = choose(made, Mode.TYPICAL, 3)
    gone = usual[1].row.call_id
    asked: list[str] = []

    def usable(row: Candidate) -> bool:
        asked.append(row.call_id)
        return row.call_id != gone

    chosen = picker(made, Mode.TYPICAL, 3).take(3, usable)
    assert [c.row.quotes[0][:4] for c in chosen] == ["你爱投诉", "这个不归", "刚才不是"]
    assert gone not in {c.row.call_id for c in chosen}
    assert len(asked) == len(set(asked)) == 4
