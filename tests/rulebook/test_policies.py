"""What the three policies refer to, held against the real pages, tasks and letters."""

from __future__ import annotations

from worker.detectors import DETECTORS
from worker.rendering import notice_folders, notice_names
from worker.resources import shipped
from worker.rulepacks import load_packs
from worker.rulepacks.coverage import KNOWN, check_references, coverage
from worker.rulepacks.policies import load_policy, policy_names


def test_every_known_page_is_a_page_of_the_desk() -> None:
    """A page reference is the name of an address of the desk; the incident form is one, too."""
    from worker.desk.urls import urlpatterns

    addresses = {pattern.name for pattern in urlpatterns}
    assert {name.partition(":")[2] for name in KNOWN if name.startswith("page:")} <= addresses
    assert "incident-new" in addresses


def test_every_known_task_is_a_task() -> None:
    """A task reference is the name of a function on the page of tasks."""
    from worker import tasks

    names = [name.partition(":")[2] for name in KNOWN if name.startswith("task:")]
    assert [name for name in names if not callable(getattr(tasks, name, None))] == []


def test_the_shipped_policies_refer_only_to_real_pages_tasks_and_letters() -> None:
    """Notices are those in the folders; so each clause is served by things that exist today."""
    known = KNOWN | {f"notice:{name}" for name in notice_names(notice_folders())}
    for name in policy_names():
        policy = load_policy(name)
        check_references(policy, known)
        assert all(clause.served_by for clause in policy.clauses)


def test_every_pattern_of_rule_ids_in_a_policy_finds_rules() -> None:
    """Where a policy claims rules by their ids, at least one of its patterns meets a shipped rule."""
    rules = [rule.id for rule in load_packs([shipped("rules")]).rules]
    for name in policy_names():
        for clause in load_policy(name).clauses:
            if clause.rules:
                assert [rule for rule in rules if clause.claims(rule)], (name, clause.id)


def test_every_conduct_is_served_by_a_rule_or_a_detector() -> None:
    """Each conduct clause that names categories has something that looks for it, beyond forms and pages."""
    rules = load_packs([shipped("rules")]).rules
    for name in policy_names():
        for row in coverage(load_policy(name), rules, DETECTORS):
            if row["kind"] == "conduct" and row["status"] and row["clause"] != "U-25":
                assert [ref for ref in row["served_by"] if ref.startswith(("rule:", "detector:"))], row["clause"]
