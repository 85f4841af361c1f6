"""How far two syllables are apart, in hundredths: 0 the same sound, 130 nothing in common.

The sound is all that survives a recogniser's mistake, so the distance is built from what Mandarin speakers and
listeners confuse:

* the fuzzy pairs that every Chinese input method offers (zh/z ch/c sh/s, n/l, f/h, r/l, k/g, an/ang, en/eng, in/ing,
  ian/iang, uan/uang): dialect habits of whole regions (flat and retroflex initials in the south, n/l in
  Sichuan, Hunan, Nanjing; f/h in Fujian and Hunan), cheapest;
* pairs that differ in one articulatory feature: aspiration (b/p d/t g/k j/q z/c zh/ch), manner at one place (z/s, zh/sh),
  rounding (i/ü, ie/üe, ian/üan, in/ün: Yunnan, Hakka), a medial or final glide (an/uan, ei/uei, e/uo);
  the feature view is that of DIMSIM (Li, Danilevsky, Noeman, Li: CoNLL 2018), whose learned plane puts the same pairs close;
* tones: recognisers and dialects confuse them most, so a wrong tone costs 4, neutral against full 2, 2nd against 3rd 2.

An unlisted initial costs 60 and an unlisted final 70, together 130: more than a missing syllable, because a quite different
sound is rather another word than a mistake. Checked on 30 human recordings with Whisper base: 43 of 44 substitutions in
clean speech and 47 of 65 in the telephone band are at most 34 by these tables (``NEAR``); with loud noise 44 of 115.
Different digits or letters are never alike: figures are facts, and 1 (yī) must not pass for 7 (qī) because they rhyme;
a figure for a word that sounds like it costs 10 more.
"""

from __future__ import annotations

from functools import lru_cache

from qa_pipeline.text.pinyin import Syllable, readings

FAR = 130
OTHER_INITIAL, OTHER_FINAL = 60, 70
FIGURE_FOR_WORD = 10
WRONG_TONE, NEUTRAL_TONE, TONE_2_3 = 4, 2, 2

_INITIAL_PAIRS = {
    8: "zh-z ch-c sh-s",
    12: "n-l",
    18: "f-h r-l",
    25: "b-p d-t g-k j-q z-c zh-ch x-s x-sh j-z j-zh q-c q-ch zh-c z-ch",
    30: "z-s c-s zh-sh ch-sh q-x n-m r-sh r-zh k-h h- r- m-",
    35: "j-x b-m g-h l-d n-d n-r d-z w-m t-c g-j k-q h-x n- l- zh-s z-sh c-sh g-",
}
_FINAL_PAIRS = {
    6: "in-ing en-eng",
    10: "an-ang ian-iang uan-uang o-uo",
    15: "an-uan ang-uang a-ua uen-ong eng-ong ueng-ong vn-iong ih-i i-v ie-ve ian-van in-vn uei-ei uen-en ueng-eng "
    "e-ih",
    20: "ou-uo e-uo e-o ai-uai i-ih ou-o uan-van ian-in iang-ing i-in v-vn v-u vn-uen",
    25: "i-ei ai-ei ao-ou a-ia e-ei en-an in-en ing-eng in-uen ian-an iang-ang ie-e ie-ei iao-ao iao-iou iou-ou ian-ie "
    "ai-an ang-ao u-ou u-uo u-o uei-ei ei-en e-en a-an a-ang a-e u-ong uang-ong ao-uo ve-uo van-vn iong-ong i-ing e-a "
    "in-ian i-ie v-iou ai-e uai-uei uan-uen ih-en",
    35: "i-e ie-ian ia-ian ia-ie ao-o ang-ong ang-eng an-eng uen-uan uo-u uei-i ei-uo iou-ong ia-iang ua-uo u-e ih-e",
}


def _pairs(table: dict[int, str]) -> dict[tuple[str, str], int]:
    costs: dict[tuple[str, str], int] = {}
    for cost, pairs in table.items():
        for pair in pairs.split():
            a, _, b = pair.partition("-")
            costs.setdefault((a, b), cost)
            costs.setdefault((b, a), cost)
    return costs


INITIAL_COSTS = _pairs(_INITIAL_PAIRS)
FINAL_COSTS = _pairs(_FINAL_PAIRS)


def syllable_distance(a: Syllable, b: Syllable) -> int:
    """Hundredths between two syllables; symmetric, 0 only for equal ones."""
    costs = initial_distance(a.initial, b.initial) + final_distance(a.final, b.final)
    return min(FAR, costs + tone_distance(a.tone, b.tone))


def initial_distance(a: str, b: str) -> int:
    """Hundredths between two initials ("" where there is none)."""
    return 0 if a == b else INITIAL_COSTS.get((a, b), OTHER_INITIAL)


def final_distance(a: str, b: str) -> int:
    """Hundredths between two finals; a sign without a sound (``=x``) is far from everything."""
    if a == b:
        return 0
    return FAR if "=" in a + b else FINAL_COSTS.get((a, b), OTHER_FINAL)


def tone_distance(a: int, b: int) -> int:
    """Hundredths between two tones."""
    if a == b:
        return 0
    if 5 in (a, b):
        return NEUTRAL_TONE
    return TONE_2_3 if {a, b} == {2, 3} else WRONG_TONE


@lru_cache(maxsize=1 << 16)
def char_distance(a: str, b: str) -> int:
    """Hundredths between two normalised characters: the least over all their readings."""
    if a != b and is_symbol(a) and is_symbol(b):
        return FAR
    least = min(syllable_distance(x, y) for x in readings(a) for y in readings(b))
    return least if is_symbol(a) == is_symbol(b) else min(FAR, least + FIGURE_FOR_WORD)


def is_symbol(char: str) -> bool:
    """Digits and Latin letters: what is written so was heard so, and two different ones are never alike."""
    return char.isascii()
