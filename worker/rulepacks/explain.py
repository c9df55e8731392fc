"""How a text is read and weighed, in lines for whoever makes rules."""

from __future__ import annotations

from collections.abc import Iterator

from worker.domain.mail import Direction
from worker.rulepacks.judge import Judge
from worker.rulepacks.sample import sample_scene


def explain(judge: Judge, text: str, before: str = "", outgoing: bool = False) -> Iterator[str]:
    """The folded sentences with the cues in them, then each finding with its words, then the weighing."""
    reading = judge.read(sample_scene(text, before, Direction.OUT if outgoing else Direction.IN))
    part = reading.mails[-1].own
    for number in range(len(part.folded.sentences)):
        cues = [cue.id for cue in judge.pack.cues if number in part.matches.sentences_with(cue.id)]
        yield f"{number + 1}. {part.folded.sentence(number)}" + (f"  [{', '.join(cues)}]" if cues else "")
    verdict = judge.verdict(reading)
    found = dict.fromkeys((*judge.findings(reading), *(weighed.finding for weighed in verdict.shown)))
    yield from (f"{f.category}: {f.text or f.fact}  ({f.rule}: {f.reason})" for f in found)
    yield from verdict.lines
