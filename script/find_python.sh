# Sourced by demo, test and manage: sets $here (this folder) and $python (3.11 or newer, with venv).

here=$(dirname "$(readlink -f "$0")")
python=
for candidate in ${PYTHON:+"$PYTHON"} /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11; do
    if "$candidate" -I -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
        >/dev/null 2>&1; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "error: no Python 3.11 or newer with venv was found." >&2
    echo "On Debian: apt-get install python3 python3-venv python3-pip git" >&2
    exit 1
fi
