from django.urls import path

from marketing_ops.accounts import own, views

urlpatterns = [
    path("login/", views.login, name="login"),
    path("login/code/", views.login_code, name="login_code"),
    path("logout/", views.logout, name="logout"),
    path("language/", views.set_language, name="set_language"),
    path("security/", own.security, name="security"),
    path("password/", own.password, name="password"),
    path("sessions/end/", own.end_sessions, name="end_sessions"),
    path("tokens/end/", own.end_tokens, name="end_tokens"),
    path("second-factor/", own.set_up, name="second_factor"),
    path("second-factor/prove/", own.prove, name="prove"),
    path("second-factor/codes/", own.recovery_codes, name="recovery_codes"),
    path("second-factor/codes/new/", own.renew_codes, name="renew_codes"),
    path("second-factor/off/", own.take_off, name="take_off"),
]
