#!/usr/bin/env bash
# flash.sh NUTHATCH DATA WORK: images against objcopy's, what does not fit, and what OpenOCD is told.
set -euo pipefail
nuthatch=$1 data=$2 work=$3
rm -rf "$work"
mkdir -p "$work/no tools" "$work/tools" "$work/a folder"
cd "$work"

fails_with() { # TEXT COMMAND...: status 1, and the text on stderr
  local text=$1 status=0
  shift
  "$@" >out.txt 2>err.txt || status=$?
  if [ $status -ne 1 ] || ! grep -qF -- "$text" err.txt; then
    echo "$*: status $status, not \"$text\" but:"
    cat err.txt
    exit 1
  fi
}

"$nuthatch" train --data "$data/iris.train.csv" --target label --model forest --trees 10 --monitor full -o iris.nhm >/dev/null

# What objcopy makes of the .elf is our .hex, but for the start address; and of our .hex, our .bin.
for board in microbit stm32f405; do
  "$nuthatch" flash --board $board iris.nhm --files >out.txt
  arm-none-eabi-objcopy -O ihex iris.$board.elf objcopy.hex
  tr -d '\r' <objcopy.hex | grep -v '^:0400000[35]' | cmp - iris.$board.hex
  arm-none-eabi-objcopy -I ihex -O binary --gap-fill 0xff iris.$board.hex objcopy.bin
  cmp objcopy.bin iris.$board.bin
  # The model lies where the linker script says, behind its head.
  arm-none-eabi-objcopy -O binary --only-section=.model iris.$board.elf model.bin
  cmp <(tail -c +9 model.bin) iris.nhm
done

# A dry run writes nothing.
"$nuthatch" flash --board microbit iris.nhm -o dry --dry-run >out.txt
grep -q "not written" out.txt
grep -q "12[0-9][0-9][0-9] left to you\|13[0-9][0-9][0-9] left to you" out.txt
! compgen -G 'dry*' || exit 1

# What does not fit is said before anything is written, and by how much.
"$nuthatch" train --data "$data/digits.train.csv" --target label --model logistic --monitor full -o full.nhm >/dev/null
fails_with "too many; a smaller --monitor-bytes helps" "$nuthatch" flash --board microbit full.nhm
"$nuthatch" flash --board stm32f405 full.nhm --dry-run >out.txt
"$nuthatch" train --data "$data/satellite.train.csv" --target label --model extra-trees --trees 60 -o large.nhm >/dev/null
size=$(stat -c %s large.nhm)
fails_with "the model takes $((size + 8)) bytes of flash and the microbit has 212992 for it: $((size + 8 - 212992)) too many" \
  "$nuthatch" flash --board microbit large.nhm
! compgen -G 'full.microbit*' || exit 1

# OpenOCD is told the board's probe and chip, and a name with a space in one piece; what it answers is the answer.
cat >tools/openocd <<'FAKE'
#!/bin/sh
printf '%s\n' "$@" >"$ARGUMENTS"
exit "$ANSWER"
FAKE
chmod +x tools/openocd
export ARGUMENTS=$work/arguments.txt
ANSWER=0 PATH=$work/tools:$PATH "$nuthatch" flash --board microbit iris.nhm -o "a folder/x" >out.txt
cmp "$ARGUMENTS" <<'WANTED'
-f
interface/cmsis-dap.cfg
-f
target/nrf51.cfg
-c
program {a folder/x.hex} verify reset exit
WANTED
cmp "a folder/x.elf" iris.microbit.elf
ANSWER=0 PATH=$work/tools:$PATH "$nuthatch" flash --board stm32f405 iris.nhm >out.txt
grep -qx interface/stlink.cfg "$ARGUMENTS"
grep -qx target/stm32f4x.cfg "$ARGUMENTS"
ANSWER=3 PATH=$work/tools:$PATH fails_with "openocd did not write the stm32f405 (it ended with 3)" \
  "$nuthatch" flash --board stm32f405 iris.nhm
fails_with "openocd is not installed, so the microbit was not written; install it (Debian: openocd), or copy iris.microbit.hex onto the MICROBIT drive" \
  env PATH="$work/no tools" "$nuthatch" flash --board microbit iris.nhm

# A program that is none, or keeps no place for a model.
mkdir -p firmware/cortex-m0/ports
echo nothing >firmware/cortex-m0/ports/microbit.elf
NUTHATCH_FIRMWARE=$work/firmware fails_with "is not an ELF file" "$nuthatch" flash --board microbit iris.nhm --files
head -c 20000 iris.microbit.elf >firmware/cortex-m0/ports/microbit.elf
NUTHATCH_FIRMWARE=$work/firmware fails_with "is cut off" "$nuthatch" flash --board microbit iris.nhm --files
cp iris.stm32f405.elf firmware/cortex-m0/ports/microbit.elf
NUTHATCH_FIRMWARE=$work/firmware fails_with "keeps no place for a model" "$nuthatch" flash --board microbit iris.nhm --files
NUTHATCH_FIRMWARE=$work/nowhere fails_with "build it with ./run build" "$nuthatch" flash --board microbit iris.nhm --files
# A board that faults says so itself, where no debugger listens: an undefined instruction in the place of a timer's start.
for board in microbit stm32f405; do
  elf=iris.$board.elf
  start=$((0x$(arm-none-eabi-nm "$elf" | awk '$3 == "port_tick_start" { print $1 }') & ~1))
  read -r offset address <<<"$(arm-none-eabi-readelf -lW "$elf" | awk '$1 == "LOAD" && /R E/ { print $2, $3 }')"
  cp "$elf" broken.elf
  printf '\x00\xde' | dd of=broken.elf bs=1 seek=$((offset + start - address)) conv=notrunc status=none
  fails_with "the board says: hard fault: pc $(printf %08x $start)" \
    "$nuthatch" evaluate iris.nhm --data "$data/iris.test.csv" --on $board --firmware broken.elf
done
echo "images, budgets and OpenOCD's arguments are right"
