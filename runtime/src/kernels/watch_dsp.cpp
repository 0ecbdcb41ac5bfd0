// Armv7E-M: the codes of two rows at a time, in assembly, as no compiler loads eight words at once or finds these
// instructions. What is rare (codes outside of their cells, cells wider than half of all codes) takes the long way.
#include "watch_codes.hpp"

namespace nuthatch::kernels {
namespace {

/// Where a batch has been counted up to. `codes`: the pair's that `block` is of.
struct Place {
  const std::int16_t* codes;
  const CellGrid* grid;
  const std::uint8_t* bins;
  std::uint32_t* block;
};

/// Counts columns up to `end`, or up to one with codes outside of its cells, of which it counts the sums only: true,
/// and the grid is the next one, the rest that column's. 82 instructions a column.
///
/// r4 to r7 hold the column's codes, two rows a word, then their distances from the first cell. pkhbt and pkhtb take
/// the pair's first or second histogram out of its words; smlald adds up two products onto 64 bits; uqsub16 is 0 where
/// neither distance is above the last one; smulwb and smulwt are (scale * half a word) >> 16.
bool count_columns(Place& place, const CellGrid* end, bool odd) {
  // Ends in a 1 where the first column is an odd one; behind the loop, whether that stopped before the end.
  register std::uintptr_t state __asm__("r12") = reinterpret_cast<std::uintptr_t>(end) | (odd ? 1 : 0);
  register const std::int16_t* codes __asm__("r0") = place.codes;
  register const CellGrid* grid __asm__("r1") = place.grid;
  register const std::uint8_t* bins __asm__("r2") = place.bins;
  register std::uint32_t* block __asm__("r3") = place.block;
  __asm__ volatile(
      R"(
      .macro nuthatch_pack even
      .if \even
        pkhbt r4, r4, r5, lsl #16
        pkhbt r5, r6, r7, lsl #16
        pkhbt r6, r8, r9, lsl #16
        pkhbt r7, r10, r11, lsl #16
      .else
        pkhtb r4, r5, r4, asr #16
        pkhtb r5, r7, r6, asr #16
        pkhtb r6, r9, r8, asr #16
        pkhtb r7, r11, r10, asr #16
      .endif
      .endm
      .macro nuthatch_count pair
        smulwb r8, r10, \pair
        smulwt r9, r10, \pair
        ldrb r8, [%[bins], r8]
        ldrb r9, [%[bins], r9]
        ldr r11, [%[block], r8, lsl #2]
        add r11, r11, #1
        str r11, [%[block], r8, lsl #2]
        ldr r11, [%[block], r9, lsl #2]
        add r11, r11, #1
        str r11, [%[block], r9, lsl #2]
      .endm
      .macro nuthatch_column even
        ldmia %[codes], {r4, r5, r6, r7, r8, r9, r10, r11}
        nuthatch_pack \even
        ldrd r8, r9, [%[block], %[sum]]
        mov r10, #0x00010001
        smlald r8, r9, r4, r10
        smlald r8, r9, r5, r10
        smlald r8, r9, r6, r10
        smlald r8, r9, r7, r10
        strd r8, r9, [%[block], %[sum]]
        ldrd r8, r9, [%[block], %[squares]]
        smlald r8, r9, r4, r4
        smlald r8, r9, r5, r5
        smlald r8, r9, r6, r6
        smlald r8, r9, r7, r7
        strd r8, r9, [%[block], %[squares]]
        cmp r4, r5
        bne 1f
        eor r8, r4, r4, ror #16
        eor r9, r4, r6
        orr r8, r8, r9
        eor r9, r4, r7
        orrs r8, r8, r9
        bne 1f
        ldr r8, [%[block], %[constant]]
        add r8, r8, %[rows]
        str r8, [%[block], %[constant]]
      1:
        ldrd r8, r9, [%[grid]], #8
        lsrs r10, r9, #16
        bcs 9f
        pkhtb r8, r8, r8, asr #16
        pkhbt r9, r9, r9, lsl #16
        lsl r10, r10, #1
        ssub16 r4, r4, r8
        ssub16 r5, r5, r8
        ssub16 r6, r6, r8
        ssub16 r7, r7, r8
        uqsub16 r8, r4, r9
        uqsub16 r11, r5, r9
        orr r8, r8, r11
        uqsub16 r11, r6, r9
        orr r8, r8, r11
        uqsub16 r11, r7, r9
        orrs r8, r8, r11
        bne 9f
        nuthatch_count r4
        nuthatch_count r5
        nuthatch_count r6
        nuthatch_count r7
        add %[bins], %[bins], %[cells]
        add %[block], %[block], %[words]
      .endm

        tst %[state], #1
        bic %[state], %[state], #1
        bne 3f
      2:
        nuthatch_column 1
        cmp %[grid], %[state]
        beq 8f
      3:
        nuthatch_column 0
        add %[codes], %[codes], %[pair]
        cmp %[grid], %[state]
        bne 2b
      8:
        mov %[state], #0
        b 10f
      9:
        mov %[state], #1
      10:
      .purgem nuthatch_pack
      .purgem nuthatch_count
      .purgem nuthatch_column
      )"
      : [codes] "+r"(codes), [grid] "+r"(grid), [bins] "+r"(bins), [block] "+r"(block), [state] "+r"(state)
      : [sum] "i"(4 * kBins), [squares] "i"(4 * kBins + 8), [constant] "i"(4 * kBins + 16), [rows] "i"(kBlockRows),
        [cells] "i"(kCells), [words] "i"(4 * kGridWords), [pair] "i"(4 * kBlockRows)
      : "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "cc", "memory");
  place = {codes, grid, bins, block};
  return state != 0;
}

}  // namespace

std::uint32_t count_batch(const CodeBatch& batch) {
  std::uint32_t outside = 0;
  Place place = {batch.codes, batch.grids, batch.cell_bins, batch.blocks};
  std::size_t slot = 0;
  for (std::size_t first = 0; first < batch.grid_count;) {
    std::size_t behind = batch.grid_count;
    if (batch.chosen != batch.grid_count) {
      behind = first;
      while (behind < batch.grid_count && batch.ranks[behind] < batch.chosen) ++behind;
    }
    place.grid = batch.grids + first;
    place.bins = batch.cell_bins + kCells * first;
    while (place.grid != batch.grids + behind) {
      const CellGrid* const start = place.grid;
      const bool rare = count_columns(place, batch.grids + behind, slot % 2 != 0);
      slot += static_cast<std::size_t>(place.grid - start);
      if (!rare) continue;
      const bool odd = slot % 2 == 0;  // of the column before
      const Column column = {place.codes + (odd ? 1 : 0), place.grid[-1], place.bins, place.block};
      outside |= count_cells(batch, column, 0, kBlockRows);
      place.bins += kCells;
      place.block += kGridWords;
      if (odd) place.codes += 2 * kBlockRows;
    }
    first = behind + 1;
  }
  return outside;
}

}  // namespace nuthatch::kernels
