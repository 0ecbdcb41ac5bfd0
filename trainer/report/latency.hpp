#ifndef NUTHATCH_TRAINER_REPORT_LATENCY_HPP
#define NUTHATCH_TRAINER_REPORT_LATENCY_HPP

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

/// Ticks out of the monitor's latency buckets.
namespace nuthatch::report {

/// The first tick count that falls into a bucket (the inverse of latency_bucket).
std::uint64_t bucket_start(std::size_t bucket, unsigned shift);

/// Whether any lies beyond the first bucket, which is where all are that nobody measured.
bool latency_measured(std::span<const std::uint64_t> buckets);

/// The upper end, in ticks, of the bucket that holds the share `q` of the rows; nothing where it is the last, open one.
std::optional<std::uint64_t> latency_quantile(std::span<const std::uint64_t> buckets, unsigned shift, double q);

/// The same latencies in buckets of a larger shift, a bucket of the one lying in one of the other; what the open last
/// bucket holds stays in the open last bucket.
void coarsen_latency(std::vector<std::uint64_t>& buckets, unsigned shift, unsigned coarser);

}  // namespace nuthatch::report

#endif
