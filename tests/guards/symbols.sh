#!/bin/bash
# symbols.sh NM OBJECT_OR_ARCHIVE...: what the runtime may not contain or ask for. Prints "rule: symbol" for each
# violation and fails; fails too if nm prints nothing.
set -euo pipefail

nm=$1
shift
[ $# -gt 0 ] || { echo "nothing: no objects given"; exit 1; }

# name|value|class|type|size|line|section; the names as the linker sees them, and as people read them.
listing=$("$nm" -f sysv "$@" | awk -F'|' 'NF >= 7 { gsub(/ /, "", $1); gsub(/ /, "", $7); print $1 "|" $7 }') ||
  { echo "nothing: nm failed"; exit 1; }
readable=$("$nm" -C -f sysv "$@" | awk -F'|' 'NF >= 7 { sub(/ +$/, "", $1); gsub(/ /, "", $NF); print $1 "|" $NF }')
text=$(grep -c '|\.text' <<<"$listing" || true)
[ "$text" -gt 0 ] || { echo "nothing: nm names no function"; exit 1; }

violations=$(
  # rule, and what its symbols' names look like, before the first '|'
  while read -r rule pattern; do
    { grep -E "^($pattern)(\|)" <<<"$listing"; grep -E "^($pattern)(\|)" <<<"$readable"; } | sed "s/^/$rule: /" || true
  done <<'RULES'
heap malloc|calloc|realloc|free|aligned_alloc|posix_memalign|reallocarray|_?sbrk
heap operator (new|delete).*
exceptions __cxa_(throw|rethrow|begin_catch|end_catch|allocate_exception).*|_Unwind_.*|__gxx_personality.*
exceptions std::__throw_.*|_ZSt[0-9]+__throw_.*|DW\.ref\..*
rtti typeinfo.*|__dynamic_cast
vtable vtable.*|VTT.*|__cxa_pure_virtual
stdio (__)?(f|s|sn|v|vf|vs|vsn|d)?printf(_chk)?|puts|fputs|putchar|fopen|fclose|fread|fwrite|perror
stdio stdout|stderr|stdin|std::(cout|cerr|basic_ostream|ios_base).*
abort abort|_?exit|_Exit|quick_exit|std::terminate.*|__assert_fail|__assert|__assert_func|__stack_chk_fail
guard guard variable.*|__cxa_guard_.*|__cxa_atexit|__cxa_thread_atexit|atexit|_GLOBAL__sub_I_.*
clock clock|time|clock_gettime|gettimeofday|std::chrono::.*
RULES
  # Data that can be written. Constants with addresses in them lie in .data.rel.ro and cannot.
  awk -F'|' '$2 ~ /^(\.data|\.bss|\.tdata|\.tbss|\.ldata|\.lbss|COMMON|\*COM\*)/ && $2 !~ /^\.data\.rel\.ro/ {
    print "writable: " $1 " in " $2 }' <<<"$listing"
)
if [ -n "$violations" ]; then
  sort -u <<<"$violations"
  exit 1
fi
echo "$text functions, nothing banned"
