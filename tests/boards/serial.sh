#!/usr/bin/env bash
# serial.sh NUTHATCH DATA PTY_BOARD WORK: predict and evaluate through a serial port, with a board that is well, one that
# loses answers, one that faults, and one that is mute.
set -euo pipefail
nuthatch=$1 data=$2 pty_board=$3 work=$4
rm -rf "$work"
mkdir -p "$work"
cd "$work"
board=
trap '[ -z "$board" ] || kill $board' EXIT

start() { # MODEL MODE: sets `port`
  [ -z "$board" ] || kill "$board"
  : >port.txt
  "$pty_board" "$1" "$2" >port.txt &
  board=$!
  for _ in $(seq 100); do
    port=serial:$(head -1 port.txt)
    [ "$port" = serial: ] || return 0
    sleep 0.05
  done
  echo "no board"
  exit 1
}

fails_with() { # TEXT COMMAND...
  local text=$1 status=0
  shift
  "$@" >out.txt 2>err.txt || status=$?
  [ $status -eq 1 ] && grep -qF -- "$text" err.txt || { echo "$*: status $status"; cat err.txt; exit 1; }
}

for input in float32 int16; do
  "$nuthatch" train --data "$data/wine.train.csv" --target label --model forest --monitor full --input $input -o $input.nhm >/dev/null
done
rows=$(($(wc -l <"$data/wine.test.csv") - 1))
for mode in good lossy; do
  start float32.nhm $mode
  "$nuthatch" evaluate float32.nhm --data "$data/wine.test.csv" --on "$port:115200" --json >run.json
  jq -e --argjson rows "$rows" '.identical_to_host and .rows == $rows' run.json >/dev/null
  # Twice, and each time its own rows only; whoever lost an answer got it again, and no row was counted twice.
  for _ in 1 2; do
    "$nuthatch" predict float32.nhm --data "$data/wine.test.csv" --on "$port" --snapshot s.bin --snapshot-every 20 \
      --device-id 7 -o p.csv
    [ "$("$nuthatch" monitor s.001.bin --model float32.nhm --json | jq .rows)" = "$rows" ] ||
      { "$nuthatch" monitor s.001.bin --model float32.nhm --json | head -20; exit 1; }
  done
  "$nuthatch" predict float32.nhm --data "$data/wine.test.csv" -o host.csv
  cmp p.csv host.csv
done
start int16.nhm good
"$nuthatch" evaluate int16.nhm --data "$data/wine.test.csv" --on "$port" --json | jq -e .identical_to_host >/dev/null
fails_with "carries another model" "$nuthatch" evaluate float32.nhm --data "$data/wine.test.csv" --on "$port"
: >none.nhm
start none.nhm good
fails_with "has no model in its flash" "$nuthatch" evaluate float32.nhm --data "$data/wine.test.csv" --on "$port"
start float32.nhm fault
fails_with "the board says: hard fault: pc 00000000" "$nuthatch" evaluate float32.nhm --data "$data/wine.test.csv" --on "$port"
start float32.nhm mute
fails_with "no answer to hello, asked 20 times" "$nuthatch" evaluate float32.nhm --data "$data/wine.test.csv" --on "$port"
fails_with "is the board plugged in?" "$nuthatch" evaluate float32.nhm --data "$data/wine.test.csv" --on serial:/dev/no-such-port
echo "$rows rows through a serial port, whole and lossy"
