"""All addresses are the desk's, but the one for watchdogs."""

from django.urls import include, path

from worker.ops.health import healthz

urlpatterns = [path("healthz", healthz, name="healthz"), path("", include("worker.desk.urls"))]
