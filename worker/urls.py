"""All addresses are the desk's."""

from django.urls import include, path

urlpatterns = [path("", include("worker.desk.urls"))]
