"""The same demand again after it was answered, and the ledger of it."""

from __future__ import annotations

from tests.support.judging import messages, reading
from worker.detectors.repetition import Repetition, ledger
from worker.domain.judgement import Category

REFUND = [
    ("in", 0, "料金を全額返金してください。"),
    ("out", 2, "ご返金には応じかねます。"),
    ("in", 20, "払い戻しをお願いします。納得できません。"),
    ("out", 22, "先日ご案内したとおりです。"),
    ("in", 40, "お金を返してください。返金はいつですか。"),
]


def test_a_demand_in_other_words_after_a_refusal_is_repeated() -> None:
    """Each time after the settling answer is a finding with the count in words; the strength grows with the count."""
    findings = list(Repetition().examine(reading(REFUND)))
    assert [(f.message, f.category, f.rule, f.strength) for f in findings] == [
        ("2", Category.REPETITION, "repetition.answered", 0.85),
        ("4", Category.REPETITION, "repetition.answered", 0.85),
    ]
    assert findings[0].text == "払い戻しをお願いします。"
    assert findings[0].fact == "同じ要求の3回目です。回答の後に2回繰り返されています。"


def test_the_ledger_names_each_time_and_its_answer() -> None:
    """n-th time, when, which words, and when and what we answered; no answer is None."""
    entries = ledger(reading(REFUND))
    assert [(e.number, e.message, e.text, e.answer) for e in entries] == [
        (1, "0", "料金を全額返金してください。", "ご返金には応じかねます。"),
        (2, "2", "払い戻しをお願いします。", "先日ご案内したとおりです。"),
        (3, "4", "お金を返してください。", ""),
    ]
    assert entries[0].answered_at == reading(REFUND).mails[1].message.at
    assert entries[2].answered_at is None


def test_an_answer_without_words_of_its_own_is_still_an_answer() -> None:
    """The ledger knows that something was answered where no sentence of it settles the matter, or it has no text."""
    lines = [
        *REFUND[:2],
        ("in", 3, "返金してください。"),
        ("out", 4, "確認します。"),
        ("in", 5, "返金は？"),
        ("out", 6, ""),
    ]
    entries = ledger(reading(lines))
    assert [entry.answer for entry in entries] == ["ご返金には応じかねます。", "確認します。", ""]
    assert all(entry.answered_at for entry in entries)


def test_reminders_while_nobody_answered_do_not_count() -> None:
    """Asking three times without an answer, or with one that settles nothing, is no repetition."""
    asked = [("in", 48 * n, "返金してください。") for n in range(3)]
    assert not list(Repetition().examine(reading(asked)))
    assert not list(Repetition().examine(reading([*asked[:1], ("out", 1, "確認いたします。"), *asked[1:]])))
    assert ledger(reading(asked)) == ()


def test_one_refusal_and_one_more_try_is_weak() -> None:
    """Asking once more after a refusal is a weak sign only."""
    [finding] = Repetition().examine(reading(REFUND[:3]))
    assert finding.strength == 0.4


def test_the_same_mail_again_after_a_refusal_is_repeated() -> None:
    """A mail sent again nearly word by word after a refusal counts, whatever it asks."""
    text = "サーバーの件ですが、こちらの言い分を認めるまで引き下がりません。よろしく。"
    lines = [("in", 0, text), ("out", 2, "お受けできません。"), ("in", 4, text), ("in", 6, text + "！")]
    [first, second] = Repetition().examine(reading(lines))
    assert (first.rule, first.message, second.message) == ("repetition.copied", "2", "3")


def test_orders_that_come_every_month_are_not_repetition() -> None:
    """The same order again, never refused, is daily business."""
    text = "お世話になっております。今月もアカウントの追加をお願いいたします。以上です。"
    lines = [line for n in range(3) for line in (("in", 700 * n, text), ("out", 700 * n + 2, "完了しました。"))]
    assert not list(Repetition().examine(reading(lines)))


def test_other_threads_of_the_counterpart_count() -> None:
    """A demand refused in an earlier thread and made again in a new one is repeated; old mails get no finding."""
    earlier = messages(REFUND[:4], hours_after=-200, prefix="h")
    here = reading([("in", 0, "返金の件です。返金してください。")], history=earlier)
    [finding] = Repetition().examine(here)
    assert (finding.message, finding.strength) == ("0", 0.85)
    assert [entry.message for entry in ledger(here)] == ["h0", "h2", "0"]


def test_nothing_came_in() -> None:
    """A thread of our own mails alone repeats no demand."""
    assert not list(Repetition().examine(reading([("out", 0, "できかねます。")])))


def test_the_same_mail_again_before_any_refusal_is_none() -> None:
    """A copy sent before the refusal came is a reminder."""
    text = "サーバーの件ですが、こちらの言い分を認めるまで引き下がりません。よろしく。"
    lines = [
        ("in", 0, text),
        ("in", 2, text),
        ("out", 4, "お受けできません。"),
        ("in", 5, "まったく別の短くはない話をいたします。よろしくお願いします。"),
    ]
    assert not list(Repetition().examine(reading(lines)))


def test_the_same_mail_again_after_a_refusal_of_something_else_is_none() -> None:
    """A refusal that came before the first of the copies settles nothing that they ask."""
    text = "サーバーの件ですが、こちらの言い分を認めるまで引き下がりません。よろしく。"
    assert not list(Repetition().examine(reading([("out", 0, "お受けできません。"), ("in", 2, text), ("in", 4, text)])))
