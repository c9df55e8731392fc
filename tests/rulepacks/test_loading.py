"""Rule folders read strictly: what they say, and in one sentence what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from worker.domain.errors import RuleError
from worker.domain.judgement import Category
from worker.domain.rules import CueKind, Example, Status, Strength, Window
from worker.rulepacks import Judge, lint, load_packs, try_examples
from worker.rulepacks.loader import RulePack

WEIGHTS = """
levels: {weak: 0.1, fair: 0.3, strong: 0.6, decisive: 0.9}
groups:
  words: {categories: [abusive_language], ceiling: 0.8}
detectors:
  hours.demand: {strength: fair, role: companion}
"""
RULE = """
id: abusive_language.fool
category: abusive_language
status: stable
strength: strong
why: 暴言です。
why_en: Abuse.
patterns: ['馬鹿|バカ']
"""
EXAMPLES = """
fires: [馬鹿。, バカ。, ばか。, この馬鹿, お前はバカか]
silent: [はい。, いいえ。, ええ。, うん。, 「馬鹿」と言われました。, {text: そうです。, before: 馬鹿。}]
"""
CUES = """
cues:
  - {id: reported, kind: damper, why: 引用, factor: 0.1, patterns: [と言われました]}
"""


def folder(path: Path, **files: str) -> Path:
    """A rules folder with one good rule; a keyword replaces or adds a file (``__`` is a slash), "" leaves one out."""
    written = {
        "weights": WEIGHTS,
        "packs__abusive_language__fool": RULE,
        "packs__abusive_language__fool.examples": EXAMPLES,
        "context__speech": CUES,
    } | files
    for name, text in written.items():
        if text:
            file = path / f"{name.replace('__', '/')}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(dedent(text), encoding="utf-8")
    return path


def faults(path: Path, **files: str) -> list[str]:
    """What lint says of such a folder."""
    where = folder(path, **files)
    return lint(load_packs([where]), [where])


def test_a_folder_is_read(tmp_path: Path) -> None:
    """Rules, examples, cues and weights come as written, with where each rule stands."""
    pack = load_packs([folder(tmp_path)])
    rule = pack.rule("abusive_language.fool")
    assert (rule.category, rule.status, rule.strength, rule.window) == (
        Category.ABUSIVE_LANGUAGE,
        Status.STABLE,
        Strength.STRONG,
        Window.SENTENCE,
    )
    assert pack.examples[rule.id][0] == Example("馬鹿。", True)
    assert pack.examples[rule.id][-1] == Example("そうです。", False, "馬鹿。")
    assert [(cue.id, cue.kind, cue.factor) for cue in pack.cues] == [("reported", CueKind.DAMPER, 0.1)]
    assert pack.weights.levels[Strength.FAIR] == 0.3
    assert pack.files[rule.id] == tmp_path / "packs" / "abusive_language" / "fool.yaml"


def test_an_unknown_rule_is_named(tmp_path: Path) -> None:
    """Asking for a rule that is not there says how to list them."""
    with pytest.raises(RuleError, match="no rule 'x.y'.*rules list"):
        load_packs([folder(tmp_path)]).rule("x.y")


def test_a_site_changes_weights_and_status_but_not_detection(tmp_path: Path) -> None:
    """A later folder's weights lie over earlier ones key by key, and change rules' strength and status."""
    site = tmp_path / "site"
    folder(
        site,
        weights="rules: {abusive_language.fool: {status: shadow, strength: weak}}\nthreshold: 0.7\n"
        "detectors: {volume.burst: {strength: weak}}",
        packs__abusive_language__fool="",
    )
    pack = load_packs([folder(tmp_path / "shipped"), site])
    rule = pack.rule("abusive_language.fool")
    assert (rule.status, rule.strength, rule.patterns) == (Status.SHADOW, Strength.WEAK, ("馬鹿|バカ",))
    assert (pack.weights.threshold, pack.weights.levels[Strength.WEAK]) == (0.7, 0.1)
    assert set(pack.weights.detectors) == {"hours.demand", "volume.burst"}
    other = folder(tmp_path / "other", weights="rules: {abusive_language.fool: {status: shadow}}")
    changed = load_packs([folder(tmp_path / "again"), other]).rule("abusive_language.fool")
    assert (changed.status, changed.strength) == (Status.SHADOW, Strength.STRONG)


def test_a_sites_own_rule_replaces_the_shipped_one(tmp_path: Path) -> None:
    """The same id in a later folder is the site's own rule."""
    site = folder(tmp_path / "site", packs__abusive_language__fool=RULE.replace("馬鹿|バカ", "阿呆"), weights="")
    assert load_packs([folder(tmp_path / "shipped"), site]).rule("abusive_language.fool").patterns == ("阿呆",)


def test_the_digest_follows_rules_and_weights_but_not_examples(tmp_path: Path) -> None:
    """The digest changes with a rule, a cue or a weight, and with nothing else."""
    first = load_packs([folder(tmp_path)]).digest
    assert load_packs([folder(tmp_path, **{"packs__abusive_language__fool.examples": "fires: []"})]).digest == first
    assert load_packs([folder(tmp_path, weights=WEIGHTS + "\nthreshold: 0.6")]).digest != first


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"packs__abusive_language__fool": RULE + "colour: red"}, r"fool.yaml: colour: is not a known key"),
        ({"packs__abusive_language__fool": RULE.replace("stable", "good")}, r"fool.yaml: status: Input should be"),
        ({"packs__abusive_language__fool": RULE.replace("fool", "food")}, r"id: is 'abusive_language.food'; it must"),
        (
            {"packs__abusive_language__fool": RULE.replace("category: abusive_language", "category: other")},
            "'other' is for",
        ),
        ({"packs__abusive_language__fool": "a: ["}, r"fool.yaml is not valid YAML"),
        ({"packs__abusive_language__fool": "- 1"}, r"fool.yaml: the file: Input should be"),
        ({"packs__abusive_language__fool": "# nothing"}, r"fool.yaml: id: Field required"),
        ({"packs__abusive_language__fool.examples": "fire: []"}, r"examples.yaml: fire: is not a known key"),
        ({"context__speech": CUES.replace("damper", "dampener")}, r"speech.yaml: cues.0.kind: "),
        ({"weights": WEIGHTS.replace("weak: 0.1, ", "")}, r"weights.yaml: levels: weak missing"),
        ({"weights": ""}, "no weights.yaml was found: levels: weak, fair, strong, decisive missing"),
    ],
)
def test_a_fault_names_file_and_key(tmp_path: Path, files: dict[str, str], said: str) -> None:
    """Unknown keys, wrong values, wrong ids and broken YAML are one sentence each."""
    with pytest.raises(RuleError, match=said):
        load_packs([folder(tmp_path, **files)])


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A rule that is no UTF-8 text is a fault like any other."""
    file = folder(tmp_path) / "packs" / "abusive_language" / "fool.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RuleError, match=r"fool.yaml could not be read"):
        load_packs([tmp_path])


def test_a_pattern_that_cannot_be_compiled_stops_the_judge(tmp_path: Path) -> None:
    """A judge is not made from a wrong pattern; lint is named as the way to find it."""
    with pytest.raises(RuleError, match="mamori rules lint"):
        Judge(load_packs([folder(tmp_path, packs__abusive_language__fool=RULE.replace("馬鹿|", "(?=馬鹿)"))]))


def test_good_rules_have_no_faults(tmp_path: Path) -> None:
    """Lint says nothing where there is nothing to mend; shipped or not, a folder may be left out."""
    assert faults(tmp_path, packs__abusive_language__fool=RULE.replace("馬鹿|バカ", "馬鹿.{0,12}だ")) == []
    assert lint(load_packs([tmp_path])) == []


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"packs__abusive_language__fool": RULE.replace("馬鹿|バカ", "(?=馬鹿)")},
            "patterns.0: '(?=馬鹿)' cannot be used",
        ),
        ({"packs__abusive_language__fool": RULE.replace("馬鹿|バカ", "馬鹿?|")}, "matches the empty text"),
        ({"packs__abusive_language__fool": RULE.replace("馬鹿|バカ", "馬鹿.*だ")}, "'.*' is a wide gap"),
        (
            {"packs__abusive_language__fool": RULE.replace("馬鹿|バカ", "馬鹿[^。]{0,90}だ")},
            "'[^。]{0,90}' is a wide gap",
        ),
        ({"packs__abusive_language__fool": RULE.replace("馬鹿|バカ", r"\b馬鹿")}, "beside Japanese"),
        ({"packs__abusive_language__fool": RULE.replace("馬鹿|バカ", "馬鹿!{2,}")}, "asks for a run of a sign"),
        ({"packs__abusive_language__fool": RULE + "needs: ['(']"}, "needs.0: '(' cannot be used"),
        ({"packs__abusive_language__fool": RULE + "unless: ['a.+b']"}, "unless.0: '.+' is a wide gap"),
        ({"packs__abusive_language__fool": RULE + "role: companion"}, "a companion only adds"),
        (
            {"packs__abusive_language__fool.examples": "fires: [馬鹿]\nsilent: [は, い, う, え, お]"},
            "fires: 1 examples",
        ),
        ({"packs__abusive_language__fool.examples": ""}, "has no examples; add fool.examples.yaml"),
        ({"packs__abusive_language__foul.examples": EXAMPLES}, "no rule beside these examples"),
        ({"context__speech": CUES.replace("と言われました", "と.*ました")}, "context cue reported: patterns.0"),
        ({"weights": WEIGHTS + "\nrules: {x.y: {status: shadow}}"}, "rules.x.y: there is no such rule"),
        ({"packs__abusive_language__twin": RULE.replace("fool", "twin")}, "stands in abusive_language.fool too"),
    ],
)
def test_lint_names_each_fault(tmp_path: Path, files: dict[str, str], said: str) -> None:
    """Patterns that cannot work or run wild, missing examples, strays and doubles are each said in a sentence."""
    assert any(said in fault for fault in faults(tmp_path, **files))


def test_an_experimental_rule_may_have_few_examples(tmp_path: Path) -> None:
    """Five examples each way are asked of stable rules only."""
    files = {"packs__abusive_language__fool.examples": "fires: [馬鹿]"}
    assert faults(tmp_path, packs__abusive_language__fool=RULE.replace("stable", "experimental"), **files) == []


def test_each_way_needs_its_own_examples(tmp_path: Path) -> None:
    """Enough lines that fire do not make up for lines that must be silent."""
    few = faults(tmp_path, **{"packs__abusive_language__fool.examples": "fires: [a, b, c, d, e]\nsilent: [f]"})
    assert [fault.partition("fool.yaml: ")[2] for fault in few] == ["silent: 1 examples; a stable rule needs 5."]


def trial(pack: RulePack, prefix: str = "") -> list[str]:
    """The failures of trying the pack's examples."""
    return [str(failure) for failure in try_examples(pack, Judge(pack), prefix)]


def test_examples_are_tried_with_the_context(tmp_path: Path) -> None:
    """What fires fires, what is silent or damped below half is silent, and each failure says which line."""
    assert trial(load_packs([folder(tmp_path)])) == []
    wrong = "fires: [「馬鹿」と言われました。, はい]\nsilent: [馬鹿]"
    pack = load_packs([folder(tmp_path, **{"packs__abusive_language__fool.examples": wrong})])
    assert trial(pack) == [
        "abusive_language.fool: must fire: 「馬鹿」と言われました。 (damped by in_quotes, reported)",
        "abusive_language.fool: must fire: はい",
        "abusive_language.fool: fires and must be silent: 馬鹿",
    ]
    assert trial(pack, "threat.") == []


def test_deprecated_rules_are_not_tried_nor_run(tmp_path: Path) -> None:
    """A deprecated rule finds nothing any more."""
    pack = load_packs([folder(tmp_path, packs__abusive_language__fool=RULE.replace("stable", "deprecated"))])
    assert trial(pack) == []


def test_rules_on_our_own_mail_are_tried_on_outgoing_mail(tmp_path: Path) -> None:
    """Examples of a rule for outgoing mail are read as ours."""
    assert trial(load_packs([folder(tmp_path, packs__abusive_language__fool=RULE + "direction: out")])) == []
