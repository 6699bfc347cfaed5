from django.urls import path

from marketing_ops.desk import imports, report, runs, trail

urlpatterns = [
    path("imports/", imports.imports, name="imports"),
    path("imports/new/", imports.new_import, name="import-new"),
    path("imports/empty/<str:kind>-<str:language>.csv", imports.empty_file, name="import-empty"),
    path("imports/<int:number>/", report.report, name="import"),
    path("imports/<int:number>/problems.csv", report.problems_file, name="import-problems"),
    path("imports/<int:number>/rejected.csv", report.rejected_file, name="import-rejected"),
    path("imports/<int:number>/file/", report.original_file, name="import-file"),
    path("imports/<int:number>/again/", report.start_again, name="import-again"),
    path("runs/", runs.runs, name="runs"),
    path("runs/night/", runs.run_night_again, name="run-night"),
    path("runs/<int:number>/", runs.run, name="run"),
    path("trail/", trail.trail, name="trail"),
]
