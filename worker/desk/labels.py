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

#: What each state of a letter means, and what comes next.
LETTER_MEANINGS: Final[Mapping[str, Label]] = {
    "draft": _("Nobody but us has seen it. Read it through, change it, and ask another person to approve it."),
    "submitted": _("Another person reads it and approves it or sends it back."),
    "approved": _("The other side has written since the approval. The approver reads that first."),
    "queued": _("It leaves by itself within a minute, once."),
    "sending": _("It is being handed to the mail server."),
    "sent": _("The mail server took it."),
    "failed": _("The mail server did not take it; nothing has left. Mend the cause, then let it try again."),
    "uncertain": _(
        "The connection broke after the text was handed over. It may have left, and is never sent again by itself."
    ),
    "withdrawn": _("It was given up and does not leave."),
}

NOTICE_ACTIONS: Final[Mapping[str, Label]] = {
    "drafted": _("Drafted"),
    "edited": _("Reworded"),
    "submitted": _("Approval asked for"),
    "sent_back": _("Sent back"),
    "approved": _("Approved"),
    "queued": _("Waiting to be sent"),
    "requeued": _("Waiting to be sent again"),
    "still_stands": _("Still stands"),
    "held": _("Held, because a new mail came"),
    "lapsed": _("Approval lapsed"),
    "withdrawn": _("Withdrawn"),
    "sent": _("Sent"),
    "found": _("Found in the Sent folder"),
    "failed": _("Sending failed"),
    "put_off": _("Will be tried again later"),
    "uncertain": _("Uncertain whether it left"),
    "settled_sent": _("A person says it was sent"),
    "settled_again": _("A person says it was not sent"),
    "copy_kept": _("Copy put into the Sent folder"),
    "answered": _("The organisation has answered"),
}

RECIPIENT_STATES: Final[Mapping[str, Label]] = {
    "waiting": _("waiting"),
    "accepted": _("taken by the mail server"),
    "refused": _("refused by the mail server"),
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

DETECTED_EN: Final[Mapping[str, str]] = {
    "hours.demand": "Asks for work outside the hours of service.",
    "hours.nights": "Demands outside the hours of service went on for days.",
    "hours.pressure": "Words of pressure, sent outside the hours of service.",
    "repetition.answered": "A demand that was answered came again; the ledger counts.",
    "repetition.copied": "A text that was answered came again nearly word for word; the ledger counts.",
    "volume.burst": "Many mails in a short time.",
    "escalation.rising": "Blame that grows sharper from mail to mail.",
    "leverage.tied": "Held out as a means to have a demand met.",
    "learned.sentence": "Worded much like sentences that were written to harass.",
}
"""What the detectors say of themselves, for those who read English; what they store is in Japanese."""
