#!/bin/bash
# break_and_look.sh FAULT NODE CHROMIUM GOOD.html: look.mjs at the page with that fault in it.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
bad=$(mktemp --suffix .html)
trap 'rm -f "$bad"' EXIT
"$2" "$here/break_page.mjs" "$1" "$4" "$bad"
"$2" "$here/look.mjs" "$3" "$bad" --width 390
