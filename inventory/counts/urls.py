"""Below / (marketing_ops/urls.py)."""

from django.urls import path

from inventory.counts import pages

urlpatterns = [
    path("counts/", pages.counts, name="counts"),
    path("counts/<uuid:visit_id>/", pages.count, name="count"),
    path("collection/", pages.collection, name="collection"),
    path("collection/<str:licence>/<str:day>/", pages.enter_day, name="collect-day"),
    path("collection/<str:licence>/week/<str:day>/", pages.enter_week, name="collect-week"),
]
