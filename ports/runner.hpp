#ifndef NUTHATCH_RUNNER_HPP
#define NUTHATCH_RUNNER_HPP

/// The runner's files for C++: what report.h says, with the layout proven. Shared by the runner and
/// the host program.

#include <cstddef>
#include <cstdint>

#include "report.h"

namespace nuthatch::runner {

using RunnerContext = nuthatch_context;
using RunnerResult = nuthatch_result;
using RunnerReport = nuthatch_report;

static_assert(sizeof(RunnerContext) == 32 && sizeof(RunnerResult) == 8);
static_assert(sizeof(RunnerReport) == 88);
static_assert(offsetof(RunnerReport, open_instructions) == 48, "report.bin has no padding");

/// Bytes of a row of results.bin.
constexpr std::size_t result_bytes(std::size_t outputs) {
  return sizeof(RunnerResult) + outputs * sizeof(std::int32_t);
}

}  // namespace nuthatch::runner

#endif
