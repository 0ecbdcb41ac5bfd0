#!/bin/bash
# includes_fire.sh ROOT: each rule of includes.sh fires: a copy of the tree with one line more must be refused, by that
# rule, and the copy without it accepted.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$1
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
for layer in schema runtime trainer ports; do
  cp -r "$root/$layer" "$tree"
done
"$here/includes.sh" "$tree" >/dev/null || { echo "the tree itself is refused"; exit 1; }

failed=0
while IFS='|' read -r rule file line; do
  before=
  if [ -e "$tree/$file" ]; then
    before=$(mktemp -p "$tree")
    cp "$tree/$file" "$before"
  fi
  echo "$line" >>"$tree/$file"
  "$here/fires.sh" "$rule" "$here/includes.sh" "$tree" >"$tree/output" || {
    echo "does not fire: $rule in $file: $line"
    cat "$tree/output"
    failed=1
  }
  if [ -n "$before" ]; then mv "$before" "$tree/$file"; else rm "$tree/$file"; fi
done <<'VIOLATIONS'
flatbuffers|runtime/src/predict.cpp|#include "model_generated.h"
flatbuffers|runtime/src/monitor.cpp|#include <flatbuffers/flatbuffers.h>
flatbuffers|runtime/src/new.cpp|  #  include "snapshot_generated.h"
flatbuffers|runtime/include/nuthatch/model.hpp|#include "flatbuffers/verifier.h"
flatbuffers|trainer/export/model_file.hpp|#include "model_generated.h"
flatbuffers|trainer/commands/monitor.cpp|#include "snapshot_generated.h"
flatbuffers|ports/runner.cpp|#include "model_generated.h"
runtime-layers|runtime/src/open.cpp|#include "quantize/linear.hpp"
runtime-layers|runtime/src/open.cpp|#include "trainer/quantize/linear.hpp"
runtime-layers|runtime/src/monitor.cpp|#include "../../ports/port.h"
runtime-layers|runtime/include/nuthatch/model.hpp|#include "port.h"
runtime-layers|runtime/src/new.cpp|#include "tests/unit/make_model.hpp"
runtime-libraries|runtime/src/monitor.cpp|#include <chrono>
runtime-libraries|runtime/src/monitor.cpp|#include <ctime>
runtime-libraries|runtime/src/predict.cpp|#include <iostream>
runtime-libraries|runtime/src/status.cpp|#include <cstdio>
runtime-libraries|runtime/src/status.cpp|#include <stdio.h>
runtime-libraries|runtime/src/open.cpp|#include <vector>
runtime-libraries|runtime/src/open.cpp|#include <string>
runtime-libraries|runtime/include/nuthatch/model.hpp|#include <memory>
runtime-libraries|runtime/include/nuthatch.h|#include <stdlib.h>
kernels|runtime/src/kernels/linear_portable.cpp|#include "nuthatch/model.hpp"
kernels|runtime/src/kernels/linear_portable.cpp|#include "nuthatch/view.hpp"
kernels|runtime/src/kernels/linear.hpp|#include "../layout.hpp"
kernels|runtime/src/kernels/new.cpp|#include <cmath>
flatbuffers|runtime/src/kernels/linear.hpp|#include <flatbuffers/base.h>
trainer-layers|trainer/quantize/encoding.cpp|#include "runtime/src/bits.hpp"
trainer-layers|trainer/quantize/encoding.cpp|#include "../../runtime/src/bits.hpp"
trainer-layers|trainer/quantize/encoding.cpp|#include "layout.hpp"
trainer-layers|trainer/export/model_file.cpp|#include "kernels/linear.hpp"
ports-layers|ports/runner.cpp|#include "../runtime/src/layout.hpp"
ports-layers|ports/runner.cpp|#include "layout.hpp"
ports-layers|ports/runner.cpp|#include "data/csv.hpp"
ports-layers|ports/host/new.cpp|#include <Eigen/Core>
schema|schema/model.fbs|include "snapshot.fbs";
VIOLATIONS
rm -rf "$tree/ports" && mkdir "$tree/ports"
"$here/fires.sh" nothing "$here/includes.sh" "$tree" >/dev/null || { echo "does not fire: nothing"; failed=1; }
exit $failed
