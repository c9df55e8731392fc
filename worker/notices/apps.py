from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "worker.notices"
