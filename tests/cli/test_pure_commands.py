"""scan, show, evaluate and rules as they are called."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner, Result

from tests.test_wiring import ANSWER, ASK, THREAT, archive, corpus_case
from worker import cli, wiring
from worker.cli import scan as scan_module
from worker.resources import shipped

DOCS = shipped("rules").parent / "docs" / "formats"


@pytest.fixture(autouse=True)
def without_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run in an empty folder without settings."""
    monkeypatch.delenv("MAMORI_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)


def call(*words: str | Path) -> Result:
    """What ``mamori`` with these words does; its own faults are raised."""
    return CliRunner().invoke(cli.app, [str(word) for word in words], catch_exceptions=False)


def objects(result: Result) -> list[dict[str, Any]]:
    """The JSON lines of its output."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def corpus(path: Path, *cases: dict[str, Any]) -> Path:
    """A corpus of those cases."""
    file = path / "cases.jsonl"
    file.write_text("\n".join(json.dumps(case, ensure_ascii=False) for case in cases), encoding="utf-8")
    return file


def labelled(**changes: Any) -> dict[str, Any]:
    """A case with labels."""
    text = "ただでは済ませませんよ。"
    labels = {"flag": True, "kind": "harassment", "categories": ["threat"], "severity": "critical"}
    return corpus_case(**({"evidence": [{"mail": 4, "text": text, "category": "threat"}]} | labels | changes))


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    """The schema of a scan's lines."""
    return Draft202012Validator(json.loads((DOCS / "scan.schema.json").read_text(encoding="utf-8")))


def test_scan_prints_what_the_schema_says(tmp_path: Path, schema: Draft202012Validator) -> None:
    """Flagged threads by default, all with --all; each line is as documented, and its words stand in the mail."""
    path = archive(tmp_path / "a", ASK, ANSWER, THREAT)
    [found] = objects(call("scan", path, "--format", "jsonl"))
    schema.validate(found)
    assert (found["id"], found["mails"], found["counterpart"]) == ("0@a.example", 3, "yamada@client.example")
    texts = [piece["text"] for piece in found["evidence"] if piece["mail"] == "2@a.example"]
    assert texts
    assert all(text in THREAT.decode() for text in texts)
    assert objects(call("scan", archive(tmp_path / "b", ASK), "--format", "jsonl")) == []
    [calm] = objects(call("scan", tmp_path / "b", "--format", "jsonl", "--all", "--own", "support@sample.example"))
    schema.validate(calm)
    assert calm["flag"] is False


def test_the_samples_beside_the_schema_are_valid(schema: Draft202012Validator) -> None:
    """The documented samples are what the schema allows."""
    for line in (DOCS / "scan.sample.jsonl").read_text(encoding="utf-8").splitlines():
        schema.validate(json.loads(line))


def test_scan_of_a_corpus_prints_every_case_in_order(tmp_path: Path, schema: Draft202012Validator) -> None:
    """A corpus gives one object a case, flagged or not, without labels too; mails are numbers, the policy the case's."""
    calm = corpus_case(id="c-2", policy="skyarch")
    calm["mails"] = [calm["mails"][0] | {"body": "お世話になっております。"}]
    result = call("scan", corpus(tmp_path, corpus_case(), calm), "--format", "jsonl")
    first, second = objects(result)
    schema.validate(first)
    schema.validate(second)
    assert [(o["id"], o["flag"]) for o in (first, second)] == [("c-1", True), ("c-2", False)]
    assert {piece["mail"] for piece in first["evidence"]} == {4}
    assert {piece["clause"][0] for piece in first["evidence"]} == {"H"}
    assert result.stderr == "2 mails read, 2 threads assessed, 1 flagged.\n"
    [under, _] = objects(call("scan", tmp_path / "cases.jsonl", "--format", "jsonl", "--policy", "upshare"))
    assert {piece["clause"][0] for piece in under["evidence"]} == {"U"}


def test_scan_shows_people_a_table(tmp_path: Path) -> None:
    """Severity, counterpart, categories, words and clause; markup in a mail stays text."""
    threat = THREAT.replace("夜道".encode(), "[red]夜道".encode())
    calm = corpus(tmp_path, corpus_case(mails=[corpus_case()["mails"][0] | {"body": "はい。"}]))
    result = call("scan", archive(tmp_path / "a", threat), calm, "--all")
    assert "critical" in result.stdout
    assert "yamada@client.example" in result.stdout
    assert "U-10" in result.stdout
    assert "[red]" in result.stdout or "ただでは" in result.stdout
    assert result.stdout.count("-") > 2
    long = scan_module._short("あ" * 100)
    assert (len(long), long[-1]) == (scan_module.SHOWN_WORDS, "…")


def test_progress_is_told_to_people_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a terminal the count of mails is told now and then, on stderr."""
    tally = scan_module.Tally()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    tally.read(scan_module.EVERY)
    assert capsys.readouterr() == ("", "\r1 mails read")


def test_stopping_a_scan_says_what_it_saw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C prints the table of what was assessed, tells the counts and exits 1."""
    real = wiring.scan_corpus

    def stopped(*given: Any) -> Iterator[wiring.Assessed]:
        yield next(iter(real(*given)))
        raise KeyboardInterrupt

    monkeypatch.setattr(wiring, "scan_corpus", stopped)
    result = call("scan", corpus(tmp_path, corpus_case(), corpus_case(id="c-2")))
    assert (result.exit_code, result.stderr) == (1, "Stopped: 1 mails read, 1 threads assessed, 1 flagged.\n")
    assert "critical" in result.stdout


def test_show_prints_a_mail_a_line(tmp_path: Path) -> None:
    """Files, folders and mboxes: one object a mail with the file's name; whatever the bytes, one object."""
    path = archive(tmp_path / "a", ASK, ANSWER)
    box = tmp_path / "box"
    box.write_bytes(b"From a\n" + ASK + b"\n\nFrom b\n" + ANSWER)
    junk = tmp_path / "junk.bin"
    junk.write_bytes(bytes(range(256)))
    shown = objects(call("show", path, box, path / "0.eml", junk))
    names = [str(path / "0.eml"), str(path / "1.eml"), f"{box}#1", f"{box}#2", str(path / "0.eml"), str(junk)]
    assert [one["file"] for one in shown] == names
    assert shown[0]["from"] == {"name": "Yamada", "address": "yamada@client.example"}
    assert shown[0]["own_words"] == "質問です。"


def test_show_names_mails_of_a_maildirs_folders(tmp_path: Path) -> None:
    """A mail of a Maildir's other folder is shown with the folder."""
    for folder in ("cur", "new", ".Sent/cur", ".Sent/new"):
        (tmp_path / "m" / folder).mkdir(parents=True)
    (tmp_path / "m" / ".Sent" / "cur" / "1").write_bytes(ANSWER)
    [shown] = objects(call("show", tmp_path / "m"))
    assert shown["file"] == f"{tmp_path / 'm'}/Sent/1"


def test_evaluate_prints_figures_only(tmp_path: Path) -> None:
    """A table for people and JSON for programs; neither holds a text or an id."""
    path = corpus(tmp_path, labelled(), labelled(id="c-2", flag=False, kind="ordinary", categories=[], severity=None))
    table = call("evaluate", path).stdout
    assert table.startswith("2 cases\nflag                     P 0.500  R 1.000")
    figures = json.loads(call("evaluate", path, "--format", "json").stdout)
    assert figures["kinds"]["ordinary"] == {"cases": 1, "flagged": 1}
    assert figures["evidence"]["recall"] == 1.0
    for printed in (table, json.dumps(figures, ensure_ascii=False)):
        assert "済ませ" not in printed
        assert "c-1" not in printed


def test_rules_list_test_lint_and_explain() -> None:
    """The bench over the shipped rules: all sound, listed by id, explained."""
    assert call("rules", "lint").exit_code == 0
    tried = call("rules", "test", "violence.")
    assert tried.exit_code == 0
    assert tried.stderr.endswith("examples: 0 failures.\n")
    listed = call("rules", "list", "violence.").stdout.splitlines()
    assert listed
    assert all(line.startswith("violence.") for line in listed)
    assert "threshold" in call("rules", "explain", "ただでは済ませませんよ。").stdout


def test_rules_faults_exit_1(tmp_path: Path) -> None:
    """A site's wrong rule is named by lint and by test, and both exit 1."""
    folder = tmp_path / "site" / "packs" / "threat"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(
        "{id: threat.mine, category: threat, status: stable, strength: fair, why: w, why_en: w, patterns: ['ほげ.*']}"
    )
    (folder / "mine.examples.yaml").write_text("{fires: [ふが]}")
    Path("mamori.toml").write_text(
        '[desk]\nname = "d"\naddresses = ["d@sample.example"]\nsite = "site"\n'
        'calendar = { spans = [{ days = "Mon-Fri", from = "10:00", to = "18:00" }] }\n'
    )
    linted = call("rules", "lint")
    assert linted.exit_code == 1
    assert "mine.yaml: patterns.0: '.*' is a wide gap" in linted.stdout
    tried = call("rules", "test", "threat.mine")
    assert (tried.exit_code, tried.stdout) == (1, "threat.mine: must fire: ふが\n")
    assert tried.stderr == "1 example: 1 failure.\n"


def test_rules_coverage() -> None:
    """A line a clause for people, an object a clause for programs; all policies unless one is named."""
    rows = objects(call("rules", "coverage", "--format", "jsonl"))
    assert len(rows) == 98
    assert set(rows[0]) == {"policy", "clause", "kind", "served_by"}
    lines = call("rules", "coverage", "--policy", "upshare").stdout.splitlines()
    assert len(lines) == 39
    assert lines[0].startswith("U-1\tconduct (named)\t立場の利用\trules:")
    assert any("; to come: " in line for line in lines)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["scan", "missing.mbox"], 1, "missing.mbox could not be read: No such file or directory."),
        (["scan", "missing.jsonl"], 1, "missing.jsonl could not be read as a corpus"),
        (["scan", "x.jsonl", "--config", "none.toml"], 2, "none.toml does not exist"),
        (["scan", "http://x"], 1, "http:// is no way to reach a mailbox"),
        (["show", "missing.eml"], 1, "missing.eml does not exist."),
        (["rules", "coverage", "--policy", "none"], 1, "There is no policy 'none'"),
        (["evaluate", "unlabelled.jsonl"], 1, "case c-1 has no flag; evaluate needs labels."),
    ],
)
def test_faults_are_a_sentence(
    tmp_path: Path, words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be done is one sentence on stderr and exit 1; wrong use is exit 2."""
    corpus(tmp_path, corpus_case()).rename("unlabelled.jsonl")
    assert cli.run(lambda: cli.app(words, standalone_mode=False)) == code
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1


def test_the_pure_commands_load_no_django(tmp_path: Path) -> None:
    """scan, show, evaluate and rules load neither Django nor the queue."""
    script = (
        "import sys; from worker.cli import app\n"
        "from typer.testing import CliRunner\n"
        f"for words in {[['scan', str(archive(tmp_path / 'a', ASK)), '--all'], ['rules', 'list'], ['show', str(tmp_path / 'a')]]!r}:\n"
        "    assert CliRunner().invoke(app, words, catch_exceptions=False).exit_code == 0\n"
        "import worker.cli.evaluate\n"
        "print([name for name in ('django', 'celery', 'redis') if name in sys.modules])"
    )
    env = {"PYTHONPATH": str(shipped("rules").parent), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=env, cwd=tmp_path)
    assert done.stdout == "[]\n", done.stderr


def test_learn_writes_the_shipped_model_again(tmp_path: Path) -> None:
    """The learned part as shipped is what the shipped lines give, byte by byte."""
    result = call("learn", "-o", tmp_path / "model.json")
    assert result.exit_code == 0
    assert result.stderr.endswith(" threads.\n")
    assert (tmp_path / "model.json").read_bytes() == (shipped("rules") / "model.json").read_bytes()
