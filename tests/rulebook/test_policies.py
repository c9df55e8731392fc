"""What the three policies refer to, held against the real pages, tasks and letters."""

from __future__ import annotations

from worker.rendering import notice_folders, notice_names
from worker.rulepacks.coverage import KNOWN, check_references
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
