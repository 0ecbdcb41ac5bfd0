#!/usr/bin/env bash
# links.sh BUILD: of the kinds, the inputs and what else there is to name, an image holds what it names and no more
# (DESIGN.md, "Parts"), on every core.
set -euo pipefail
build=$1

# What says that a part is there: its table, its own functions and kernels.
declare -A symbols=(
  [linear]='Linear::part|prove_linear\('
  [linear-float32]='LinearFloat32::part|prove_linear_float32\('
  [svm]='Svm::part|(prove|read)_svm\(|add_weighted\(|sum_of_squares\('
  [bayes]='Bayes::part|(prove|read)_bayes\(|sum_quadratics\('
  [forest]='Forest::part|(prove|read)_forest\(|add_(values|votes)\('
  [network]='Network::part|(prove|read)_network\(|kernels::requantize\('
  [blend]='Blend::part|read_(blend|member)\('
  [preparation]='Preparation::part|prove_steps\(|read_preparation\('
  [float32]='Float32Input::part'
  [int16]='Int16Input::part'
  [probability]='Probability::|read_link\(|weigh_(logistic|proportion)\('
  [explanation]='Explanation::|Explain(Linear|Forest)::|read_explanation\('
  [monitor]='Monitor::'
  [histograms]='Histograms::'
)
kinds="linear linear-float32 svm bayes forest network"

images=0
# has IMAGE PART...: the image has something of each of these, and nothing of any other.
has() {
  local image=$1 names part wanted
  shift
  wanted=" $* "
  names=$(arm-none-eabi-nm -C "$image")
  for part in "${!symbols[@]}"; do
    if [[ $wanted == *" $part "* ]]; then
      if ! grep -qE "nuthatch::(detail::|kernels::|\(anonymous namespace\)::)?(${symbols[$part]})" <<<"$names"; then
        echo "missing: $part in $image"
        return 1
      fi
    elif grep -E "${symbols[$part]}" <<<"$names"; then
      echo "linked: $part in $image"
      return 1
    fi
  done
  images=$((images + 1))
}

for core in cortex-m0 cortex-m3 cortex-m4 cortex-m7 cortex-m33 cortex-m55; do
  folder=$build/$core/ports/cortex-m/footprint
  for input in float32 int16; do
    base=$folder/footprint-fast
    for kind in $kinds; do
      has "$base-$kind-$input-predict.elf" $kind $input
      has "$base-$kind-preparation-$input-predict.elf" $kind preparation $input
    done
    has "$base-linear-$input-snapshot.elf" linear $input monitor
    has "$base-linear-probability-$input-predict.elf" linear $input probability
    has "$base-linear-$input-full_snapshot.elf" linear $input monitor histograms
    # shellcheck disable=SC2086
    has "$base-all-$input-predict.elf" $kinds blend $input
    for members in "forest network" "linear svm" "linear svm forest network"; do
      # shellcheck disable=SC2086
      has "$base-blend-${members// /-}-$input-predict.elf" $members blend $input
      # shellcheck disable=SC2086
      has "$base-blend-${members// /-}-preparation-$input-predict.elf" $members blend preparation $input
    done
  done
  # The deliberate violations: the image of all kinds, for each that is not named.
  for kind in $kinds; do
    # shellcheck disable=SC2086
    if said=$(has "$folder/footprint-fast-all-int16-predict.elf" ${kinds/$kind/} blend int16); then
      echo "$kind was not seen on $core"
      exit 1
    fi
    grep -q "^linked: $kind " <<<"$said"
  done
done
echo "$images images hold what they name and no more"
[ "$images" -eq 264 ]
