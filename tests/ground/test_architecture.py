"""The house has floors: imports and foreign keys go down, never up."""

import subprocess
import sys
from pathlib import Path

from django.apps import apps
from django.conf import settings

ROOT = Path(settings.BASE_DIR)

# From the top to the bottom; the longest name that fits decides.
FLOORS = [
    {"marketing_ops", "marketing_ops.demo"},
    {"orders"},
    {"inventory"},
    {"brands"},
    {"customers"},
    {"marketing_ops.accounts", "marketing_ops.audit", "marketing_ops.runs"},
    {"marketing_ops.lib", "marketing_ops.embedded"},
]


def floor_of(app_name):
    candidates = [
        (len(name), number)
        for number, names in enumerate(FLOORS)
        for name in names
        if app_name == name or app_name.startswith(name + ".")
    ]
    return max(candidates)[1]


def our_models():
    return [
        model
        for model in apps.get_models()
        if model._meta.app_config.path.startswith(str(ROOT) + "/")
        and ".venv" not in model._meta.app_config.path
    ]


def test_every_import_goes_down_the_floors():
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_foreign_key_goes_down_the_floors_or_stays_in_its_package():
    upward = []
    for model in our_models():
        for field in model._meta.get_fields():
            target = field.related_model if field.is_relation and field.concrete else None
            if target is None or target not in our_models():
                continue
            source, aim = model._meta.app_config.name, target._meta.app_config.name
            climbs = floor_of(aim) < floor_of(source)
            nested = aim.startswith(source + ".")
            if climbs or nested:
                upward.append(f"{model._meta.label}.{field.name} -> {target._meta.label}")
    assert upward == []


def test_the_floors_name_every_app_of_ours():
    ours = {model._meta.app_config.name for model in our_models()}
    assert ours, "no models found"
    for name in ours:
        floor_of(name)


def test_no_migration_is_missing(db):
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
