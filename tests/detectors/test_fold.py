"""Folding makes one spelling of many and always knows the way back."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from worker.detectors.fold import fold

MESSY = (
    "ｶﾞｯﾂﾘ ㈱ Ⅲ ﾊﾟ Ｋill ~〜～—―ー！！？？ wwwww 笑笑 …‥... \u200b\ufeff\u00ad \t\r\n\n「あ。い！」と f u c k "
    "Mr. X. Yes. é e\u0301 か\u3099 ß İ 𠮟 👍🏽"
)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ﾌｻﾞｹﾙﾅ", "ふざけるな"),
        ("ふざけんなァァ！！！！", "ふざけんなぁぁ!"),
        ("ＫＩＬＬ", "kill"),
        ("サ ー バ ー", "さーばー"),
        ("す〜ご〜い～～", "すーごーいー"),
        ("た\u200bだ\ufeffで", "ただで"),
        ("か\u3099んばれ", "がんばれ"),
        ("今から 行く よ", "今から行くよ"),
        ("24 時間 ok", "24時間ok"),
        ("you are   here", "you are here"),
        ("f u c k you", "fuck you"),
        ("don’t “go”", 'don\'t "go"'),
        ("本当に？！？！", "本当に?"),
        ("うん・・・そう……", "うん…そう…"),
        ("wwwwww", "w"),
    ],
)
def test_one_spelling_for_many(written: str, folded: str) -> None:
    """Width, case, kana, long vowels, runs of signs, invisible signs and spacing tricks are folded away."""
    assert fold(written).text == folded


@pytest.mark.parametrize(
    ("written", "sentences"),
    [
        ("お世話になります。困っています！至急です", ["お世話になります。", "困っています!", "至急です"]),
        ("長い文は途中で\n折り返されます。", ["長い文は途中で折り返されます。"]),
        ("お願いします\n次の件です", ["お願いします", "次の件です"]),
        ("一つ目\n・二つ目\n1. 三つ目", ["一つ目", "・二つ目", "1.三つ目"]),
        ("一段落\n\n二段落", ["一段落", "二段落"]),
        ("「死ね。終わりだ。」と言われました。次です。", ["「死ね。終わりだ。」と言われました。", "次です。"]),
        ("「もういい。」次です。", ["「もういい。」次です。"]),
        ("Ask Mr. Smith. Then call.", ["ask mr. smith.", "then call."]),
        ("See http://a.example/?x=1 now", ["see http://a.example/?x=1 now"]),
        ("", []),
    ],
)
def test_sentences(written: str, sentences: list[str]) -> None:
    """Sentences end at their signs, blank lines, bullets and final forms; wraps and quoted sentences do not end one."""
    folded = fold(written)
    assert [folded.text[start:end] for start, end in folded.sentences] == sentences


def test_a_very_long_sentence_is_cut_behind_a_comma() -> None:
    """No sentence is longer than the longest; it is cut behind a comma where there is one, anywhere else."""
    folded = fold("あ" * 200 + "、" + "い" * 100 + "、う" + "え" * 300)
    assert [end - start for start, end in folded.sentences] == [201, 280, 122]


def test_the_way_back_names_the_original_signs() -> None:
    """A folded stretch points to the very signs that it was made of, whatever stood between them."""
    text = "はい。\nただで\n は 済まな\u200bいﾅｧ！！"
    folded = fold(text)
    start = folded.text.index("ただでは")
    first, last = folded.original(start, len(folded.text))
    assert text[first:last] == "ただで\n は 済まな\u200bいﾅｧ！"


def test_only_the_stretches_that_are_asked_for_are_folded() -> None:
    """Words outside the stretches are not there; positions are those of the text; stretches never run together."""
    text = "> 引用です\n本文ﾃﾞｽ\n> また\n末尾"
    folded = fold(text, [(7, 12), (18, 20)])
    assert [folded.sentence(n) for n in range(len(folded.sentences))] == ["本文です", "末尾"]
    assert [text[slice(*folded.original(*span))] for span in folded.sentences] == ["本文ﾃﾞｽ", "末尾"]


def test_a_position_names_its_sentence() -> None:
    """Every position of the folded text lies in one sentence."""
    folded = fold("一。二。三。")
    assert [folded.sentence_at(position) for position in range(len(folded.text))] == [0, 0, 0, 1, 1, 1, 2, 2]


@given(st.text(alphabet=st.one_of(st.sampled_from(MESSY), st.characters()), max_size=60))
@example("?\xad{")
@example("?!:")
def test_the_way_back_exists_for_any_text(text: str) -> None:
    """Whatever the text, every folded sign has a place in it, in order, and folding raises nothing."""
    folded = fold(text)
    places = [folded.original(at, at + 1) for at in range(len(folded.text))]
    assert all(0 <= start <= end <= len(text) for start, end in places)
    assert [start for start, _ in places] == sorted(start for start, _ in places)
