"""Below / (marketing_ops/urls.py)."""

from django.urls import path

from orders.placing import pages

urlpatterns = [
    path("calls/", pages.calls, name="calls"),
    path("calls/<int:number>/done/", pages.done, name="call-done"),
    path("calls/rescue/", pages.rescue, name="rescue"),
    path("calls/rescue/<int:number>/", pages.rescue_step, name="rescue-step"),
]
