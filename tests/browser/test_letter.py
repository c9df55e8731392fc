"""From a flagged case to one letter: two people at the desk, as they would use it."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default

import pytest

from tests.browser.conftest import Seat, SeatMaker
from tests.notices.desk import Matter
from tests.support.smtp_sink import SmtpSink
from worker.channels.smtp import SmtpChannel
from worker.domain.clock import now

pytestmark = [pytest.mark.live("chromium"), pytest.mark.django_db(transaction=True)]

GROUND = "二度お答えした後に、同じ要求と脅しの言葉がありました。"
FORGE = """token => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = location.pathname + "/approve";
  for (const [name, value] of Object.entries(token)) {
    const input = document.createElement("input");
    [input.name, input.value] = [name, value];
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}"""


def decide(at: Seat) -> None:
    """Answer the three questions on the open case and record that it appears to be harassment."""
    page = at.page
    page.click("a.button:has-text('判断する')")
    page.check("[name=demand_reasonable][value=no]")
    page.check("[name=manner_acceptable][value=no]")
    page.check("[name=environment_harmed][value=yes]")
    page.check("[name=accommodation_checked]")
    page.check("[name=conclusion][value=appears]")
    page.click("text=そのほかの行為の条項")
    page.check("[name=clauses][value='U-10']")
    page.fill("[name=ground]", GROUND)
    page.click("button:has-text('判断を記録する')")
    page.wait_for_selector("text=該当(所見)")


def test_a_case_is_decided_and_one_letter_leaves_when_another_person_approves(
    seat: SeatMaker, matter: Matter, sink: SmtpSink
) -> None:
    """Mori decides and drafts, cannot approve it herself, Kondo approves, and exactly one letter arrives."""
    from worker.directory.services import grant
    from worker.notices.models import Notice
    from worker.notices.services import Outbox, deliver

    grant(matter.mori, "manager", matter.mori.date_joined.date())
    mori = seat(locale="ja-JP")
    mori.sign_in("mori")
    mori.page.click(".index .what")
    assert GROUND not in mori.text()
    decide(mori)
    mori.page.click("text=通知を下書きする")
    mori.page.click("button:has-text('下書きを作る')")
    mori.page.wait_for_selector(".letter-sheet")
    mori.page.click("button:has-text('承認を依頼')")
    assert "承認は別の人が行います" in mori.text()
    assert mori.page.locator("button", has_text="承認する").count() == 0
    letter = mori.page.url
    token = mori.page.input_value("form[action$=withdraw] [name=csrfmiddlewaretoken]")
    digest = digest_of_letter()
    mori.page.evaluate(FORGE, {"csrfmiddlewaretoken": token, "digest": digest})
    mori.page.wait_for_selector("text=通知の承認は、作成者とは別の人が行います")
    assert Notice.objects.get().state == "submitted"
    mori.sign_out()

    kondo = seat(locale="ja-JP")
    kondo.sign_in("kondo")
    kondo.page.click("nav >> text=通知")
    kondo.page.click(".index .what")
    assert kondo.page.url == letter
    assert "ただではおかない" in kondo.text()
    kondo.page.click("button:has-text('承認する')")
    kondo.page.wait_for_selector("text=承認しました")

    channel = SmtpChannel(sink.url(), "", allow_plaintext=True)
    outbox = Outbox(channel, "株式会社サンプル <support@sample.example>", "support@sample.example")
    notice = Notice.objects.get()
    for _again in range(2):
        deliver(notice.pk, outbox, now())
    (received,) = sink.mails
    mail = message_from_bytes(received.raw, policy=default)
    body = mail.get_body(("plain",))
    assert body is not None
    assert received.recipients == ("aoki@client.example",)
    assert "ただではおかない" in body.get_content()
    assert notice.reference in body.get_content()
    assert "support@sample.example" in body.get_content()
    kondo.page.reload()
    assert "送信済み" in kondo.text()
    assert mori.complaints == []
    assert kondo.complaints == []


def digest_of_letter() -> str:
    """What an approver's page would carry."""
    from worker.notices.models import Notice
    from worker.notices.services import digest_of

    return digest_of(Notice.objects.get())
