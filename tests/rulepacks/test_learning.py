"""The learned part: fitted on lines that people wrote, the same each time, and shown by its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.rulepacks.test_loading import CUES, RULE, WEIGHTS, folder
from tests.support.judging import Line as TestLine
from tests.support.judging import messages, reading, rule, scene, shipped_judge, shipped_pack
from worker.detectors.learned import learned_findings
from worker.detectors.matching import Matcher
from worker.detectors.model import BIAS, SILENT, Linear, Model, grams, logistic
from worker.detectors.phrases import Phrases
from worker.detectors.reading import Reading, read
from worker.domain.errors import RuleError
from worker.domain.judgement import Assessment, Category, Severity
from worker.domain.rules import Strength, Way
from worker.rulepacks import Judge, load_packs
from worker.rulepacks.learning import Line, labelled, learn, lines_of, write_model
from worker.rulepacks.verdict import applies

NO_RULES = replace(shipped_pack(), rules=(), model=None)
THREAT_LABELS = {
    "flag": True,
    "categories": ["threat"],
    "severity": "high",
    "evidence": [{"mail": 0, "text": "覚悟しておけ", "category": "threat"}],
}
INNOCENT_LABELS = {"flag": False, "categories": [], "severity": None}
THREADS = [
    labelled(scene([("in", 0, text)]), {**labels, "scenario": f"s{number // 2}"})
    for number, (text, labels) in enumerate(
        (text, labels)
        for pair in (
            ("覚悟しておけよ。今日は寒い。", "資料を送ります。今日は寒い。"),
            ("覚悟しておけ。", "資料を確認しました。"),
            ("必ず覚悟しておけ、後悔する。", "よろしくお願いします。"),
            ("本当に覚悟しておけ。", "資料を受け取りました。"),
        )
        for text, labels in zip(pair, (THREAT_LABELS, INNOCENT_LABELS), strict=True)
    )
]
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


def with_model(lines: Sequence[TestLine], model: Model, *rules: object) -> Reading:
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
    model = learn(NO_RULES, LINES)
    assert model.log_odds("覚悟しておけ。") > model.log_odds("資料をお送りします。")
    shares = model.shares("住所を調べてやる。")
    assert shares[Category.PRIVACY] > shares[Category.THREAT]
    assert Model({BIAS: 0.5}, {}).log_odds("何か") == 0.5
    assert Model({"demand:declined": 2.0}, {}).log_odds("何か", ["demand:declined"]) == 0.4
    assert (round(logistic(0), 2), logistic(99) > 0.99) == (0.5, True)


def test_the_same_lines_give_the_same_bytes(tmp_path: Path) -> None:
    """Fitting twice writes the same file, and what is written is read again as it was."""
    for name in ("a", "b"):
        write_model(learn(NO_RULES, LINES, THREADS), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    where = folder(tmp_path / "rules")
    write_model(learn(NO_RULES, LINES, THREADS), where / "model.json")
    pack = load_packs([where])
    assert pack.model == learn(NO_RULES, LINES, THREADS)
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


LOUD = Model(
    {"怒": 9.0, "鳴": 9.0, "静": -9.0},
    {Category.THREAT: {"怒": 1.0}, Category.PRIVACY: {BIAS: -5.0, "家": 20.0}},
    {},
    Linear({BIAS: -1.0, "tone:worst": 2.0, "mails": 0.1}),
    Linear({BIAS: 1.0, "first": 1.0}),
    {Severity.MEDIUM: Linear({BIAS: 1.0}), Severity.HIGH: Linear({BIAS: 1.0}), Severity.CRITICAL: Linear({BIAS: -3.0})},
)


def test_every_bad_sentence_is_shown_in_a_named_category() -> None:
    """Sentences over the level are findings with their words, in the category of those named that fits best."""
    lines = [("in", 0, "怒鳴怒鳴怒鳴。鳴怒鳴怒鳴怒。家で怒鳴怒鳴る。静かな静かな一日。")]
    found = list(learned_findings(with_model(lines, LOUD), [Category.THREAT, Category.PRIVACY], 1.0))
    assert {f.text: f.category for f in found} == {
        "怒鳴怒鳴怒鳴。": Category.THREAT,
        "鳴怒鳴怒鳴怒。": Category.THREAT,
        "家で怒鳴怒鳴る。": Category.PRIVACY,
    }
    assert found[0].strength > 0.9


def test_the_worst_sentence_is_shown_in_any_case() -> None:
    """Where no sentence reaches the level, the worst one stands for the thread; without a model or category none."""
    calm = [("in", 0, "静かな静かな一日。")]
    assert [f.text for f in learned_findings(with_model(calm, LOUD), [Category.THREAT], 1.0)] == ["静かな静かな一日。"]
    assert not list(learned_findings(with_model(calm, LOUD), [], 1.0))
    assert not list(learned_findings(reading(calm), [Category.THREAT], 1.0))


def test_a_rule_in_the_sentence_names_the_category() -> None:
    """Where a rule of a named category holds in the sentence, that category is taken."""
    known = rule("怒鳴", "insult_person.loud")
    marked = with_model([("in", 0, "怒鳴怒鳴怒鳴。")], LOUD, known)
    [finding] = learned_findings(marked, [Category.THREAT, Category.INSULT_PERSON], 1.0)
    assert finding.category is Category.INSULT_PERSON
    [other] = learned_findings(marked, [Category.THREAT], 1.0)
    assert other.category is Category.THREAT


def test_the_signs_of_a_sentence_tell_what_was_asked_and_answered_before() -> None:
    """A demand that comes again after a refusal bears that; the first mail bears that nobody had answered."""
    thread = [
        ("in", 0, "返金してください。"),
        ("out", 1, "返金はいたしかねます。"),
        ("in", 14, "返金してください。"),
    ]
    known = rule("返金", "money_or_favour.back")
    first, again = ([*signs] for _, _, _, signs in with_model(thread, LOUD, known).sentences())
    assert {"before:nothing", "mail:0", "demand", "r:money_or_favour", "rule:strong"} <= set(first)
    assert {"before:declined", "mail:1", "demand:declined", "demand:again", "mail:night"} <= set(again)
    weak = rule("返金", "money_or_favour.back", strength=Strength.WEAK)
    ours = rule("返金", "money_or_favour.ours", direction=Way.OUT)
    [only] = (signs for _, _, _, signs in with_model(thread[:1], LOUD, weak, ours).sentences())
    assert [sign for sign in only if sign.startswith(("r:", "rule:"))] == ["rule:weak"]


def test_the_learned_part_flags_names_and_grades() -> None:
    """Over the threshold a thread is flagged with category, severity, words and the features that told most."""
    picky = replace(LOUD, naming=Linear({BIAS: -2.0, "first": 1.0, "relative": 3.0}))
    said = judged([("in", 0, "怒鳴怒鳴怒鳴。")], picky)
    assert (said.flag, said.severity, said.categories) == (True, Severity.HIGH, (Category.THREAT,))
    assert [evidence.finding.text for evidence in said.evidence] == ["怒鳴怒鳴怒鳴。"]
    assert any(line.startswith("learned tone:worst adds +") for line in said.weighing)
    assert said.weighing[-1].endswith("≥ threshold 0.50")


def test_the_best_category_is_named_where_none_is_likely() -> None:
    """A flagged thread has a category, and is low where no severity is reached."""
    unsure = replace(LOUD, naming=Linear({BIAS: -9.0, "relative": 0.1}), severity={})
    said = judged([("in", 0, "怒鳴怒鳴怒鳴。")], unsure)
    assert (said.categories, said.severity) == ((Category.THREAT,), Severity.LOW)


def test_a_calm_thread_is_not_flagged_whatever_a_rule_finds() -> None:
    """Under the threshold nothing is flagged or shown."""
    said = judged([("in", 0, "静かな静かな一日。")], LOUD)
    assert (said.flag, said.severity, said.categories, said.evidence) == (False, None, (), ())
    assert said.score < 0.5


def test_certain_rules_flag_where_the_learned_part_only_doubts() -> None:
    """What rules are certain of is flagged though the learned part is just below its threshold, not where it is sure."""
    known = Judge(replace(NO_RULES, rules=(rule("雑", strength=Strength.DECISIVE),)))
    thread = scene([("in", 0, "雑な雑な一日。"), ("in", 1, "雑な雑な二日。")])
    for odds, flag in ((-0.8, True), (-4.0, False)):
        said = known.with_model(replace(LOUD, thread=Linear({BIAS: odds}))).assess(thread)
        assert said.flag is flag


def test_without_own_words_or_against_our_own_people_the_rules_judge_alone() -> None:
    """The learned part knows the counterpart's sentences only."""
    only_ours = with_model([("out", 0, "怒鳴怒鳴怒鳴。")], LOUD)
    judge = Judge(shipped_pack())
    assert not applies(only_ours, judge.ruled(only_ours))
    insulted = scene([("in", 0, "資料を送ってください。"), ("out", 1, "お前は馬鹿か。死ね。")])
    assert shipped_judge().assess(insulted).evidence[0].finding.detector == "own_staff"


def judged(lines: Sequence[TestLine], model: Model) -> Assessment:
    """What a judge without rules and with ``model`` says."""
    return Judge(replace(NO_RULES, model=model)).assess(scene(lines))


def test_labels_become_a_thread_to_learn_from() -> None:
    """Categories, severity and evidence are read; what is missing of author and scenario is empty."""
    thread = labelled(scene([("in", 0, "覚悟しておけ。")]), THREAT_LABELS)
    assert thread.evidence == (("0", "覚悟しておけ", Category.THREAT),)
    assert (thread.flag, thread.severity, thread.author) == (True, Severity.HIGH, "")
    with pytest.raises(KeyError):
        labelled(thread.scene, {})


def test_threads_teach_flag_categories_and_severity() -> None:
    """A model of threads flags one like those it has seen and leaves an innocent one alone."""
    model = learn(NO_RULES, LINES, THREADS)
    assert set(model.severity) == {Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL}
    bad = judged([("in", 0, "覚悟しておけ。必ず後悔させてやる。")], model)
    good = judged([("in", 0, "資料をお送りします。よろしくお願いします。")], model)
    assert bad.score > good.score
    assert Category.THREAT in bad.categories


def test_innocent_threads_alone_teach_no_verdict() -> None:
    """Without a harassing thread only sentences are learned."""
    assert learn(NO_RULES, LINES, THREADS[1::2]).thread == SILENT


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
    assert marked.suspects == ()
