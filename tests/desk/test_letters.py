"""Letters: drafted, worded, approved by another person, and what became of them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.desk.conftest import SignedIn, as_user
from tests.notices.desk import Matter
from tests.support import desk
from worker.notices.models import Notice
from worker.notices.services import digest_of

pytestmark = pytest.mark.django_db


def drafted(matter: Matter, language: str = "ja") -> Notice:
    """A draft made on the page."""
    data = {"template": "upshare/notice", "contact": matter.contact_id, "language": language}
    answer = as_user(matter.mori).post(reverse("notice-new", args=[matter.case.pk]), data)
    notice = Notice.objects.latest("pk")
    assert answer.headers["Location"] == reverse("notice", args=[notice.pk])
    return notice


def page_of(client: Client, notice: Notice) -> str:
    """The letter's page."""
    return client.get(reverse("notice", args=[notice.pk])).content.decode()


def act(client: Client, name: str, notice: Notice, **data: object) -> str:
    """Press a button on the letter's page; the page that comes."""
    notice.refresh_from_db()
    data = {"version": notice.version, **data}
    return client.post(reverse(name, args=[notice.pk]), data, follow=True).content.decode()


def submitted(matter: Matter) -> Notice:
    """A letter that waits for approval."""
    notice = drafted(matter)
    act(as_user(matter.mori), "notice-submit", notice)
    notice.refresh_from_db()
    return notice


@pytest.mark.parametrize(("language", "words"), [("ja", "ご通知"), ("en", "Notice")])
def test_a_draft_is_made_from_the_decided_case(language: str, words: str, decided: Matter) -> None:
    """In the language chosen, addressed to the organisation's contact, with the words of the case."""
    notice = drafted(decided, language)
    assert notice.state == "draft"
    assert notice.recipient_address == "aoki@client.example"
    page = page_of(as_user(decided.mori), notice)
    assert f'lang="{language}"' in page
    assert notice.subject in page
    assert "ただではおかない" in notice.text


def test_nobody_of_the_case_is_offered_as_addressee(decided: Matter) -> None:
    """Whoever stands in its mails is left out, the sender too; without any contact the page says where to enter one."""
    from worker.directory.models import NoticeContact

    NoticeContact.objects.update(address=desk.TANABE)
    page = as_user(decided.kondo).get(reverse("notice-new", args=[decided.case.pk])).content.decode()
    assert desk.TANABE not in page
    assert "宛先にできる方が登録されていません" in page
    assert reverse("organisation", args=[decided.organisation_id]) in page


def test_an_undecided_case_gets_no_letter(undecided: Matter) -> None:
    """The page says what comes first, and no draft is made."""
    data = {"template": "upshare/notice", "contact": undecided.contact_id, "language": "ja"}
    page = as_user(undecided.mori).post(reverse("notice-new", args=[undecided.case.pk]), data).content.decode()
    assert "先に、該当(所見)か該当(認定)の判断を記録してください" in page
    assert Notice.objects.count() == 0


def test_a_person_without_organisation_gets_no_letter(decided: Matter) -> None:
    """Letters go to organisations; the page says so."""
    from worker.cases.models import Case

    Case.objects.update(organisation=None)
    page = as_user(decided.mori).get(reverse("notice-new", args=[decided.case.pk])).content.decode()
    assert "通知の宛先がありません" in page
    assert '<form method="post">' not in page


def test_nonsense_in_the_form_makes_no_draft(decided: Matter) -> None:
    """An unknown template, contact or language is refused beside its field."""
    for wrong in ({"template": "x/y"}, {"contact": "999"}, {"language": "xx"}):
        data = {"template": "upshare/notice", "contact": decided.contact_id, "language": "ja", **wrong}
        assert as_user(decided.mori).post(reverse("notice-new", args=[decided.case.pk]), data).status_code == 200
    assert Notice.objects.count() == 0


def fields(client: Client, notice: Notice) -> dict[str, str]:
    """The fields of the wording form with their values, as a browser reads them off the page."""
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(client.get(reverse("notice-edit", args=[notice.pk])).content)
    found: dict[str, str] = {}
    for node in page.css("main form input, main form textarea"):
        name, kind = node.attributes.get("name"), node.attributes.get("type")
        if not name or name == "csrfmiddlewaretoken" or (kind == "checkbox" and "checked" not in node.attributes):
            continue
        default = "on" if kind == "checkbox" else ""
        found[name] = (node.text() if node.tag == "textarea" else node.attributes.get("value")) or default
    return found


def test_the_author_words_the_letter_and_facts_stay(decided: Matter) -> None:
    """Sentences, requests and the day can be changed, a fact left out; quotations stay as they were."""
    client, notice = as_user(decided.mori), drafted(decided)
    given = fields(client, notice)
    count = len(notice.variables["facts"])
    assert count >= 2
    del given["fact0"]
    given |= {
        "matter": "保守のお問い合わせ",
        "request": "事実をご確認ください。\n窓口をお知らせください。",
        "what1": "次の記載がありました。",
    }
    answer = client.post(reverse("notice-edit", args=[notice.pk]), given)
    assert answer.headers["Location"] == reverse("notice", args=[notice.pk])
    notice.refresh_from_db()
    assert notice.variables["request"] == ["事実をご確認ください。", "窓口をお知らせください。"]
    assert notice.variables["matter"] == "保守のお問い合わせ"
    assert len(notice.variables["facts"]) == count - 1
    assert notice.variables["facts"][0]["what"] == "次の記載がありました。"
    assert notice.variables["facts"][0]["quote"] == notice.generated["facts"][1]["quote"]


def test_sending_the_wording_back_unchanged_changes_nothing(decided: Matter) -> None:
    """What the page shows is what the letter holds."""
    client, notice = as_user(decided.mori), drafted(decided)
    assert client.post(reverse("notice-edit", args=[notice.pk]), fields(client, notice)).status_code == 302
    before = notice.variables
    notice.refresh_from_db()
    assert notice.variables == before


def test_a_fact_left_out_can_be_taken_in_again(decided: Matter) -> None:
    """The facts of the case stay on the page, ticked or not."""
    client, notice = as_user(decided.mori), drafted(decided)
    given = fields(client, notice)
    client.post(reverse("notice-edit", args=[notice.pk]), {k: v for k, v in given.items() if k != "fact0"})
    again = fields(client, notice)
    assert "fact0" not in again
    client.post(reverse("notice-edit", args=[notice.pk]), {**again, "fact0": "on"})
    notice.refresh_from_db()
    assert notice.variables["facts"] == notice.generated["facts"]


def test_a_letter_keeps_at_least_one_fact(decided: Matter) -> None:
    """A letter without facts says nothing that anybody could check."""
    client, notice = as_user(decided.mori), drafted(decided)
    given = {name: value for name, value in fields(client, notice).items() if not name.startswith("fact")}
    page = client.post(reverse("notice-edit", args=[notice.pk]), given).content.decode()
    assert "事実を一つ以上" in page


@pytest.mark.parametrize(("name", "value"), [("deadline", ""), ("deadline", "soon"), ("matter", ""), ("request", " ")])
def test_a_letter_without_what_it_needs_is_not_saved(name: str, value: str, decided: Matter) -> None:
    """The page comes back with a word beside the field."""
    client, notice = as_user(decided.mori), drafted(decided)
    answer = client.post(reverse("notice-edit", args=[notice.pk]), {**fields(client, notice), name: value})
    assert answer.status_code == 200
    assert 'class="wrong"' in answer.content.decode() or "told error" in answer.content.decode()


def test_only_the_author_words_a_letter(decided: Matter) -> None:
    """Another person is told to send it back with a reason."""
    notice = drafted(decided)
    client = as_user(decided.kondo)
    assert reverse("notice-edit", args=[notice.pk]) not in page_of(client, notice)
    answer = client.post(reverse("notice-edit", args=[notice.pk]), fields(client, notice))
    assert "作成者のMoriさんだけ" in answer.content.decode()


def test_the_author_cannot_approve_even_as_a_manager(decided: Matter) -> None:
    """No button, a sentence why, and a forged approval is refused."""
    from worker.directory.services import grant

    grant(decided.mori, "manager", desk.day("2025-01-01"))
    notice = submitted(decided)
    client = as_user(decided.mori)
    page = page_of(client, notice)
    assert reverse("notice-approve", args=[notice.pk]) not in page
    assert "承認は別の人が行います" in page
    page = act(client, "notice-approve", notice, digest=digest_of(notice))
    assert "通知の承認は、作成者とは別の人が行います" in page
    notice.refresh_from_db()
    assert notice.state == "submitted"


def test_a_reader_cannot_approve(signed_in: SignedIn, decided: Matter) -> None:
    """A person without the right is refused, too."""
    notice = submitted(decided)
    act(signed_in("reader"), "notice-approve", notice, digest=digest_of(notice))
    notice.refresh_from_db()
    assert notice.state == "submitted"


def test_another_person_approves_exactly_what_was_shown(decided: Matter) -> None:
    """The page carries the digest of what it shows; approved, the letter waits to be sent."""
    notice = submitted(decided)
    client = as_user(decided.kondo)
    page = page_of(client, notice)
    assert digest_of(notice) in page
    assert page.count("primary") == 1
    assert "承認しました" in act(client, "notice-approve", notice, digest=digest_of(notice))
    notice.refresh_from_db()
    assert (notice.state, notice.approver) == ("queued", decided.kondo)


def test_a_text_changed_meanwhile_is_not_approved(decided: Matter) -> None:
    """An old page approves nothing."""
    notice = submitted(decided)
    old = digest_of(notice)
    client = as_user(decided.mori)
    client.post(reverse("notice-edit", args=[notice.pk]), {**fields(client, notice), "matter": "別の件"})
    act(client, "notice-submit", notice)
    assert "もう一度お読みください" in act(as_user(decided.kondo), "notice-approve", notice, digest=old)
    notice.refresh_from_db()
    assert notice.state == "submitted"


def test_the_approver_sees_what_was_changed_since_the_first_draft(decided: Matter) -> None:
    """Line by line; where nothing was changed, nothing is said."""
    notice = drafted(decided)
    client = as_user(decided.mori)
    assert "最初の下書きからの変更" not in page_of(client, notice)
    client.post(reverse("notice-edit", args=[notice.pk]), {**fields(client, notice), "matter": "別の用件"})
    act(client, "notice-submit", notice)
    page = page_of(as_user(decided.kondo), notice)
    assert "最初の下書きからの変更" in page
    assert "別の用件" in page[page.index("<ins>") :]


def test_a_letter_sent_back_says_what_to_change(decided: Matter) -> None:
    """It is a draft again, with the reason in its history; without a reason it stays."""
    notice = submitted(decided)
    client = as_user(decided.kondo)
    assert "直してほしいことを書いてください" in act(client, "notice-send-back", notice, reason="")
    assert "三行目を短く" in act(client, "notice-send-back", notice, reason="三行目を短く")
    notice.refresh_from_db()
    assert notice.state == "draft"


def test_a_letter_is_withdrawn_with_a_reason(decided: Matter) -> None:
    """By its author, for good."""
    notice = submitted(decided)
    client = as_user(decided.mori)
    assert "理由を書いてください" in act(client, "notice-withdraw", notice, reason=" ")
    act(client, "notice-withdraw", notice, reason="先方と話がついたため")
    notice.refresh_from_db()
    assert notice.state == "withdrawn"
    assert '<form method="post" action="/letters' not in page_of(client, notice)


def uncertain(matter: Matter) -> Notice:
    """A letter of which nobody knows whether it left."""
    notice = submitted(matter)
    act(as_user(matter.kondo), "notice-approve", notice, digest=digest_of(notice))
    Notice.objects.filter(pk=notice.pk).update(state="uncertain", handed_at=timezone.now())
    notice.refresh_from_db()
    return notice


@pytest.mark.parametrize(("answer", "state"), [("yes", "sent"), ("no", "queued")])
def test_a_letter_in_doubt_waits_for_a_persons_word(answer: str, state: str, decided: Matter) -> None:
    """Sent, or to be sent again; how it was found out is asked for and kept."""
    notice = uncertain(decided)
    client = as_user(decided.kondo)
    assert "届きましたか" in page_of(client, notice)
    assert "どのように確かめたか" in act(client, "notice-settle", notice, was_sent=answer, note="")
    assert "先方に電話で確認" in act(client, "notice-settle", notice, was_sent=answer, note="先方に電話で確認")
    notice.refresh_from_db()
    assert notice.state == state


def test_a_letter_that_failed_is_tried_again(decided: Matter) -> None:
    """Once its cause is mended; the page shows what the server said."""
    notice = uncertain(decided)
    Notice.objects.filter(pk=notice.pk).update(state="failed", error="550 no such user")
    client = as_user(decided.kondo)
    assert "550 no such user" in page_of(client, notice)
    act(client, "notice-try-again", notice)
    notice.refresh_from_db()
    assert notice.state == "queued"


def test_a_held_letter_waits_for_its_approver(decided: Matter) -> None:
    """A new mail came; its approver reads it and lets the letter go, nobody else."""
    notice = uncertain(decided)
    Notice.objects.filter(pk=notice.pk).update(state="approved", held_since=timezone.now())
    assert reverse("notice-still-stands", args=[notice.pk]) not in page_of(
        as_user(desk.person("ueda", "manager")), notice
    )
    client = as_user(decided.kondo)
    assert reverse("notice-still-stands", args=[notice.pk]) in page_of(client, notice)
    act(client, "notice-still-stands", notice)
    notice.refresh_from_db()
    assert notice.state == "queued"


def test_the_answer_of_the_organisation_is_noted(decided: Matter) -> None:
    """So that the letter is no longer overdue."""
    notice = uncertain(decided)
    Notice.objects.filter(pk=notice.pk).update(state="sent", sent_at=timezone.now() - timedelta(days=3))
    client = as_user(decided.mori)
    assert "メールサーバーが受け取りました" in page_of(client, notice)
    assert "メールで謝意" in act(client, "notice-answered", notice, note="メールで謝意")
    notice.refresh_from_db()
    assert notice.answered_at


def test_the_outbox_lists_letters_by_what_they_wait_for(decided: Matter) -> None:
    """Those that need a person first; without any it says where a letter begins."""
    client = as_user(decided.mori)
    assert "通知はまだありません" in client.get(reverse("outbox")).content.decode()
    first, second = drafted(decided), submitted(decided)
    page = client.get(reverse("outbox")).content.decode()
    assert page.index(second.reference) < page.index(first.reference)
    assert "株式会社クライアント" in page


def test_an_unknown_letter_is_not_found(signed_in: SignedIn, decided: Matter) -> None:
    """Neither to see nor to act on."""
    client = signed_in("manager")
    assert client.get(reverse("notice", args=[99])).status_code == 404
    assert client.get(reverse("notice-edit", args=[99])).status_code == 404
    assert client.post(reverse("notice-approve", args=[99])).status_code == 404


def test_caught_mail_shows_only_where_mail_is_caught(signed_in: SignedIn) -> None:
    """Where letters really leave there is no such page; in the demo it shows them, newest first."""
    client = signed_in("reader")
    assert client.get(reverse("sent-mail")).status_code == 404
    folder = Path(settings.MAMORI.data) / "caught"
    folder.mkdir()
    try:
        assert "Nothing has been sent yet" in client.get(reverse("sent-mail")).content.decode()
        (folder / "1.eml").write_bytes(desk.raw("ご確認をお願いいたします。", subject="ご通知"))
        page = client.get(reverse("sent-mail")).content.decode()
        assert "ご通知" in page
        assert "ご確認をお願いいたします。" in page
        assert reverse("sent-mail") in client.get(reverse("outbox")).content.decode()
    finally:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
