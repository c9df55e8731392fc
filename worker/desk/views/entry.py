"""Coming in and going out, what each person chooses for themselves, and what is told when a page cannot be shown."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from worker.desk.access import allowed, person
from worker.desk.forms.entry import PreferencesForm, SignInForm
from worker.desk.links import redeem
from worker.desk.page import BAR, MENU, page
from worker.directory.services import record

_BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The first page that this person may open."""
    actions = allowed(request).actions
    name = next((name for name, _label, action in (*BAR, *MENU) if action in actions), None)
    if name:
        return redirect(name)
    text = _("You hold no role at present. An administrator of the desk gives roles.")
    return page(request, "told.html", heading=_("Nothing to open yet"), text=text)


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """User name and password."""
    wanted = request.POST.get("next", request.GET.get("next", ""))
    form = SignInForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.user)
        record(form.user.username, "sign-in", f"user {form.user.pk}", {"by": "password"})
        return redirect(_inside(request, wanted) or "home")
    return page(request, "sign-in.html", form=form, next=wanted)


@require_GET
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """A one-time link: signs in once, then is void."""
    user = redeem(token)
    if user is None:
        messages.error(request, _("This link has been used or is too old. Please sign in with your password."))
        return redirect("sign-in")
    login(request, user, backend=_BACKEND)
    record(user.username, "sign-in", f"user {user.pk}", {"by": "link"})
    return redirect("home")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("sign-in")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """The language of the pages before signing in, kept in a cookie."""
    answer = redirect(_inside(request, request.POST.get("next", "")) or "home")
    code = request.POST.get("language", "")
    if translation.check_for_language(code):
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, code, samesite="Lax", httponly=True)
    return answer


@require_safe
@login_required
def keys(request: HttpRequest) -> HttpResponse:
    """What each key does."""
    return page(request, "keys.html")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def preferences(request: HttpRequest) -> HttpResponse:
    """Language and veil."""
    user = person(request)
    form = PreferencesForm(request.POST or None, initial={"language": user.language, "veil": user.veil})
    if request.method == "POST" and form.is_valid():
        user.language, user.veil = form.cleaned_data["language"], form.cleaned_data["veil"]
        user.save(update_fields=["language", "veil"])
        translation.activate(user.language)
        messages.success(request, _("Saved."))
        return redirect("preferences")
    return page(request, "preferences.html", form=form)


def _inside(request: HttpRequest, address: str) -> str:
    """``address`` where it leads to a page of ours, else ""."""
    inside = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if inside else ""


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    text = _("There is no such page, or it is not yours to see.")
    return page(request, "told.html", 404, heading=_("Not found"), text=text)


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the reader's roles do not allow it."""
    text = str(exception) if exception and str(exception) else _("Your roles do not open this page.")
    return page(request, "told.html", 403, heading=_("Not for this role"), text=text)


def wrong_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return page(request, "told.html", 400, heading=_("This could not be read"), text=_("Please go back and try again."))


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the page's token does not fit, most often because somebody signed in or out in another window."""
    text = _("This page was too old to be sent. Please go back, load it again, and repeat what you did.")
    return page(request, "told.html", 403, heading=_("Please once more"), text=text)
