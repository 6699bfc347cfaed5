"""Settings, all of them from the environment; see the table in README.md.

Production is the default. DEBUG=1 is for development on one's own machine, DEMO=1 for the demo
district, whose passwords are public and which therefore speaks plain http to its own machine.
"""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from marketing_ops.logging import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent


def _flag(name):
    return os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}


def _number(name, default, *, most):
    text = os.environ.get(name) or str(default)
    if not text.isdecimal() or int(text) > most:
        raise ImproperlyConfigured(f"{name} is “{text}”: give a whole number from 0 to {most}.")
    return int(text)


DEBUG = _flag("DEBUG")
DEMO = _flag("DEMO")
TESTING = "PYTEST_VERSION" in os.environ
# Plain http is right on the machine itself (demo, development, tests) and nowhere else.
_LOCAL = DEBUG or DEMO or TESTING

SECRET_KEY = os.environ.get("SECRET_KEY", "")
if not SECRET_KEY:
    if not _LOCAL:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Put a long random text into the environment, for example the "
            'output of: python3 -c "import secrets; print(secrets.token_urlsafe(64))"'
        )
    SECRET_KEY = "only-for-this-machine-" + "0" * 40

ALLOWED_HOSTS = [host for host in os.environ.get("ALLOWED_HOSTS", "").split(",") if host]
if _LOCAL and not ALLOWED_HOSTS:
    ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver"]
CSRF_TRUSTED_ORIGINS = [
    f"https://{host.removeprefix('.')}" for host in ALLOWED_HOSTS if not _LOCAL and host != "*"
]

VAR_DIR = Path(os.environ.get("VAR_DIR", BASE_DIR / "var"))
SHARED_DATA = Path(os.environ.get("SHARED_DATA", BASE_DIR.parent / "shared" / "data"))

INSTALLED_APPS = [
    "marketing_ops.admin_site.Config",  # django.contrib.admin, for who keeps the master data
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_vite",
    "marketing_ops",
    "marketing_ops.accounts",
    "marketing_ops.audit",
    "marketing_ops.runs",
    "marketing_ops.demo",
    "marketing_ops.home",
    "customers",
    "customers.visits",
    "brands",
    "inventory",
    "inventory.uploads",
    "inventory.quality",
    "inventory.indicators",
    "inventory.counts",
    "orders",
    "orders.quotas",
    "orders.indicators",
    "orders.recommendations",
    "orders.placing",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "marketing_ops.headers.harden",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "marketing_ops.accounts.language.speak",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "marketing_ops.accounts.sessions.watch",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "marketing_ops.addresses.refuse_nul",
]

ROOT_URLCONF = "marketing_ops.urls"
WSGI_APPLICATION = "marketing_ops.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "marketing_ops.home.site",
                "marketing_ops.navigation.navigation",
            ],
            "libraries": {"i18n": "marketing_ops.lib.i18n_tags"},
        },
    },
]
# It complains that our library stands in the place of Django's i18n; that is meant.
SILENCED_SYSTEM_CHECKS = ["templates.W003"]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

try:
    _DATABASE = dj_database_url.parse(
        os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/marketing_ops"),
        conn_max_age=60,
        conn_health_checks=True,
    )
except ValueError:
    # The value holds a password, so it is not shown.
    raise ImproperlyConfigured(
        "DATABASE_URL is no URL of a database: write postgres://user:password@host:5432/name"
    ) from None
DATABASES = {"default": _DATABASE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_TASK_IGNORE_RESULT = True
# A task whose worker was killed goes back to the queue; all tasks of ours may run twice.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    # Seconds: without them a night waits for ever for a broker that froze.
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
}
# The night is due at this time of the day, for the day before.
NIGHT_HOUR = _number("NIGHT_HOUR", 2, most=23)
CELERY_BEAT_SCHEDULE = {
    "night": {
        "task": "marketing_ops.nightly.night_if_due",
        # Asked every ten minutes, so that a night missed while the machine was off is caught up.
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 540},
    },
    "uploads": {
        "task": "marketing_ops.desk.tasks.look_after_uploads",
        # So long a file waits whose worker was killed, or for which no broker was there.
        "schedule": timedelta(minutes=1),
        "options": {"expires": 50},
    },
    "visit-plans": {
        "task": "marketing_ops.visiting.draft_plans_if_due",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3500},
    },
    "retention": {
        "task": "customers.visits.tasks.keep_to_the_times",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
}

# The steps of a visit in the order of the phone's screen (customers/visits/steps.py). An app that
# lies above contributes its own here, and what else the phone is told of shops and products.
VISIT_STEPS = [
    "customers.visits.own_steps.greeting",
    "inventory.counts.steps.stock_count",
    "customers.visits.own_steps.display",
    "customers.visits.own_steps.price_tags",
    "customers.visits.own_steps.illegal",
    "orders.recommendations.steps.introduced",
    "customers.visits.own_steps.tidied",
    "customers.visits.own_steps.market",
    "customers.visits.own_steps.questions",
    "orders.placing.steps.mock_order",
    "customers.visits.own_steps.promises",
    "customers.visits.own_steps.closing",
]
VISIT_GOODS = "marketing_ops.home.visit_facts.goods"
# What a shop was delivered, for the collection by hand: callable (customer, first day, last day).
COLLECTION_DELIVERIES = "orders.queries.delivered_to"
VISIT_FACTS = ["marketing_ops.home.visit_facts.standings"]
# So many days a visit's photo is kept, by the step that it belongs to; "": any other step or none;
# "unnamed": its visit never came.
PHOTO_DAYS = {"": 180, "unnamed": 60, "illegal": 730}
# With less free space on the disk of VAR_DIR the health check complains.
DISK_ALARM_MB = _number("DISK_ALARM_MB", 2000, most=10**9)

# What the plan of visits is told of shops: callable (day) -> {customer id: Evidence}.
VISIT_EVIDENCE = "marketing_ops.visiting.evidence"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "marketing_ops.accounts.lockout.AddressGate",
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "marketing_ops.accounts.lockout.CountFailure",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {"user_attributes": ("username", "display_name")}),
        ("MinimumLengthValidator", {"min_length": 10}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
# So many wrong passwords lock a name, for so long, wherever they come from (accounts/lockout.py).
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_PARAMETERS = "marketing_ops.accounts.lockout.by_name"
AXES_LOCKOUT_CALLABLE = "marketing_ops.accounts.lockout.answer"
AXES_CLIENT_IP_CALLABLE = "marketing_ops.accounts.lockout.client_address"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
OTP_TOTP_ISSUER = "Marketing Ops"
# Demo, development and tests log in by password alone; there the second factor is an offer.
SECOND_FACTOR_REQUIRED = not _LOCAL
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT", VAR_DIR / "static"))
# What Vite makes of frontend/; its names hold a digest of the content.
_KIT = BASE_DIR / "frontend" / "dist"
STATICFILES_DIRS = [BASE_DIR / "static", ("kit", _KIT)]
DJANGO_VITE = {
    "default": {"manifest_path": _KIT / "manifest.json", "static_url_prefix": "kit"},
}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if _LOCAL
        else "whitenoise.storage.CompressedStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = _LOCAL
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/kit/.+-[\w-]{8}\.\w+$"

SESSION_ENGINE = "marketing_ops.accounts.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60  # from the login on
SESSION_IDLE_SECONDS = 2 * 60 * 60  # from the last use on
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Map tiles are pictures of another server, where one is named; nothing else ever is.
MAP_TILES = os.environ.get("MAP_TILES", "")
MAP_ATTRIBUTION = os.environ.get("MAP_ATTRIBUTION", "")
_tiles = urlsplit(MAP_TILES)
_TILE_HOST = [f"{_tiles.scheme}://{_tiles.netloc.replace('{s}', '*')}"] if _tiles.netloc else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", *_TILE_HOST],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
# The TLS front tells whom it speaks for; without one, nobody may claim an address.
BEHIND_FRONT = not _LOCAL
if not _LOCAL:
    SECURE_SSL_REDIRECT = True
    # The health check comes from inside, over plain http.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        # The first says what who has neither is answered: 401.
        "marketing_ops.accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "marketing_ops.lib.rest.parsers.Json",
        "rest_framework.parsers.FormParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "marketing_ops.lib.rest.schema.Described",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "marketing_ops.lib.rest.errors.explain",
    # "format" is the business format of a shop.
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Marketing Ops",
    "DESCRIPTION": "What the pages show, for programs: docs/api.md.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api",
    "COMPONENT_SPLIT_REQUEST": True,
    # Names for the enumerations that several fields share, or whose fields are called alike.
    "ENUM_NAME_OVERRIDES": {
        "YesNoNaEnum": "customers.visits.answers.YesNoNa",
        "VisitKindEnum": "customers.visits.models.Visit.Kind",
        "MissingPlaceEnum": "customers.visits.models.Visit.Missing",
        "ConfidentialKindEnum": "customers.visits.models.ConfidentialReport.Kind",
        "PlanStatusEnum": "customers.visits.models.MonthPlan.Status",
        "BagKindEnum": "customers.visits.models.BagItem.Kind",
    },
}

LOGGING = logging_config(json_lines=not DEBUG, level=os.environ.get("LOG_LEVEL", "INFO"))
