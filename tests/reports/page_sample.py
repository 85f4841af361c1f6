"""A call as the centre has them, its rubric and its scorecard, for looking at the pages and for their tests."""

from datetime import UTC, datetime
from itertools import pairwise
from types import SimpleNamespace

from qa_pipeline.domain.call import Call, CallInfo, DeadAir, Role, RoleAssignment, TalkOver, Turn
from qa_pipeline.domain.finding import Evidence, Finding, Message, Outcome
from qa_pipeline.domain.recording import Recording
from qa_pipeline.domain.scorecard import Scorecard, ScoredFinding, SectionScore
from qa_pipeline.domain.time import Span, merge
from qa_pipeline.domain.transcript import AsrQuality, Transcript, Utterance, Word

A, C = Role.AGENT, Role.CUSTOMER
MET, NOT, NA, REVIEW = Outcome.MET, Outcome.NOT_MET, Outcome.NOT_APPLICABLE, Outcome.NEEDS_REVIEW

LINES = [
    (A, 1200, 8600, "您好云帆物流客户服务中心公号三一零七为您服务请问有什么可以帮您"),
    (C, 9100, 16400, "你好我上周寄的那个包裹到现在还没有收到我要投诉你们"),
    (A, 16000, 21200, "先生您先别着急嘛请问您的运单号是多少"),
    (C, 21900, 28700, "运单号是七七三五零六二八一九你们查一下到底在哪里"),
    (A, 29200, 31300, "请您稍等我查一下"),
    (C, 38900, 40100, ""),
    (A, 40600, 49800, "先生系统里显示包裹还在中转站这个我也不清楚大概可能明天到吧"),
    (C, 49300, 56000, "什么叫大概你们上次也是这么说的到底几点能到"),
    (A, 56900, 62800, "电脑里就是这么显示的您着急也没有用"),
    (C, 63400, 69500, "你这是什么态度那我要找你们领导"),
    (A, 70200, 78900, "好的我帮您登记一下投诉我保证明天一定赔您三百块钱"),
    (C, 79500, 81200, "行吧那我等着"),
    (A, 82000, 87400, "感谢您的来电祝您生活愉快再见"),
]


def span(start: int, end: int) -> Span:
    return Span(start_ms=start, end_ms=end)


def utterance(number: int, role: Role, start: int, end: int, text: str) -> Utterance:
    pieces = [text[i : i + 2] for i in range(0, len(text), 2)]
    step = (end - start) / max(len(pieces), 1)
    words = tuple(
        Word(
            text=piece,
            span=span(round(start + i * step), round(start + (i + 1) * step)),
            confidence=0.35 if (number + i) % 7 == 3 else 0.93,
        )
        for i, piece in enumerate(pieces)
    )
    flags = ("loop",) if not text else ()
    quality = AsrQuality(
        avg_logprob=-0.3, no_speech_prob=0.02, compression_ratio=1.1, temperature=0.0, flags=flags
    )
    return Utterance(
        utterance_id=f"u{number:03d}",
        channel=0 if role is A else 1,
        speaker=None,
        span=span(start, end),
        words=words,
        asr_quality=quality,
    )


def make_call(
    lines: list[tuple[Role, int, int, str]] | None = None, *, call_id: str = "c20260108-0317"
) -> Call:
    lines = LINES if lines is None else lines
    utterances = [utterance(i, *line) for i, line in enumerate(lines)]
    end_ms = max((u.span.end_ms for u in utterances), default=0) + 1600
    roles = (
        RoleAssignment(channel=0, role=A, confidence=1.0, basis="metadata"),
        RoleAssignment(channel=1, role=C, confidence=1.0, basis="metadata"),
    )
    ordered = sorted(utterances, key=lambda u: u.span)
    overs = [
        TalkOver(span=both, interrupter=A if b.channel == 0 else C, num_chars=4)
        for a, b in pairwise(ordered)
        if (both := a.span.intersection(b.span))
    ]
    silences = [
        DeadAir(span=span(a.span.end_ms, b.span.start_ms), after_role=A if a.channel == 0 else C)
        for a, b in pairwise(ordered)
        if b.span.start_ms - a.span.end_ms >= 3000
    ]
    return Call(
        info=CallInfo(
            call_id=call_id,
            agent_id="3107",
            agent_name="林晓",
            team_id="客服一组",
            queue="complaint",
            direction="inbound",
            started_at=datetime(2026, 1, 8, 2, 14, 9, tzinfo=UTC),
            ring_s=9.0,
            channel_roles={0: A, 1: C},
        ),
        recording=Recording(
            recording_id="5e" * 32,
            source_name=f"{call_id}.wav",
            codec="pcm_s16le",
            sample_rate_hz=8000,
            num_channels=2,
            num_samples=end_ms * 8,
        ),
        transcript=Transcript(recording_id="5e" * 32, language="zh", utterances=tuple(ordered)),
        roles=roles,
        activity={
            role: merge(
                (
                    span(w.span.start_ms, w.span.end_ms - 90)
                    for u in utterances
                    if u.channel == channel
                    for w in u.words[::1]
                ),
                max_gap_ms=60,
            )
            for channel, role in ((0, A), (1, C))
        },
        turns=tuple(
            Turn(role=A if u.channel == 0 else C, span=u.span, utterance_ids=(u.utterance_id,))
            for u in ordered
        ),
        talk_overs=tuple(overs),
        dead_air=tuple(silences),
        hearing_quality=0.914,
        notes=("clipped_channel_1", "header_duration_missing"),
    )


RUBRIC = SimpleNamespace(
    digest="ab12" * 16,
    rubric="inbound_complaint",
    version=1,
    title="来电投诉质检表",
    sections=[
        SimpleNamespace(
            id=section,
            title=title,
            criteria=[
                SimpleNamespace(
                    id=i,
                    title=name,
                    standard=standard,
                    points=points,
                    severity=severity,
                    better=(f"更好地做到{name}",),
                )
                for i, name, standard, points, severity in criteria
            ],
        )
        for section, title, criteria in [
            (
                "opening",
                "开头语",
                [
                    ("ring_answer", "三声之内接听", "A1", 3, "minor"),
                    ("greeting", "按规范报读开头语", "A2", 7, "minor"),
                ],
            ),
            (
                "manner",
                "态度与表达",
                [
                    ("courtesy_words", "使用文明用语", "A3", 5, "minor"),
                    ("forbidden_rule_hiding", "不以规定、系统搪塞客户", "A4", 6, "major"),
                    ("hedging", "表达肯定，不含糊其辞", "A10", 6, "minor"),
                    ("speaking_rate", "语速适中", "A11", 4, "minor"),
                    ("talk_over", "不抢话", "A15", 5, "minor"),
                    ("dead_air", "没有无故静音", "A8", 5, "minor"),
                ],
            ),
            (
                "process",
                "业务流程",
                [
                    ("apology", "对不满的客户致歉", "A7", 8, "major"),
                    ("verify_identity", "先核实身份再提供信息", "A5", 8, "major"),
                    ("no_private_settlement", "不私下了结投诉", "A18", 0, "fatal"),
                    ("answer_time", "告知具体答复时间", "A6", 10, "critical"),
                ],
            ),
            (
                "closing",
                "结束语与人工判断",
                [
                    ("further_help", "主动询问是否还有其他需要", "A16", 4, "minor"),
                    ("closing", "按规范报读结束语", "A16", 5, "minor"),
                    ("solved", "问题是否解决", "", 10, "major"),
                ],
            ),
        ]
    ],
)

MESSAGES = {
    "zh": {
        "metadata_met": "振铃 {seconds} 秒，在 {limit} 秒之内。",
        "said": "在要求的时间内说了：{phrases}。",
        "not_said": "在要求的时间内没有听到：{phrases}。",
        "forbidden_said": "说了不该说的话，共 {hits} 处：{phrases}。",
        "hedging": "含糊用语 {hits} 处，允许 {limit} 处：{phrases}。",
        "rate_met": "语速每分钟 {rate} 字，在 {min}–{max} 之间。",
        "talk_over": "抢话 {times} 次，每次 {seconds} 秒以上；允许少于 {limit} 次。",
        "excused": "静音 {seconds} 秒，之前已告知客户请其等候。",
        "doubtful": "听到与“{expected}”相近的话，但没有把握，请听录音判断。",
        "not_applicable": "本通电话没有出现适用的情形。",
        "human": "需要人来判断，机器不作结论。",
    },
    "en": {
        "metadata_met": "Rang for {seconds} s, within {limit} s.",
        "said": "Said within the required time: {phrases}.",
        "not_said": "Not heard within the required time: {phrases}.",
        "forbidden_said": "Said what must not be said, {hits} times: {phrases}.",
        "hedging": "{hits} vague expressions, {limit} allowed: {phrases}.",
        "rate_met": "{rate} characters a minute, between {min} and {max}.",
        "talk_over": "Talked over {times} times for {seconds} s or more; fewer than {limit} allowed.",
        "excused": "Silent for {seconds} s after asking the customer to wait.",
        "doubtful": "Heard something close to “{expected}”, but not surely; please listen.",
        "not_applicable": "The occasion for this did not arise in the call.",
        "human": "For a person to judge; the machine draws no conclusion.",
    },
}


def quoted(start: int, end: int, quote: str, expected: str | None = None, role: Role = A) -> Evidence:
    return Evidence(kind="quoted", span=span(start, end), role=role, quote=quote, expected=expected)


def searched(start: int, end: int, expected: str) -> Evidence:
    return Evidence(kind="searched", span=span(start, end), role=A, expected=expected)


def measured(start: int, end: int, value: float, unit: str, expected: str | None = None) -> Evidence:
    return Evidence(kind="measured", span=span(start, end), role=A, value=value, unit=unit, expected=expected)


def finding(
    criterion: str,
    outcome: Outcome,
    key: str,
    *evidence: Evidence,
    sure: float = 0.95,
    op: str = "must_say",
    **params: object,
) -> Finding:
    return Finding(
        criterion_id=criterion,
        operator=op,
        outcome=outcome,
        confidence=sure,
        evidence=evidence,
        explanation=Message(key=key, params=params),  # type: ignore[arg-type]
    )


FINDINGS = [
    finding(
        "ring_answer",
        MET,
        "metadata_met",
        Evidence(kind="measured", span=span(0, 89000), quote="9.0", expected="<= 15", value=9.0, unit="s"),
        sure=1.0,
        seconds=9.0,
        limit=15,
    ),
    finding(
        "greeting",
        MET,
        "said",
        quoted(
            1200,
            8600,
            "您好云帆物流客户服务中心公号三一零七为您服务请问有什么可以帮您",
            "您好，这里是云帆物流客户服务中心，工号3107为您服务，请问有什么可以帮您",
        ),
        phrases=("开头语",),
    ),
    finding("courtesy_words", MET, "said", quoted(29200, 30200, "请您稍等"), phrases=("请", "您")),
    finding(
        "forbidden_rule_hiding",
        NOT,
        "forbidden_said",
        quoted(56900, 60400, "电脑里就是这么显示的", "电脑里就是这么显示的"),
        hits=1,
        phrases=("电脑里就是这么显示的",),
        sure=0.97,
    ),
    finding(
        "hedging",
        NOT,
        "hedging",
        quoted(45400, 46700, "我也不清楚"),
        quoted(46700, 47300, "大概"),
        quoted(47300, 48500, "可能"),
        hits=3,
        limit=1,
        phrases=("我也不清楚", "大概", "可能"),
    ),
    finding(
        "speaking_rate",
        MET,
        "rate_met",
        measured(1200, 87400, 231.4, "chars/min", "150–300"),
        rate=231.4,
        min=150,
        max=300,
    ),
    finding(
        "talk_over",
        REVIEW,
        "talk_over",
        measured(16000, 16400, 0.4, "s", "1"),
        times=1,
        seconds=1.0,
        limit=2,
        sure=0.55,
    ),
    finding(
        "dead_air",
        MET,
        "excused",
        measured(31300, 40600, 9.3, "s"),
        quoted(29200, 31300, "请您稍等我查一下", "请您稍等"),
        seconds=9.3,
    ),
    finding(
        "apology",
        NOT,
        "not_said",
        searched(16400, 46400, "非常抱歉给您带来不便 / 对不起 / 我非常理解您的心情"),
        quoted(12000, 16400, "到现在还没有收到我要投诉你们", role=C),
        phrases=("致歉或表示理解",),
        sure=0.9,
    ),
    finding(
        "verify_identity",
        REVIEW,
        "doubtful",
        quoted(19000, 21200, "您的运单号是多少"),
        expected="请问您的姓名和运单号",
        sure=0.5,
    ),
    finding(
        "no_private_settlement",
        NOT,
        "forbidden_said",
        quoted(74500, 78900, "我保证明天一定赔您三百块钱", "赔您…块钱"),
        hits=1,
        phrases=("赔您三百块钱",),
        sure=0.91,
    ),
    finding(
        "answer_time",
        NOT,
        "not_said",
        searched(56000, 87400, "具体的答复时间（几点、几小时内、某日之前）"),
        phrases=("具体的答复时间",),
        sure=0.84,
    ),
    finding("further_help", NA, "not_applicable", sure=1.0),
    finding(
        "closing",
        MET,
        "said",
        quoted(82000, 87400, "感谢您的来电祝您生活愉快再见", "感谢您的来电，祝您生活愉快，再见"),
        phrases=("结束语",),
    ),
    finding("solved", REVIEW, "human", sure=0.0, op="human"),
]


def make_scorecard(call: Call, findings: list[Finding] | None = None, *, suspected: bool = True) -> Scorecard:
    """Points as a scorer would give them, kept simple: all or nothing, but 2 a hit for hedging."""
    criteria = {c.id: (s.id, c) for s in RUBRIC.sections for c in s.criteria}
    scored = []
    for f in FINDINGS if findings is None else findings:
        section, criterion = criteria[f.criterion_id]
        decided = f.outcome in (MET, NOT)
        possible = float(criterion.points) if decided else 0.0
        earned = possible if f.outcome is MET else 2.0 if f.criterion_id == "hedging" else 0.0
        scored.append(
            ScoredFinding(
                finding=f,
                section_id=section,
                severity=criterion.severity,
                points=earned,
                points_possible=possible,
                decided=decided,
                criterion_digest="cd" * 32,
            )
        )
    sections = tuple(
        SectionScore(
            section_id=s.id,
            points=(got := sum(f.points for f in scored if f.section_id == s.id)),
            points_possible=(of := sum(f.points_possible for f in scored if f.section_id == s.id)),
            score_pct=round(100 * got / of, 2) if of else None,
        )
        for s in RUBRIC.sections
    )
    points, possible = sum(f.points for f in scored), sum(f.points_possible for f in scored)
    return Scorecard(
        call_id=call.info.call_id,
        recording_id=call.recording.recording_id,
        rubric_id=RUBRIC.rubric,
        rubric_version=RUBRIC.version,
        rubric_digest="ab12" * 16,
        engine_digest="9f03" * 16,
        findings=tuple(scored),
        sections=sections,
        points=points,
        points_possible=possible,
        score_pct=round(100 * points / possible, 2),
        score_low_pct=0.0 if suspected else 47.5,
        score_high_pct=64.84,
        grade="不合格",
        suspected_fatal=("no_private_settlement",) if suspected else (),
        provenance={
            "model": "base",
            "model_digest": "d01c" * 16,
            "asr": "faster-whisper 1.2.1",
            "beam_size": "5",
        },
    )
