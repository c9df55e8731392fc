"""The Django application of this room."""

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    """Its name."""

    name = "worker.directory"
