#!/usr/bin/env bash
# deb.sh BUILD NUTHATCH DATA PRESET ARCHITECTURE TRIPLET QEMU: makes the Debian package of BUILD/PRESET, unpacks it, and runs
# it under QEMU: its runner answers bit for bit as the host, and a C program linked with its library, static and shared,
# number by number.
set -euo pipefail
build=$1 nuthatch=$2 data=$3 preset=$4 architecture=$5 triplet=$6 qemu=$7
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cpack --config "$build/$preset/CPackConfig.cmake" -B "$work" >cpack.log 2>&1 || { cat cpack.log; exit 1; }
package=nuthatch-runtime_0.1.0_$architecture.deb
[ "$(dpkg-deb -f "$package" Architecture)" = "$architecture" ]
dpkg-deb -f "$package" Depends | grep -q 'libc6'
dpkg-deb -x "$package" root
for file in bin/nuthatch-runner include/nuthatch.h include/nuthatch/nuthatch.hpp lib/libnuthatch.a lib/libnuthatch.so.0.1 \
  lib/pkgconfig/nuthatch.pc lib/cmake/nuthatch/nuthatchConfig.cmake; do
  [ -e "root/usr/$file" ] || { echo "the package has no /usr/$file"; exit 1; }
done
# What it needs of other packages is what it says.
needed=$("$triplet-readelf" -d root/usr/bin/nuthatch-runner root/usr/lib/libnuthatch.so.0.1 |
  sed -nE 's/.*NEEDED.*\[(.*)\]/\1/p' | sort -u | grep -vxE 'lib(c|m)\.so\.6|ld-linux-(aarch64|armhf)\.so\.[0-9]|libstdc\+\+\.so\.6|libgcc_s\.so\.1' || true)
[ -z "$needed" ] || { echo "needs also $needed"; exit 1; }

cp "$here/c/example.c" .
"$triplet-gcc" -std=c99 -Iroot/usr/include example.c -o shared -Lroot/usr/lib -lnuthatch -lm
"$triplet-gcc" -std=c99 -Iroot/usr/include example.c -o static root/usr/lib/libnuthatch.a -lm
checked=0
for model in "iris logistic" "iris forest --trees 5" "diabetes ridge"; do
  read -r set family flags <<<"$model"
  # shellcheck disable=SC2086
  "$nuthatch" train --data "$data/$set.train.csv" --target label --model "$family" $flags --monitor full -o m.nhm >/dev/null
  "$nuthatch" evaluate m.nhm --data "$data/$set.test.csv" --on "$preset" --firmware root/usr/bin/nuthatch-runner --json |
    jq -e '.identical_to_host and .rows > 20' >/dev/null
  # predict writes row,prediction,ok[,score...]; the example a class or -, and its scores.
  "$nuthatch" predict m.nhm --data "$data/$set.test.csv" | tail -n +2 |
    awk -F, '{ line = NF == 3 ? "-," $2 : $2; for (i = 4; i <= NF; ++i) line = line "," $i; print line }' >wanted
  tail -n +2 "$data/$set.test.csv" | sed 's/,[^,]*$//' >rows
  for program in shared static; do
    "$qemu" -L "/usr/$triplet" -E LD_LIBRARY_PATH=root/usr/lib ./$program m.nhm <rows >answers
    paste -d, wanted answers | awk -F, -v what="$program $set $family" '
      { half = NF / 2; wrong = $1 != $(1 + half) }
      { for (i = 2; i <= half; ++i) if ($i + 0 != $(i + half) + 0) wrong = 1 }
      wrong { print what ": row " NR ": " $0; exit 1 }
      END { if (NR < 20) exit 1 }'
    checked=$((checked + 1))
  done
done
echo "$package: its runner and $checked programs answer as the host does"
[ $checked -eq 6 ]
