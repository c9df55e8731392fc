"""The Django application of this room."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Its name."""

    name = "worker.desk"
