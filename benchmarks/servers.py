"""Where the environment names no servers, a benchmark runs under the embedded ones.

They keep their data in `var/benchmarks` (or in VAR_DIR), apart from the demo's.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def ensure() -> None:
    """Start the program again with servers of its own, unless DATABASE_URL and REDIS_URL name some.

    Call it before Django is imported; it returns in the process that does the work.
    """
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return
    from marketing_ops.embedded.__main__ import environment, foreground

    var = Path(os.environ.get("VAR_DIR") or ROOT / "var" / "benchmarks").resolve()
    sys.exit(foreground(var, [sys.executable, *sys.argv], environment(var, dict(os.environ))))
