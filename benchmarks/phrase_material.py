"""Phrases, scripts and texts for the phrase benchmarks (our own wording; the standards are those of the shipped rubrics)."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import AsrQuality, Utterance, Word
from qa_pipeline.text.aligned import AlignedText

SCRIPTS = {
    "您好[，这里是]{company}[客户]服务中心，工号{agent_id}[很高兴](为您服务|为您效劳)，请问有什么可以帮您": [
        "您好，这里是云帆物流客户服务中心，工号三一零七，很高兴为您服务，请问有什么可以帮您",
        "您好云帆物流服务中心工号三幺零七为您效劳请问有什么可以帮您",
    ],
    "请您稍等，我[马上]为您查询一下": ["请您稍等，我马上为您查询一下", "请您稍等我为您查询一下"],
    "(感谢您的耐心等待|让您久等了)": ["感谢您的耐心等待", "让您久等了"],
    "非常抱歉给您带来[了]不便": ["非常抱歉给您带来了不便"],
    "我非常理解您的心情": ["我非常理解您的心情"],
    "请问还有其他可以帮您的吗": ["请问还有其他可以帮您的吗"],
    "感谢您的来电，祝您生活愉快，再见": ["感谢您的来电，祝您生活愉快，再见"],
    "请您稍后对我的服务做出评价": ["请您稍后对我的服务做出评价"],
    "[麻烦您]提供一下您的(运单号|订单号)和收件人电话后四位": ["麻烦您提供一下您的运单号和收件人电话后四位"],
}
SLOTS = {"company": "云帆物流", "agent_id": "3107"}
FORBIDDEN = (
    "不归我管", "这不是我的问题", "你自己看", "你去问别人", "刚才不是跟你说过了吗", "你怎么听不懂", "你懂不懂",
    "你有完没完", "你爱投诉就去投诉", "你急什么", "关我什么事", "你想怎么样", "公司就是这么规定的", "我们一直都这样",
    "电脑里就是这么显示的", "这个我管不了", "跟我没关系", "我也没办法", "你听我说完行不行", "爱找谁找谁去",
    "你冲我喊什么", "说了你也不懂", "这事你找快递员去", "我只是个接电话的",
)  # fmt: skip
SHORTEST_FORBIDDEN = ("大概", "好像", "也许", "闭嘴", "滚蛋", "骗子")
SHORT_FORBIDDEN = ("不知道", "不清楚", "没办法", "不可能", "别啰嗦", "我没空", "随便你")
WISHED = (
    "请稍等", "请稍候", "谢谢", "不客气", "对不起", "请问", "感谢您的来电", "麻烦您", "好的", "没问题",
    "我帮您查一下", "祝您生活愉快", "再见", "请您放心", "我马上为您处理", "给您添麻烦了", "感谢您的理解",
    "二十四小时内", "三个工作日", "请您核对一下", "我再重复一遍", "收件人姓名", "联系电话", "详细地址",
    "订单号是多少", "运单号", "身份核实", "请问您贵姓", "女士您好", "先生您好", "非常抱歉", "十分抱歉",
    "理解您的心情", "我已经记录下来了", "稍后给您回电", "请保持电话畅通", "还有什么可以帮您", "请对我的服务做出评价",
    "升级处理", "转接专员", "可能吧", "大概", "好像是", "应该是吧", "也许", "差不多", "投诉", "举报", "骗人", "赔偿",
    "退款", "破损", "丢件", "延误", "派送", "签收", "拒收", "改地址", "催一下", "加急", "发票", "保价", "运费",
    "到付", "网点", "快递员", "客服经理", "主管", "工单", "回访", "满意", "不满意", "态度", "太慢了", "等了很久",
    "没人接电话", "打不通", "说话算话", "给个说法", "什么时候到", "今天能到吗", "明天一定送到", "帮我看看", "查不到",
    "显示已签收",
)  # fmt: skip
ORDINARY = (
    "我这边看到您的包裹昨天晚上已经从杭州转运中心发出了", "预计明天下午会到达您当地的网点", "您方便说一下单号吗",
    "我核对一下系统里的信息", "这边显示收件地址是朝阳区建国路", "您刚才说的那个件是前天寄的对吧",
    "快件目前还在运输途中", "因为这两天下雨所以路上会慢一些", "我可以先帮您登记一个催件",
    "网点的同事会在今天之内和您联系", "如果到时候还没有收到的话您再打过来", "您是寄件人还是收件人呢",
    "这个包裹里面装的是什么东西", "外包装当时有没有破", "您有没有拍照片", "麻烦您把照片发到我们的公众号上面",
    "我们会有专门的同事来核实", "核实完以后会按照规定给您一个答复", "您看这样可以吗", "那我先把您的情况写下来",
    "您的手机号是尾号五六七八的这个吗", "好的我记一下", "那边说是放在门口的柜子里了", "取件码应该已经发到您手机上了",
    "您可以看一下短信", "要是没有短信的话我这边可以重新发送一次", "这个时间段派送的件比较多",
    "师傅一般是上午十点左右出发", "您家里下午有人吗", "那我备注一下让他下午再送", "寄到广州的话首重是十二块钱",
    "续重每公斤是五块", "您可以在小程序上面下单", "上门取件是不另外收费的", "重量以网点称的为准", "大概三天左右能到",
    "周末也是正常派送的", "我看一下后台的记录", "这一票是由他们公司代收的", "您别着急我给您看看",
    "刚才通话有点不太清楚您再说一遍", "名字是哪个字呢", "单元号和门牌号您再报一下", "我这里已经更新好了",
    "稍后系统会自动给您发一条消息", "这个件我已经标记成优先了", "他们晚上八点以后就下班了", "明天一早会有人处理",
    "我也会跟进这件事情", "您这边还需要备注什么吗",
)  # fmt: skip
QUALITY = AsrQuality(avg_logprob=-0.3, no_speech_prob=0.0, compression_ratio=1.0, temperature=0.0)


def aligned(text: str, *, char_ms: int = 220, utterance_chars: int = 24) -> AlignedText:
    """A text as one role's speech: words of one or two characters, an utterance every so many characters."""
    return AlignedText.of(utterances(text, char_ms=char_ms, utterance_chars=utterance_chars))


def utterances(text: str, *, char_ms: int = 220, utterance_chars: int = 24) -> Sequence[Utterance]:
    """The same as utterances."""
    made: list[Utterance] = []
    clock = 0
    for start in range(0, len(text), utterance_chars):
        words = []
        piece = text[start : start + utterance_chars]
        for at in range(0, len(piece), 2):
            token = piece[at : at + 2]
            end = clock + char_ms * len(token)
            words.append(Word(text=token, span=Span(start_ms=clock, end_ms=end), confidence=0.8))
            clock = end
        span = Span(start_ms=words[0].span.start_ms, end_ms=clock)
        made.append(
            Utterance(
                utterance_id=f"u{len(made)}",
                channel=0,
                speaker=None,
                span=span,
                words=tuple(words),
                asr_quality=QUALITY,
            )
        )
        clock += 400
    return made


def heard_as(heard: Sequence[tuple[str, float]], *, char_ms: int = 220) -> AlignedText:
    """Characters with their confidences as one role's speech."""
    words = tuple(
        Word(text=char, span=Span(start_ms=at * char_ms, end_ms=(at + 1) * char_ms), confidence=sure)
        for at, (char, sure) in enumerate(heard)
    )
    if not words:
        return AlignedText.of([])
    span = Span(start_ms=0, end_ms=words[-1].span.end_ms)
    said = Utterance(utterance_id="u0", channel=0, speaker=None, span=span, words=words, asr_quality=QUALITY)
    return AlignedText.of([said])
