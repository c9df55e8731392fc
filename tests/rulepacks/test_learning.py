"""The learned part: fitted on lines that people wrote, the same each time, and shown by its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rulepacks.test_loading import CUES, RULE, WEIGHTS, folder
from tests.support.judging import messages, reading, rule, scene, shipped_pack
from worker.detectors.learned import Learned
from worker.detectors.matching import Matcher
from worker.detectors.model import Model, grams, logistic
from worker.detectors.phrases import Phrases
from worker.detectors.reading import Reading, read
from worker.domain.errors import RuleError
from worker.domain.judgement import Category
from worker.rulepacks import load_packs
from worker.rulepacks.learning import Line, learn, lines_of, write_model

LINES = [
    *[
        Line(text, Category.THREAT, "a")
        for text in ("覚悟しておけよ。", "覚悟しろ、逃がさない。", "必ず後悔させてやる。")
    ],
    *[
        Line(text, Category.PRIVACY, "b")
        for text in ("自宅の住所を調べた。", "家の住所を知っている。", "住所を教えなさい。")
    ],
    *[Line(text, None, "c") for text in ("資料をお送りします。", "資料を確認しました。", "よろしくお願いします。")],
]


def with_model(lines: list[tuple[str, float, str]], model: Model, *rules: object) -> Reading:
    """Those lines read with the model and the rules given."""
    matcher = Matcher(rules, shipped_pack().cues)  # type: ignore[arg-type]
    return read(scene(lines), matcher, lambda parsed: True, model)


def test_pieces_of_a_sentence() -> None:
    """Pieces are one to four signs long, the ends marked; very long sentences are cut."""
    assert grams("ab") == {"^", "a", "b", "$", "^a", "ab", "b$", "^ab", "ab$", "^ab$"}
    assert max(map(len, grams("あいうえお"))) == 4
    assert len(grams("".join(map(chr, range(0x4E00, 0x4F00))))) < 4 * 202


def test_it_tells_what_it_was_taught() -> None:
    """Lines like the harassing ones get high odds and their category; unknown words nothing but the bias."""
    model = learn(LINES)
    assert model.log_odds("覚悟しておけ。") > 0 > model.log_odds("資料をお送りします。")
    assert model.category("住所を調べてやる。") is Category.PRIVACY
    assert model.category("後悔させてやる。覚悟しろ。") is Category.THREAT
    assert model.log_odds("QQQQ") < model.log_odds("覚悟しておけよ。")
    assert Model(0.5, {}, {}).log_odds("何か") == 0.5
    assert (round(logistic(0), 2), logistic(99) > 0.99) == (0.5, True)


def test_the_same_lines_give_the_same_bytes(tmp_path: Path) -> None:
    """Fitting twice writes the same file, and what is written is read again as it was."""
    for name in ("a", "b"):
        write_model(learn(LINES), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    where = folder(tmp_path / "rules")
    write_model(learn(LINES), where / "model.json")
    pack = load_packs([where])
    assert pack.model == learn(LINES)
    assert pack.digest != load_packs([folder(tmp_path / "other")]).digest


def test_lines_come_from_examples_and_the_corpus(tmp_path: Path) -> None:
    """Examples of rules on incoming mail and the corpus files, sentence by sentence where innocent; short ones are left out."""
    where = folder(
        tmp_path,
        packs__abusive_language__fool=RULE,
        **{
            "packs__abusive_language__fool.examples": "fires: [この馬鹿者が。消えろ。]\nsilent: [資料を送ります。確認しました。, はい]"
        },
        packs__abusive_language__ours=RULE.replace("fool", "ours") + "direction: out",
        **{"packs__abusive_language__ours.examples": "fires: [うちの馬鹿者です。]"},
        corpus__mine="harassing: {threat: [覚悟しておけ。後悔するぞ。]}\ninnocent: [ありがとうございました。]",
        context__speech=CUES,
        weights=WEIGHTS,
    )
    found = lines_of(load_packs([where]), [where])
    assert [(line.text, line.category, line.group) for line in found] == [
        ("この馬鹿者が。消えろ。", Category.ABUSIVE_LANGUAGE, "abusive_language.fool"),
        ("資料を送ります。", None, "abusive_language.fool"),
        ("確認しました。", None, "abusive_language.fool"),
        ("ありがとうございました。", None, "mine"),
        ("覚悟しておけ。後悔するぞ。", Category.THREAT, "mine"),
    ]


def test_deprecated_rules_teach_nothing(tmp_path: Path) -> None:
    """A rule that is not run any more is not learned from."""
    where = folder(tmp_path, packs__abusive_language__fool=RULE.replace("stable", "deprecated"))
    assert lines_of(load_packs([where]), [where]) == []


def test_a_broken_model_says_how_to_make_it_anew(tmp_path: Path) -> None:
    """A file that is no model is a fault in a sentence."""
    where = folder(tmp_path)
    (where / "model.json").write_text("{}")
    with pytest.raises(RuleError, match="'mamori learn' writes it anew"):
        load_packs([where])


LOUD = Model(0.0, {"怒": 9.0, "鳴": 9.0, "静": -9.0}, {Category.THREAT: {"怒": 1.0}, Category.PRIVACY: {"家": 1.0}})


def test_the_worst_sentences_speak_for_a_thread() -> None:
    """The worst sentence carries the finding, the next ones are companions, all with their words and a category."""
    found = list(
        Learned().examine(
            with_model([("in", 0, "怒鳴怒鳴怒鳴。鳴怒鳴怒鳴怒。家で怒鳴怒鳴る。静かな静かな一日。")], LOUD)
        )
    )
    assert [f.rule for f in found] == ["learned.thread", "learned.sentence", "learned.sentence"]
    assert {f.category for f in found} == {Category.THREAT}
    assert {f.text for f in found} == {"怒鳴怒鳴怒鳴。", "鳴怒鳴怒鳴怒。", "家で怒鳴怒鳴る。"}
    assert found[0].strength > 0.9


def test_a_rule_in_the_sentence_names_the_category() -> None:
    """Where a rule holds in the sentence, its category is taken."""
    known = rule("怒鳴", "insult_person.loud")
    [finding] = Learned().examine(with_model([("in", 0, "怒鳴怒鳴怒鳴。静かな静かな一日。")], LOUD, known))
    assert finding.category is Category.INSULT_PERSON


def test_calm_threads_damped_sentences_and_no_model_say_nothing() -> None:
    """Nothing is found below the level, in our own mail, in what is reported, or without a learned part."""
    for text in ("静かな静かな一日。", "はい。", "「怒鳴怒鳴」と言われました。"):
        assert not list(Learned().examine(with_model([("in", 0, text)], LOUD)))
    assert not list(Learned().examine(with_model([("out", 0, "怒鳴怒鳴怒鳴。")], LOUD)))
    assert not list(Learned().examine(reading([("in", 0, "怒鳴怒鳴怒鳴。")])))
    assert reading([("in", 0, "怒鳴怒鳴怒鳴。")]).tone is None


def test_a_calm_tone_lowers_a_rules_hit() -> None:
    """A hit in a thread that looks harmless counts less and says so; in a loud one it counts in full."""
    known = rule("静か")
    [calm] = Phrases().examine(with_model([("in", 0, "静かな静かな一日。")], LOUD, known))
    assert calm.damped == ("calm_tone",)
    assert calm.strength < 0.1
    [loud] = Phrases().examine(with_model([("in", 0, "静かに怒鳴怒鳴怒鳴怒鳴。")], LOUD, known))
    assert loud.damped == ()


def test_machine_headers_lower_a_hit_and_silence_the_learned_part() -> None:
    """In a mail that is automatic by its headers a hit counts half, and nothing is learned from it."""
    from dataclasses import replace

    from worker.domain.mail import Thread

    [mail] = messages([("in", 0, "怒鳴怒鳴怒鳴。")])
    mail = replace(mail, parsed=replace(mail.parsed, automatic="list"))
    base = scene([("in", 0, "x")])
    known = Matcher([rule("怒鳴")], ())
    thread = replace(base, thread=Thread("t", base.thread.counterpart, (mail,)))
    marked = read(thread, known, lambda parsed: True, LOUD)
    [finding] = Phrases().examine(marked)
    assert (finding.damped, finding.strength) == (("machine_header",), 0.5)
    assert not list(Learned().examine(marked))
