#!/usr/bin/env bash
# Trains every example again, in a virtual environment outside of the source tree.
set -euo pipefail
cd "$(dirname "$0")"
environment="${XDG_CACHE_HOME:-$HOME/.cache}/skiff/examples"
[ -x "$environment/bin/python" ] || python3 -m venv "$environment"
"$environment/bin/pip" install --quiet -r requirements.txt
for script in */train.py wages/hostile.py; do "$environment/bin/python" "$script"; done
