"""Rules, policies and weights as data, and the judge that uses them."""

from __future__ import annotations

from worker.rulepacks.judge import Judge
from worker.rulepacks.lint import lint
from worker.rulepacks.loader import RulePack, load_packs
from worker.rulepacks.trials import try_examples

__all__ = ["Judge", "RulePack", "lint", "load_packs", "try_examples"]
