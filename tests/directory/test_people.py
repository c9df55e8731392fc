"""Accounts, roles with dates, and what roles allow."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from worker.directory.models import AuditEntry, Role, User
from worker.directory.permissions import ALLOWED, Action, actions_of, roles_for
from worker.directory.queries import holders, may, roles_of, today, who_may
from worker.directory.services import create_user, disable, grant, set_password
from worker.domain.errors import UsageError

DAY = timedelta(days=1)
PASSWORD = "tsuyoi-aikotoba-1"


def _user(name: str = "hanako", *roles: Role) -> User:
    return create_user(name, PASSWORD, "山田 花子", roles, "ja")


def test_every_role_stands_in_the_table() -> None:
    """Each role has its line, and each action somebody who may do it."""
    assert set(ALLOWED) == set(Role)
    assert all(roles_for(action) for action in Action)


def test_configuring_does_not_grant_reading() -> None:
    """Administrators configure and neither read nor decide nor audit; auditors see the log alone."""
    administrator = actions_of([Role.ADMINISTRATOR])
    assert Action.MANAGE_PEOPLE in administrator
    assert not administrator & {Action.READ_CASES, Action.READ_NOTICES, Action.DECIDE, Action.APPROVE, Action.AUDIT}
    assert actions_of([Role.AUDITOR]) == {Action.AUDIT, Action.READ_POLICY}
    assert actions_of([Role.ACCOUNT_OWNER]) == {Action.SEE_RUNGS, Action.READ_POLICY}
    assert Action.READ_CASES not in actions_of([Role.CONSULTATION])


def test_desk_decides_but_does_not_recognise_or_approve() -> None:
    """The desk reviews, decides and drafts; recognising and approving need a manager or the executive."""
    desk = actions_of([Role.DESK])
    assert {Action.DECIDE, Action.DRAFT} <= desk
    assert not desk & {Action.RECOGNISE, Action.APPROVE, Action.SEND}
    assert roles_for(Action.RECOGNISE) == roles_for(Action.APPROVE) == {Role.MANAGER, Role.EXECUTIVE}


def test_no_role_no_action() -> None:
    """Somebody without a role may do nothing at all."""
    assert actions_of([]) == frozenset()


@pytest.mark.django_db
class TestAccounts:
    def test_new_account(self) -> None:
        """A new account signs in with its password and holds its roles from today on."""
        user = _user("hanako", Role.DESK, Role.AUDITOR)
        assert user.check_password(PASSWORD)
        assert user.shown_name == "山田 花子"
        assert roles_of(user, today()) == {Role.DESK, Role.AUDITOR}
        assert not user.is_superuser
        assert not user.is_staff
        assert PASSWORD not in str(list(AuditEntry.objects.values()))

    @pytest.mark.parametrize(
        ("username", "password", "role", "words"),
        [
            ("hanako", "short", "desk", "password"),
            ("hanako", "password1234", "desk", "password"),
            ("ha nako", PASSWORD, "desk", "user name"),
            ("", PASSWORD, "desk", "user name"),
            ("h" * 151, PASSWORD, "desk", "longer"),
            ("TARO", PASSWORD, "desk", "already"),
            ("hanako", PASSWORD, "boss", "not a role"),
        ],
    )
    def test_what_will_not_do(self, username: str, password: str, role: str, words: str) -> None:
        """A weak password, a wrong or taken name, an unknown role: one sentence, and nothing half-done."""
        _user("taro")
        with pytest.raises(UsageError, match=words):
            create_user(username, password, "名", [role], "ja")
        assert list(User.objects.values_list("username", flat=True)) == ["taro"]

    def test_new_password(self) -> None:
        """A new password is held to the same rules."""
        user = _user()
        set_password(user, "mata-betsu-no-kotoba")
        assert User.objects.get().check_password("mata-betsu-no-kotoba")
        with pytest.raises(UsageError, match="password"):
            set_password(user, "x")

    def test_disabled_may_nothing(self) -> None:
        """Whoever was disabled holds no role and is not counted."""
        user = _user("hanako", Role.MANAGER)
        assert may(user, Action.APPROVE)
        disable(user)
        assert not may(user, Action.APPROVE)
        assert holders(Role.MANAGER, today()) == who_may(Action.APPROVE, today()) == []

    def test_superuser_flag_grants_nothing(self) -> None:
        """Django's superuser flag is no role."""
        user = _user()
        User.objects.update(is_superuser=True)
        user.refresh_from_db()
        assert not may(user, Action.READ_CASES)

    def test_deputy_has_dates(self) -> None:
        """A role counts from its first day to its last, both inclusive."""
        user, start = _user(), date(2026, 4, 6)
        grant(user, Role.MANAGER, start, start + 2 * DAY)
        held = [Role.MANAGER in roles_of(user, start + n * DAY) for n in range(-1, 4)]
        assert held == [False, True, True, True, False]
        assert may(user, Action.APPROVE, start)
        assert who_may(Action.APPROVE, start) == holders(Role.MANAGER, start) == [user]

    def test_end_can_be_moved(self) -> None:
        """The same grant again moves its end; two grants of one role overlap without harm."""
        user, start = _user(), date(2026, 4, 6)
        grant(user, Role.DESK, start, None)
        grant(user, Role.DESK, start, start)
        assert roles_of(user, start + DAY) == frozenset()
        grant(user, Role.DESK, start - DAY, start + DAY)
        assert holders(Role.DESK, start) == [user]

    def test_end_before_beginning(self) -> None:
        """A grant that ends before it begins is refused."""
        with pytest.raises(UsageError, match="before it begins"):
            grant(_user(), Role.DESK, date(2026, 4, 6), date(2026, 4, 5))
