"""The Django application of this room."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Its name."""

    name = "worker.cases"
