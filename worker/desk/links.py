"""One-time sign-in links: signed, short-lived, void once the person has signed in."""

from __future__ import annotations

from datetime import datetime

from django.core import signing
from django.urls import reverse
from django.utils import timezone

from worker.directory.models import User

_SALT = "mamori.sign-in-link"
#: How long a link lives, in seconds.
LIFE = 30 * 60


def sign_in_path(user: User) -> str:
    """The path (no host) that signs ``user`` in once, within :data:`LIFE`."""
    token = signing.dumps([user.pk, _stamp(user.last_login)], salt=_SALT, compress=True)
    return reverse("sign-in-link", args=[token])


def redeem(token: str) -> User | None:
    """The active user whom the token signs in, exactly once; None where it is forged, too old or used."""
    try:
        user_id, stamp = signing.loads(token, salt=_SALT, max_age=LIFE)
    except signing.BadSignature:
        return None
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or _stamp(user.last_login) != stamp:
        return None
    claimed = User.objects.filter(pk=user.pk, last_login=user.last_login).update(last_login=timezone.now())
    return User.objects.get(pk=user.pk) if claimed == 1 else None


def _stamp(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
