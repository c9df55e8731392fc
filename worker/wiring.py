"""The pure half of the joining: settings or a corpus desk → rules and the judge. No Django, no database."""

from __future__ import annotations

from pathlib import Path

from worker import config
from worker.config import Settings
from worker.domain.policy import Policy
from worker.resources import shipped
from worker.rulepacks import RulePack, load_packs
from worker.rulepacks.policies import load_policy


def settings_or_none(explicit: str | None) -> Settings | None:
    """The settings, or None where no file was named and none lies in the working folder; ConfigError where wrong."""
    path = config.find(explicit)
    return None if explicit is None and not path.is_file() else config.load(path)


def rule_folders(settings: Settings | None) -> list[Path]:
    """Where rules lie: the shipped folder, then the site's own, whose entries replace the shipped ones."""
    folders = [shipped("rules")]
    if settings is not None and settings.desk.site:
        folders.append(settings.resolve(settings.desk.site) / "rules")
    return folders


def packs_of(settings: Settings | None) -> RulePack:
    """The rules as shipped, with the site's own over them."""
    return load_packs(rule_folders(settings))


def site_folder(settings: Settings) -> Path | None:
    """The site's own folder of rules, policies and notices, or None where none is set."""
    return settings.resolve(settings.desk.site) if settings.desk.site else None


def policy(settings: Settings) -> Policy:
    """The site's policy; RuleError where it cannot be read."""
    name = settings.desk.policy
    return load_policy(str(settings.resolve(name)) if name.endswith((".yaml", ".yml")) else name, site_folder(settings))
