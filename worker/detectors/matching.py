"""Rules and context cues looked for in folded text: which, in which sentence, and what stands beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from worker.detectors.fold import Folded, cut
from worker.detectors.patterns import PatternSet, compiled
from worker.domain.judgement import Category
from worker.domain.rules import Cue, CueKind, Rule, Window

REMEMBERED = 400
"""So many texts of mails are remembered with what stands in them: a counterpart's history is read for each thread."""
LONGEST_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that holds at ``[start:end]`` of the folded text, in that sentence."""

    rule: Rule
    sentence: int
    start: int
    end: int


class _Conditions:
    """The ``needs`` and ``unless`` of one rule or cue, compiled when first asked."""

    def __init__(self, needs: Sequence[str], unless: Sequence[str], windows: tuple[Window, Window]) -> None:
        self._needs = [compiled(pattern) for pattern in needs]
        self._unless = [compiled(pattern) for pattern in unless]
        self._windows = windows

    def hold(self, folded: Folded, sentence: int) -> bool:
        """Whether each of ``needs`` and none of ``unless`` matches in its window around that sentence."""
        if not self._needs and not self._unless:
            return True
        needing, excluding = (folded.text if w is Window.MAIL else folded.sentence(sentence) for w in self._windows)
        return all(need.search(needing) for need in self._needs) and not any(
            exclusion.search(excluding) for exclusion in self._unless
        )


class Matcher:
    """All rules and cues of a pack, compiled once. Building raises PatternError where a pattern is wrong."""

    def __init__(self, rules: Sequence[Rule], cues: Sequence[Cue] = ()) -> None:
        self.rules = tuple(rules)
        self.cues = {cue.id: cue for cue in cues}
        entries: list[Rule | Cue] = [*rules, *cues]
        self._owners = [entry for entry in entries for _ in entry.patterns]
        self._set = PatternSet([pattern for entry in entries for pattern in entry.patterns])
        self._conditions = {rule.id: _Conditions(rule.needs, rule.unless, (rule.window, rule.window)) for rule in rules}
        self._cue_conditions = {cue.id: _Conditions(cue.needs, cue.unless, (Window.MAIL, cue.window)) for cue in cues}
        self.dampers = tuple(cue for cue in cues if cue.kind is CueKind.DAMPER)
        self._remembered = lru_cache(maxsize=REMEMBERED)(lambda stretches: self.look(Folded(stretches)))

    def look(self, folded: Folded) -> Matches:
        """What stands in ``folded``: one first look now, the rest when asked."""
        rules: dict[Rule, list[int]] = {}
        cues: dict[str, list[int]] = {}
        for number in self._set.found(folded.text):
            owner = self._owners[number]
            if isinstance(owner, Rule):
                rules.setdefault(owner, []).append(number)
            else:
                cues.setdefault(owner.id, []).append(number)
        return Matches(self, folded, rules, cues)

    def read(self, text: str, stretches: Iterable[tuple[int, int]]) -> Matches:
        """What stands in those (start, end) of ``text``; the same words are folded and looked through once."""
        words = cut(text, stretches)
        if sum(len(stretch) for _, stretch in words) > LONGEST_REMEMBERED:
            return self.look(Folded(words))
        return self._remembered(words)

    def spans(self, numbers: Iterable[int], text: str) -> Iterator[tuple[int, int]]:
        """Where the patterns of those numbers match in ``text``."""
        for number in numbers:
            yield from self._set.spans(number, text)

    def holds(self, entry: Rule | Cue, folded: Folded, sentence: int) -> bool:
        """Whether the conditions of a rule or cue hold around that sentence."""
        table = self._conditions if isinstance(entry, Rule) else self._cue_conditions
        return table[entry.id].hold(folded, sentence)


class Matches:
    """What a first look found in one folded text; spans and sentences are worked out when asked."""

    def __init__(
        self, matcher: Matcher, folded: Folded, rules: dict[Rule, list[int]], cues: dict[str, list[int]]
    ) -> None:
        self.folded = folded
        self._matcher = matcher
        self._rules = rules
        self._cues = cues
        self._sentences: dict[str, frozenset[int]] = {}

    @cached_property
    def hits(self) -> tuple[Hit, ...]:
        """One hit a rule and sentence, the longest, in the order of the text."""
        found = (hit for rule, numbers in self._rules.items() for hit in self._hits_of(rule, numbers))
        return tuple(sorted(found, key=lambda hit: (hit.start, hit.rule.id)))

    def _hits_of(self, rule: Rule, numbers: list[int]) -> Iterator[Hit]:
        best: dict[int, tuple[int, int]] = {}
        for start, end in self._matcher.spans(numbers, self.folded.text):
            sentence = self.folded.sentence_at(start)
            known = best.get(sentence, (0, 0))
            if end - start > known[1] - known[0]:
                best[sentence] = (start, end)
        for sentence, (start, end) in best.items():
            if self._matcher.holds(rule, self.folded, sentence):
                yield Hit(rule, sentence, start, end)

    def cues(self) -> list[str]:
        """The cues that stand in a sentence of the text, by name."""
        return [cue for cue in sorted(self._cues) if self.sentences_with(cue)]

    def sentences_with(self, cue: str) -> frozenset[int]:
        """The numbers of the sentences that show that cue."""
        if cue not in self._cues:
            return frozenset()
        if cue not in self._sentences:
            self._sentences[cue] = frozenset(self._shown(self._matcher.cues[cue]))
        return self._sentences[cue]

    def _shown(self, cue: Cue) -> Iterator[int]:
        for start, _ in self._matcher.spans(self._cues[cue.id], self.folded.text):
            sentence = self.folded.sentence_at(start)
            if self._matcher.holds(cue, self.folded, sentence):
                yield sentence

    def dampers_at(self, sentence: int, category: Category) -> list[Cue]:
        """The dampers that lower a finding of ``category`` in that sentence, in the order of the pack."""
        return [
            cue
            for cue in self._matcher.dampers
            if cue.id in self._cues and (not cue.only or category in cue.only) and self._damps(cue, sentence)
        ]

    def _damps(self, cue: Cue, sentence: int) -> bool:
        shown = self.sentences_with(cue.id)
        return sentence in shown or (cue.window is Window.MAIL and bool(shown))
