#include "explain.hpp"
#include "layout.hpp"

namespace nuthatch {

bool ContributionCounters::attached() const { return model_ != nullptr && model_->opening() == opening_; }

Status ContributionCounters::attach(const Model& model, Span<std::uint32_t> words) {
  model_ = nullptr;
  opening_ = model.opening();
  if (opening_ == kNoOpening) return Status::kNotOpen;
  const std::size_t count = contribution_words(model.view().features);
  if (words.size() < count || words.data() == nullptr) return Status::kMonitorWords;
  for (std::size_t i = 0; i < count; ++i) words[i] = 0;
  model_ = &model;
  words_ = words.data();
  return Status::kOk;
}

/// 2^32 - 1 rows of at most 2^31 each fit 64 bits; then counting stops.
Status ContributionCounters::observe(Span<const std::int32_t> contributions) {
  if (!attached()) return Status::kNotAttached;
  const std::size_t features = model_->view().features;
  if (contributions.size() < features || contributions.data() == nullptr) return Status::kFeatureCount;
  if (words_[0] == detail::kFull) return Status::kOk;
  ++words_[0];
  std::uint32_t* sum = words_ + 1;
  for (std::size_t i = 0; i < features; ++i, sum += 2) {
    const std::int32_t contribution = contributions[i];
    const auto bits = static_cast<std::uint32_t>(contribution);
    const std::uint32_t size = contribution < 0 ? 0 - bits : bits;
    const std::uint32_t low = sum[0] + size;
    if (low < size) ++sum[1];
    sum[0] = low;
  }
  return Status::kOk;
}

std::uint64_t ContributionCounters::sum(std::size_t feature) const {
  if (!attached() || feature >= model_->view().features) return 0;
  const std::uint32_t* const sum = words_ + 1 + 2 * feature;
  return std::uint64_t{sum[1]} << 32 | sum[0];
}

}  // namespace nuthatch
