"""Django's settings, made from ``mamori.toml``; nothing is configured here that is not said there."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import Any

from worker import config
from worker.resources import shipped

MAMORI = config.load(config.find())


def _secret_key(folder: Path) -> str:
    """The key that signs sessions and links: made once, readable by the owner alone."""
    file = folder / "secret.key"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = folder / f"secret.key.{secrets.token_hex(4)}"
        temporary.touch(mode=0o600)
        temporary.write_text(secrets.token_urlsafe(64), encoding="ascii")
        with contextlib.suppress(FileExistsError):
            file.hardlink_to(temporary)
        temporary.unlink()
    return file.read_text(encoding="ascii")


def _database(url: str, folder: Path) -> dict[str, Any]:
    """Django's description of the database: a SQLite file in ``folder``, or PostgreSQL by URL."""
    if url != "sqlite":
        import dj_database_url

        described = dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
        password = described.get("PASSWORD") or os.environ.get("MAMORI_DATABASE_PASSWORD", "")
        return {**described, "PASSWORD": password}
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": folder / "mamori.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        },
    }


SECRET_KEY = _secret_key(MAMORI.data)
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *MAMORI.desk_hosts()]
CSRF_TRUSTED_ORIGINS = [MAMORI.desk.url]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "worker.directory",
    "worker.inbox",
    "worker.cases",
    "worker.notices",
    "worker.desk",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "worker.desk.middleware.DeskMiddleware",
]
ROOT_URLCONF = "worker.urls"
WSGI_APPLICATION = "worker.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [shipped("templates") / "desk"],
        "OPTIONS": {"environment": "worker.desk.environment.environment"},
    },
]
DATABASES = {"default": _database(MAMORI.store.database, MAMORI.data)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "directory.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "queue"
USE_TZ = True
TIME_ZONE = MAMORI.desk.timezone
USE_I18N = True
LANGUAGE_CODE = MAMORI.desk.language
LANGUAGES = [("ja", "日本語"), ("en", "English")]
LOCALE_PATHS = [Path(__file__).resolve().parent / "locale"]
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = MAMORI.desk.url.startswith("https:")
CSRF_FAILURE_VIEW = "worker.desk.views.entry.form_too_old"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"worker": {"level": "INFO"}},
}
