"""Rules, policies and weights as data, and the judge that uses them."""

from __future__ import annotations

from worker.rulepacks.coverage import coverage
from worker.rulepacks.judge import Judge
from worker.rulepacks.lint import lint
from worker.rulepacks.loader import RulePack, load_packs
from worker.rulepacks.policies import load_policy, policy_names
from worker.rulepacks.serialise import from_json, to_json
from worker.rulepacks.trials import try_examples

__all__ = [
    "Judge",
    "RulePack",
    "coverage",
    "from_json",
    "lint",
    "load_packs",
    "load_policy",
    "policy_names",
    "to_json",
    "try_examples",
]
