#!/bin/bash
# includes.sh ROOT: the directions that never reverse (DESIGN.md), read off the #include lines of ROOT/{schema,runtime,
# trainer,ports}. Prints "rule: file: include" for each violation and fails; fails too if a layer has no such line.
set -euo pipefail
shopt -s extglob

cd "$1"
status=0
report() {
  echo "$1: $2: $3"
  status=1
}

# Sets `target` to the file that a quoted include means, seen from `file`: beside it, or in one of the folders. Empty if
# it is elsewhere.
resolve() {
  local file=$1 name=$2 folder
  shift 2
  target=
  for folder in "${file%/*}" "$@"; do
    if [ -f "$folder/$name" ]; then
      target=$folder/$name
      if [[ $name == *..* ]]; then target=$(realpath --relative-to=. "$target"); fi
      return
    fi
  done
}

# Everything that only the two readers of FlatBuffers may see.
check_flatbuffers() {
  case $2 in
    *flatbuffers* | *_generated.h* | *flexbuffers*)
      case $1 in
        runtime/src/open.cpp | trainer/export/model_file.cpp) ;;
        *) report flatbuffers "$1" "$2" ;;
      esac ;;
  esac
}

check_runtime() {
  local file=$1 include=$2 name=${2:1:-1} target
  case $include in
    *trainer/* | *ports/* | *tests/*) report runtime-layers "$file" "$include" ;;
    '<'@(chrono|iostream|ostream|istream|fstream|sstream|iomanip|iosfwd|cstdio|stdio.h|ctime|time.h)'>' | \
    '<'@(vector|string|string_view|memory|memory_resource|map|set|unordered_map|unordered_set|list|deque)'>' | \
    '<'@(functional|any|optional|variant|random|regex|locale|filesystem|exception|stdexcept|typeinfo)'>' | \
    '<'@(thread|mutex|atomic|future|condition_variable|cstdlib|stdlib.h|cassert|assert.h|csetjmp)'>' | \
    '<'@(setjmp.h|csignal|signal.h|unistd.h|malloc.h)'>' | '<'sys/*)
      report runtime-libraries "$file" "$include" ;;
    '"'*_generated.h'"') ;;  # check_flatbuffers's
    '"'*)
      resolve "$file" "$name" runtime/include runtime/src
      [[ $target == runtime/* ]] || report runtime-layers "$file" "$include" ;;
  esac
}

# Plain views only.
check_kernel() {
  local file=$1 include=$2 name=${2:1:-1} target
  case $include in
    '<Eigen/'*'>' | '<'@(cstddef|cstdint|cstring|algorithm|limits|arm_neon.h|arm_acle.h|arm_mve.h|immintrin.h)'>') ;;
    '"'*)
      resolve "$file" "$name" runtime/include runtime/src
      [[ $target == runtime/src/kernels/* ]] || report kernels "$file" "$include" ;;
    *) report kernels "$file" "$include" ;;
  esac
}

# The runtime's public headers, its own, and the files that ports talk to the program through.
check_trainer() {
  local file=$1 include=$2 name=${2:1:-1} target
  case $include in
    *runtime/src* | '<nuthatch'*) report trainer-layers "$file" "$include" ;;
    '"'*_generated.h'"') ;;  # check_flatbuffers's
    '"'*)
      resolve "$file" "$name" trainer runtime/include ports
      [[ $target == @(trainer|runtime/include|ports)/* ]] || report trainer-layers "$file" "$include" ;;
  esac
}

check_port() {
  local file=$1 include=$2 name=${2:1:-1} target
  case $include in
    '<'@(Eigen|flatbuffers|nuthatch|fmt|doctest)*) report ports-layers "$file" "$include" ;;
    '"'*)
      resolve "$file" "$name" ports runtime/include
      [[ $target == ports/* || $target == runtime/include/nuthatch.h || $target == runtime/include/nuthatch/*.hpp ]] ||
        report ports-layers "$file" "$include" ;;
  esac
}

# Lines "file:include" of a layer.
includes_of() {
  find "$1" -type f \( -name '*.h' -o -name '*.hpp' -o -name '*.c' -o -name '*.cpp' -o -name '*.S' \) -print0 |
    sort -z | xargs -0 -r grep -HoE '^[[:space:]]*#[[:space:]]*include[[:space:]]*(<[^>]*>|"[^"]*")' |
    sed -E 's/:[[:space:]]*#[[:space:]]*include[[:space:]]*/:/' || true
}

scan() {
  local layer=$1 check=$2 lines file include count=0
  lines=$(includes_of "$layer")
  while IFS=: read -r file include; do
    [ -n "$file" ] || continue
    count=$((count + 1))
    check_flatbuffers "$file" "$include"
    "$check" "$file" "$include"
  done <<<"$lines"
  echo "$layer has $count includes"
  [ $count -gt 0 ] || report nothing "$layer" "no includes found"
}

scan runtime check_runtime
scan runtime/src/kernels check_kernel
scan trainer check_trainer
scan ports check_port
if grep -nE '^[[:space:]]*include' schema/*.fbs; then report schema schema "includes something"; fi
exit $status
