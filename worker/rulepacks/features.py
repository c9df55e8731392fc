"""What the learned part is told of a thread and of each category: the rules' sums, its worst sentences, the course of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import exp, log, log1p

from worker.detectors.model import Model, logistic
from worker.detectors.own_staff import OwnStaff
from worker.detectors.reading import Reading, ReadMail, Suspect
from worker.domain.judgement import Category
from worker.domain.rules import Role
from worker.rulepacks.weigh import Verdict

WORST = 3
"""How many sentences speak for a thread: one odd sentence says little, three are a tone."""
FLOOR = -6.0
PER_LENGTH = 0.8
"""The worst of n ordinary sentences look worse by about this × ln n."""
SCALE = 3.0
"""Log-odds of sentences are divided by this, so that all features are of one size."""
OF_DESK = ("admitted", "declined", "restated")
OF_COUNTERPART = (
    *("emergency", "wants_now", "urges", "harsh", "condition", "lever.publish", "lever.boss", "victim"),
    *("about_harassment", "reported", "trade", "warmth", "example", "word_list", "asking", "negated"),
)
MOST_DEMANDS = 4
SUSPICIOUS = -2.0
"""Log-odds from which a sentence is asked for its category."""
SMALL = 1e-3


def thread_features(reading: Reading, ruled: Verdict) -> dict[str, float]:
    """Features of a thread by name, each about 0..1; ``ruled`` is what the rules and detectors come to."""
    return {**_tone(reading.suspects), **_sums(ruled), **_course(reading)}


def _tone(suspects: Sequence[Suspect]) -> dict[str, float]:
    odds = [suspect.odds for suspect in suspects]
    worst = odds[:WORST] or [FLOOR]
    mean = sum(worst) / len(worst)
    last = max((s.mail.message.at for s in suspects), default=None)
    values = {
        "worst": worst[0],
        "mean": mean,
        "tone": mean - PER_LENGTH * log(max(1, len(odds))),
        "mass": log(sum(log1p(exp(value)) for value in odds) + SMALL) if odds else FLOOR,
        "length": log1p(len(odds)),
        "last": max((s.odds for s in suspects if s.mail.message.at == last), default=FLOOR),
    }
    return {f"tone:{name}": round(value / SCALE, 4) for name, value in values.items()}


def _sums(ruled: Verdict) -> dict[str, float]:
    signals = sorted((w.weight for w in ruled.weighed if w.role is Role.SIGNAL), reverse=True)
    found = {f"group:{name}": weight for name, weight in ruled.groups.items()}
    found |= {"rules:score": ruled.score, "rules:best": signals[0] if signals else 0.0}
    found["rules:second"] = signals[1] if len(signals) > 1 else 0.0
    for weighed in ruled.weighed:
        detector = weighed.finding.detector
        if detector not in ("phrases", OwnStaff.id):
            name = f"detector:{weighed.finding.rule}"
            found[name] = max(found.get(name, 0.0), weighed.weight)
    return found


def _course(reading: Reading) -> dict[str, float]:
    incoming, outgoing = reading.incoming, reading.outgoing
    found = {f"desk:{cue}": 1.0 for cue in OF_DESK if _shown(outgoing, cue)}
    found |= {f"says:{cue}": 1.0 for cue in OF_COUNTERPART if _shown(incoming, cue)}
    demands = {cue for mail in incoming for cue in mail.own.matches.cues() if cue.startswith("demand.")}
    found["demands"] = min(MOST_DEMANDS, len(demands)) / MOST_DEMANDS
    found["mails"] = log1p(len(incoming))
    night = sum(not reading.scene.calendar.is_open(mail.message.at) for mail in incoming)
    found["night"] = night / max(1, len(incoming))
    if not outgoing:
        found["unanswered"] = 1.0
    if incoming and _shown([mail for mail in outgoing if mail.message.at < incoming[-1].message.at], "declined"):
        found["after_no"] = 1.0
    return found


def _shown(mails: Iterable[ReadMail], cue: str) -> bool:
    return any(mail.shows(cue) for mail in mails)


def category_features(reading: Reading, ruled: Verdict, model: Model) -> dict[Category, dict[str, float]]:
    """Features of each category for a thread: its likeliest sentences, what rules and detectors say of it, both."""
    found = likely(reading, model)
    most = max((shares[0] for shares in found.values()), default=0.0) + SMALL
    categories = sorted({*model.categories, *ruled.support})
    return {name: _category(found.get(name, (0.0, 0.0)), ruled.support.get(name, 0.0), most) for name in categories}


def likely(reading: Reading, model: Model) -> dict[Category, tuple[float, float]]:
    """For each category the likelihoods (0..1) of the two sentences that look most like it."""
    found: dict[Category, list[float]] = {name: [0.0, 0.0] for name in model.categories}
    for suspect in reading.suspects:
        if suspect.odds < SUSPICIOUS:
            break
        bad = logistic(suspect.odds)
        for name, share in suspect.shares(model).items():
            found[name].append(bad * share)
    return {name: (ranked[0], ranked[1]) for name, shares in found.items() if (ranked := sorted(shares)[:-3:-1])}


def severity_features(support: Mapping[Category, float], reading: Reading, model: Model) -> dict[str, float]:
    """What severity is told from: how likely each category is, the two gravest sentences and the tone."""
    bad = [suspect for suspect in reading.suspects if suspect.odds >= SUSPICIOUS]
    grave = sorted((logistic(suspect.odds) * suspect.gravity(model) for suspect in bad), reverse=True)
    first, second = (*grave, 0.0, 0.0)[:2]
    found = {f"category:{name}": share for name, share in support.items()}
    return {**found, **_tone(reading.suspects), "grave:first": round(first, 4), "grave:second": round(second, 4)}


def _category(shares: tuple[float, float], support: float, most: float) -> dict[str, float]:
    first, second = (log((share + SMALL) / (1 - share + SMALL)) / SCALE for share in shares)
    return {
        "first": round(first, 4),
        "second": round(second, 4),
        "rules": support,
        "both": round(first * support, 4),
        "relative": round(shares[0] / most, 4),
    }
