"""Below /visits/, after the phone's page and the plan's."""

from django.urls import path

from marketing_ops.home.visits import care, desk, reports, tomorrow, visit

urlpatterns = [
    path("desk/", desk.desk, name="visits-desk"),
    path("desk/export.csv", desk.export, {"kind": "csv"}, name="visits-desk-csv"),
    path("desk/export.xlsx", desk.export, {"kind": "xlsx"}, name="visits-desk-xlsx"),
    path("desk/people/<int:number>/", desk.person, name="visits-person"),
    path("reports/", reports.reports, name="reports"),
    path("reports/<int:number>/", reports.one, name="report-one"),
    path("reports/<int:number>/comment/", reports.comment, name="report-comment"),
    path("reports/<str:day>/", reports.own, name="report-day"),
    path("reports/<str:kind>/<str:day>/", reports.own, name="report"),
    path("tomorrow/", tomorrow.tomorrow, name="tomorrow"),
    path("care/", care.care, name="care"),
    path("care/<int:number>/", care.done, name="care-done"),
    path("<uuid:visit_id>/", visit.visit, name="visit"),
]
