"""The desk's own words for categories, severities and states, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Label = str | Promise

CATEGORIES: Final[Mapping[str, Label]] = {
    "violence": _("Violence"),
    "threat": _("Threat"),
    "threat_to_company": _("Threat to the company"),
    "abusive_language": _("Abusive language"),
    "insult_person": _("Insult to a person"),
    "insult_company": _("Insult to the company"),
    "personality_denial": _("Denial of someone's worth"),
    "discrimination": _("Discrimination"),
    "appearance": _("Remarks on looks"),
    "position_abuse": _("Abuse of position"),
    "harsh_reprimand": _("Harsh reprimand"),
    "excessive_scope": _("Demand beyond the contract"),
    "unjustified_apology": _("Unjustified apology or damages"),
    "money_or_favour": _("Money or favours demanded"),
    "unreasonable_discount": _("Unreasonable discount"),
    "free_or_rush_work": _("Free or rush work"),
    "hidden_subcontract": _("Hidden subcontracting"),
    "summons": _("Summons"),
    "staff_change": _("Change of person demanded"),
    "long_restraint": _("Long restraint"),
    "off_hours": _("Off-hours demand"),
    "repetition": _("Repeated demand"),
    "non_constructive": _("Refusal of all reason"),
    "privacy": _("Intrusion on private life"),
    "sexual": _("Sexual words or advances"),
    "childcare_or_care": _("Remarks on childcare or care"),
    "defamation": _("Defamation"),
    "other": _("Other"),
}

SEVERITIES: Final[Mapping[str, Label]] = {
    "critical": _("Critical"),
    "high": _("High"),
    "medium": _("Medium"),
    "low": _("Low"),
}

SHAPES: Final[Mapping[str, str]] = {"critical": "●", "high": "▲", "medium": "■", "low": "○"}

CASE_STATES: Final[Mapping[str, Label]] = {
    "review": _("To review"),
    "in_hand": _("In hand"),
    "closed": _("Closed"),
}

CONCLUSIONS: Final[Mapping[str, Label]] = {
    "none": _("Not harassment"),
    "appears": _("Harassment (appears)"),
    "recognised": _("Harassment (recognised)"),
}

DISMISSALS: Final[Mapping[str, Label]] = {
    "legitimate_complaint": _("A legitimate complaint"),
    "machine": _("Sent by a machine"),
    "trade_words": _("Words of the trade"),
    "about_harassment": _("It only speaks about harassment"),
    "misread": _("Misread by the rules"),
}

ANSWERS: Final[Mapping[str, Label]] = {"yes": _("Yes"), "no": _("No"), "unclear": _("Unclear")}

CHANNELS: Final[Mapping[str, Label]] = {
    "telephone": _("Telephone"),
    "counter": _("At the counter or a visit"),
    "chat": _("Chat"),
    "social_media": _("Social media"),
    "third_person": _("Told by a third person"),
}

NOTICE_STATES: Final[Mapping[str, Label]] = {
    "draft": _("Draft"),
    "submitted": _("Waiting for approval"),
    "approved": _("Approved"),
    "queued": _("Waiting to be sent"),
    "sending": _("Being sent"),
    "sent": _("Sent"),
    "failed": _("Sending failed"),
    "uncertain": _("Uncertain whether it left"),
    "withdrawn": _("Withdrawn"),
}

NOTICE_ACTIONS: Final[Mapping[str, Label]] = {
    "draft": _("Drafted"),
    "edit": _("Text changed"),
    "submit": _("Approval asked for"),
    "send_back": _("Sent back"),
    "approve": _("Approved by the second person"),
    "withdraw": _("Withdrawn"),
    "sent": _("Sent"),
    "failed": _("Sending failed"),
    "uncertain": _("Uncertain whether it left"),
    "retry": _("Will be tried again"),
    "settle": _("Settled by a person"),
}

ROLES: Final[Mapping[str, Label]] = {
    "reader": _("Reader"),
    "desk": _("Desk"),
    "manager": _("Manager"),
    "executive": _("Executive"),
    "account_owner": _("Account owner"),
    "consultation": _("Consultation desk"),
    "administrator": _("Administrator"),
    "auditor": _("Auditor"),
}

ORGANISATION_KINDS: Final[Mapping[str, Label]] = {
    "client": _("Client"),
    "partner": _("Partner"),
    "supplier": _("Supplier"),
}

CLAUSE_KINDS: Final[Mapping[str, Label]] = {
    "conduct": _("Conduct"),
    "measure": _("Measure"),
    "contact": _("Contact"),
    "duty": _("Duty"),
}

LANGUAGES: Final[Mapping[str, str]] = {"ja": "日本語", "en": "English", "zh": "中文"}

AUTHORSHIP: Final[Mapping[str, Label]] = {
    "known": _("Sender checked"),
    "unchecked": _("Sender not checked"),
    "doubted": _("Sender doubtful"),
    "confirmed": _("Sender confirmed by a person"),
}
