"""All addresses are the desk's, but the one for watchdogs."""

from django.urls import include, path

from worker.ops.health import healthz

urlpatterns = [path("healthz", healthz, name="healthz"), path("", include("worker.desk.urls"))]

handler400 = "worker.desk.views.entry.wrong_request"
handler403 = "worker.desk.views.entry.refused"
handler404 = "worker.desk.views.entry.not_found"
