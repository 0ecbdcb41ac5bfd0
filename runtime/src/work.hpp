#ifndef NUTHATCH_WORK_HPP
#define NUTHATCH_WORK_HPP

#include "nuthatch/view.hpp"

namespace nuthatch::detail {

/// More steps than any row could wait for; the sums of a file's parts stay in 32 bits.
constexpr std::uint32_t kEndlessWork = 1U << 29;

inline void add_work(ModelView& view, std::uint64_t steps) {
  view.work += steps < kEndlessWork ? static_cast<std::uint32_t>(steps) : kEndlessWork;
}

/// Invariant I20 (SPEC.md), for kinds that could take more steps than four a byte of their tables.
Status check_work(const ModelView& view);

}  // namespace nuthatch::detail

#endif
