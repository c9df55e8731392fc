"""Machine mail: known as automatic with the reason in a word, and whether a human seems to speak all the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from worker.domain.mail import Address, ParsedMail

Headers = Mapping[str, tuple[str, ...]]

HEADER_CLAIMS = frozenset(
    {"auto-submitted", "precedence", "list", "auto-reply-header", "null-return-path", "feedback-id"}
)
"""Reasons that rest on a header alone, which anybody can write: see :func:`rests_on_headers`."""

_MACHINE_LOCAL = re.compile(
    r"^(?:mailer-daemon|postmaster|no-?_?reply|do-?not-?reply|donot_?reply|bounces?|root|cron|daemon|nagios"
    r"|zabbix|prometheus"
    r"|alertmanager|alerts?|monitor(?:ing)?|notifications?|notify|system|jenkins|gitlab|backup|auto(?:mailer"
    r"|reply|-confirm)?"
    r"|mail-?magazine|newsletter|news|ship-confirm|order-update)(?:[+_.-].*)?$",
    re.IGNORECASE,
)
_BOUNCE_SUBJECT = re.compile(
    r"undeliver|delivery (?:status notification|failure|has failed|incomplete)|returned mail"
    r"|mail delivery (?:failed|system)|failure notice"
    r"|配信(?:不能|失敗|エラー|できません)|配送(?:失敗|不能)|送信エラー|未配信|退信|投递失败|系统退信",
    re.IGNORECASE,
)
_AWAY_SUBJECT = re.compile(
    r"^\s*(?:\[?(?:自動(?:返信|応答|配信)|不在(?:通知|連絡|のお知らせ|の為|のため)?|外出中|休暇中)\]?"
    r"|【(?:自動返信|自動応答|不在).{0,20}】|out of (?:the )?office"
    r"|automatic reply|auto(?:matic)?[- ]?(?:reply|response|matic reply)|autoreply|vacation|away from|自动回复"
    r"|自動回覆|réponse automatique"
    r"|abwesenheits|automatische antwort|respuesta automática)",
    re.IGNORECASE,
)
_MONITOR_SUBJECT = re.compile(
    r"^\s*(?:re:\s*)?(?:\*\* ?(?:problem|recovery|acknowledgement|flapping\w*|downtime\w*)\b|\[?(?:problem|ok"
    r"|recovered|resolved|firing(?::\d+)?|critical|warning"
    r"|alarm|alert|障害|復旧|監視|警告|検知)\]?\s*[:：\]\[-]|(?:problem|recovery|resolved|resolved in [\w ]+"
    r"|alarm|alert)\s*:|【(?:障害|復旧|監視|警告|アラート|検知|zabbix|nagios)"
    r"|cron <|logwatch for|anacron job|\w+ : *(?:security information|output of))",
    re.IGNORECASE,
)
_CALENDAR_SUBJECT = re.compile(r"\s*(?:承諾|辞退|仮承諾|accepted|declined|tentative)\s*[:：]", re.IGNORECASE)
_CRON_SUBJECT = re.compile(r"^\s*(?:cron <|anacron job|logwatch for)", re.IGNORECASE)
_TICKET_SUBJECT = re.compile(
    r"受け?付け?(?:ました|完了|番号)|受付完了|(?:has been|was) (?:received|created)|ticket (?:created|received)"
    r"|自動送信",
    re.IGNORECASE,
)
_TICKET_BODY = re.compile(
    r"このメールは(?:、)?(?:システム(?:より|から)|自動)|自動(?:送信|配信|返信)(?:され|して|の|専用)"
    r"|本メールは.{0,20}(?:自動|送信専用)|送信専用(?:の)?(?:メール)?アドレス"
    r"|this (?:is an|e-?mail (?:was|is)|message (?:was|is)) (?:an )?auto(?:matic(?:ally)?|mated)"
    r"|do not reply to this|automatically generated"
)
_MONITOR_HEADERS = (
    "x-zabbix",
    "x-nagios",
    "x-mackerel",
    "x-datadog",
    "x-pagerduty",
    "x-grafana",
    "x-prometheus",
    "x-munin",
)
_CRON_HEADERS = ("x-cron-env",)
_TICKET_HEADERS = (
    "x-rt-ticket",
    "x-redmine-host",
    "x-jira-fingerprint",
    "x-github-reason",
    "x-gitlab-notificationreason",
    "x-zendesk-",
    "x-otrs-",
)
_REPLY_HEADERS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply-from",
    "x-mail-autoreply",
    "x-vacation",
)
_BULK_HEADERS = (
    "x-campaign",
    "x-mailchimp",
    "x-mc-user",
    "x-sendgrid",
    "x-sg-eid",
    "x-mailgun-",
    "x-ses-",
    "x-csa-complaints",
)


def reason(headers: Headers, kinds: Sequence[str], sender: Address | None, subject: str, text: str) -> str:
    """Why a mail counts as automatic, in one word, or "" where a person wrote it.

    Shape (a report, a bounce, a calendar answer, monitoring) wins over mere header claims; see HEADER_CLAIMS.
    ``kinds`` are lower-case content types: that of the whole mail first, then of calendar parts with their method.
    """
    return _shape(headers, kinds, sender, subject, text) or _claim(headers)


def rests_on_headers(word: str) -> bool:
    """Whether the reason is a header's claim alone, so that a human text behind it is still to be judged."""
    return word in HEADER_CLAIMS


def _shape(headers: Headers, kinds: Sequence[str], sender: Address | None, subject: str, text: str) -> str:
    machine = _is_machine(sender)
    tests: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("report", lambda: "multipart/report" in kinds),
        ("calendar", lambda: _is_calendar_answer(headers, kinds, subject)),
        ("bounce", lambda: machine and bool(_BOUNCE_SUBJECT.search(subject))),
        ("auto-reply", lambda: bool(_AWAY_SUBJECT.search(subject)) and (_claims(headers) or len(text) < 3_000)),
        ("cron", lambda: _has(headers, _CRON_HEADERS) or bool(_CRON_SUBJECT.search(subject))),
        ("monitoring", lambda: _has(headers, _MONITOR_HEADERS)),
        (
            "monitoring",
            lambda: bool(_MONITOR_SUBJECT.search(subject)) and (machine or _claims(headers) or _is_tabular(text)),
        ),
        ("ticket", lambda: _is_ticket(headers, machine, subject, text)),
        ("newsletter", lambda: "list-unsubscribe" in headers and (machine or _has(headers, _BULK_HEADERS))),
        ("no-reply", lambda: machine and bool(_TICKET_BODY.search(text.lower()))),
    )
    return next((word for word, holds in tests if holds()), "")


def _is_machine(sender: Address | None) -> bool:
    return sender is not None and bool(_MACHINE_LOCAL.match(sender.address.partition("@")[0]))


def _is_calendar_answer(headers: Headers, kinds: Sequence[str], subject: str) -> bool:
    """Content-Class, a calendar as the whole mail, or the answer that a calendar program wrote with its part."""
    if _first(headers, "content-class") == "urn:content-classes:calendarmessage":
        return True
    if kinds[0] == "text/calendar" or "text/calendar; method=reply" in kinds:
        return True
    return "x-ms-has-attach" in headers and bool(_CALENDAR_SUBJECT.match(subject))


def _is_ticket(headers: Headers, machine: bool, subject: str, text: str) -> bool:
    if _has(headers, _TICKET_HEADERS):
        return machine or _claims(headers)
    return (machine or _claims(headers)) and bool(_TICKET_SUBJECT.search(subject))


def _is_tabular(text: str) -> bool:
    """Mostly ``key: value`` lines, as monitors write them."""
    lines = [line for line in text.splitlines() if line.strip()]
    pairs = sum(bool(_PAIR.match(line[:200])) for line in lines)
    return len(lines) >= 3 and pairs * 3 >= len(lines) * 2


def _has(headers: Headers, prefixes: tuple[str, ...]) -> bool:
    return any(name.startswith(prefixes) for name in headers)


def _first(headers: Headers, name: str) -> str:
    return next(iter(headers.get(name, ())), "").strip().lower()


def _is_discussion(headers: Headers) -> bool:
    """A list or group that people write to (a support address kept as a group, too) distributes people's words."""
    return "list-post" in headers and _first(headers, "list-post") != "no"


def _claims(headers: Headers) -> bool:
    return bool(_claim(headers))


def _claim(headers: Headers) -> str:
    """What the headers alone say. Exchange puts X-Auto-Response-Suppress on people's mail, so that says nothing."""
    submitted = _first(headers, "auto-submitted").partition(";")[0].strip()
    if submitted and submitted != "no":
        return "auto-submitted"
    if _has(headers, _REPLY_HEADERS) and _first(headers, "x-autoreply") not in ("no", "false"):
        return "auto-reply-header"
    if not _is_discussion(headers):
        if _first(headers, "precedence") in ("bulk", "list", "junk", "auto_reply", "auto-reply"):
            return "precedence"
        if "list-id" in headers or "list-unsubscribe" in headers:
            return "list"
    if [value.strip() for value in headers.get("return-path", ())] == ["<>"]:
        return "null-return-path"
    return ""


_PAIR = re.compile(r"\s*[^:：]{1,40}[:：]\s*\S")
_MACHINE_WORDS = re.compile(
    r"自動(?:的に)?(?:送信|配信|返信|応答|生成)|送信専用|不在に(?:して|なり)|不在の(?:ため|為)|休暇(?:中|を)"
    r"|出張(?:中|の)|戻り次第|配信(?:停止|解除)|メールマガジン"
    r"|配信(?:できま|不能|エラー)|配送(?:できま|不能)|受け?付け?(?:ました|いたしました|完了)"
    r"|out of (?:the )?office|on vacation|limited access to"
    r"|could not be delivered|undeliver|delivery (?:status|failed|has failed)|unsubscribe|do not reply"
    r"|automatically generated"
    r"|auto(?:matic|mated)[- ](?:reply|message|response|e-?mail)|退订|自动回复|会議(?:出席)?依頼|開催者",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(
    r"(?:様|さん|御中|殿|各位)(?:[、,\s]|$)|お世話に|お前|あんた|あなた|貴様|貴社|御社|そちら|担当者|おまえ"
    r"|てめえ|\byou(?:r|rs)?\b|\bdear\b|您|你",
    re.IGNORECASE | re.MULTILINE,
)
_DEMAND = re.compile(
    r"ください|下さい|くれ(?:ません|ないか|よ|。|！)|しろ|せよ|なさい|いつまで|どうなって|何度|ですか|ますか"
    r"|でしょうか|のか|返事|回答|連絡|謝|責任|許さ|ふざけ|いい加減"
    r"|\bplease\b|\bmust\b|\?|？|！|!|\bwant\b|\bdemand\b|请|吗",
    re.IGNORECASE,
)


def looks_human(parsed: ParsedMail) -> bool:
    """Whether a person seems to speak in a mail that counts as automatic: addressed to somebody, and asking.

    Any sign of a machine can be forged, headers and subjects alike; so the words decide, and those that bounces,
    absence notes, monitors and newsletters use speak against it.
    """
    words = parsed.own_words
    if not words or _is_tabular(words) or _MACHINE_WORDS.search(words):
        return False
    return bool(_ADDRESSED.search(words)) and bool(_DEMAND.search(words))
