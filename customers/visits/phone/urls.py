"""The addresses of the phone's page. The worker stands beside the page, which makes it its own."""

from django.urls import path

from customers.visits.phone import views

urlpatterns = [
    path("", views.page, name="visits-app"),
    path("shell/", views.shell, name="visits-shell"),
    path("sw.js", views.worker, name="visits-worker"),
    path("manifest.webmanifest", views.manifest, name="visits-manifest"),
    path("words.<slug:language>.json", views.words, name="visits-words"),
    path("icon-<int:size>.png", views.icon, name="visits-icon"),
]
