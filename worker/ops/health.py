"""A page for watchdogs: is the web process up, and when did a sweep last finish. Counts and times only."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse

from worker.inbox.models import Pulse


def healthz(request: HttpRequest) -> JsonResponse:
    """200 while pages are served; the time of the last sweep is there for whoever watches the worker."""
    pulse = Pulse.objects.filter(name="sweep").first()
    return JsonResponse({"web": "ok", "last_sweep": pulse.at.isoformat() if pulse else None})
