#include "report/latency.hpp"

#include <algorithm>
#include <numeric>

#include "nuthatch/monitor.hpp"

namespace nuthatch::report {

std::uint64_t bucket_start(std::size_t bucket, unsigned shift) {
  if (bucket < 4) return std::uint64_t{bucket} << shift;
  const std::size_t octave = bucket / 4 + 1;
  return ((std::uint64_t{4} + bucket % 4) << (octave - 2)) << shift;
}

bool latency_measured(std::span<const std::uint64_t> buckets) {
  return !buckets.empty() && std::any_of(buckets.begin() + 1, buckets.end(), [](auto rows) { return rows != 0; });
}

std::optional<std::uint64_t> latency_quantile(std::span<const std::uint64_t> buckets, unsigned shift, double q) {
  const std::uint64_t rows = std::accumulate(buckets.begin(), buckets.end(), std::uint64_t{0});
  const double wanted = q * static_cast<double>(rows);
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket + 1 < buckets.size(); ++bucket) {
    seen += buckets[bucket];
    if (seen > 0 && static_cast<double>(seen) >= wanted) return bucket_start(bucket + 1, shift) - 1;
  }
  return std::nullopt;
}

void coarsen_latency(std::vector<std::uint64_t>& buckets, unsigned shift, unsigned coarser) {
  if (buckets.empty() || shift == coarser) return;
  std::vector<std::uint64_t> coarse(buckets.size(), 0);
  for (std::size_t bucket = 0; bucket + 1 < buckets.size(); ++bucket) {
    const std::uint64_t value = bucket_start(bucket, shift) >> coarser;
    coarse[latency_bucket(static_cast<std::uint32_t>(std::min<std::uint64_t>(value, UINT32_MAX)))] += buckets[bucket];
  }
  coarse.back() += buckets.back();
  buckets = std::move(coarse);
}

}  // namespace nuthatch::report
