"""Below /visits/ (marketing_ops/urls.py)."""

from django.urls import path

from customers.visits.pages import bag, meeting, plan, schedule

urlpatterns = [
    path("plan/", plan.plans, name="plans"),
    path("plan/<int:route>/<str:month>/", plan.plan, name="plan"),
    path("plan/<int:route>/<str:month>/draft/", plan.draft, name="plan-draft"),
    path("plan/<int:route>/<str:month>/decide/", plan.decide, name="plan-decide"),
    path("plan/<int:route>/<str:month>/add/<str:licence>/", plan.add, name="plan-add"),
    path("plan/visits/<int:number>/", plan.visit, name="plan-visit"),
    path("schedule/", schedule.schedule, name="schedule"),
    path("meeting/", meeting.meeting, name="meeting"),
    path("meeting/<int:number>/", meeting.one, name="meeting-one"),
    path("meeting/<int:number>/read/", meeting.read, name="meeting-read"),
    path("meeting/write/<int:department>/<str:day>/", meeting.write, name="meeting-write"),
    path("bag/", bag.bag, name="bag"),
]
