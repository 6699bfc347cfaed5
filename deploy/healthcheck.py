"""Whether the container it runs in does its own part: `healthcheck.py web|worker|beat`.

Not whether all is well: a failed night shows at /healthz, and starting the web server again would
not mend it.
"""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

BEAT_SILENT = 5 * 60  # seconds; marketing_ops/beat.py gives a sign of life every minute


def web() -> bool:
    host = os.environ["ALLOWED_HOSTS"].split(",")[0]
    request = urllib.request.Request("http://127.0.0.1:8000/healthz", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=8):
            return True
    except urllib.error.HTTPError as answer:
        return answer.code == 503  # it answers, and says what else is wrong
    except OSError:
        return False


def worker() -> bool:
    # In a container the host name is the container's own, so this asks only the worker in it.
    command = ["celery", "-A", "marketing_ops", "inspect", "ping", "--timeout", "10"]
    command += ["--destination", f"celery@{os.uname().nodename}"]
    return (
        subprocess.run([sys.executable, "-m", *command], stdout=subprocess.DEVNULL).returncode == 0
    )


def beat() -> bool:
    sign = Path(os.environ["VAR_DIR"], "beat.alive")
    return sign.exists() and time.time() - sign.stat().st_mtime < BEAT_SILENT


if __name__ == "__main__":
    sys.exit(not {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]())
