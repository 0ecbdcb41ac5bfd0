#include <cstring>

#include "explain.hpp"
#include "layout.hpp"
#include "nuthatch/crc32.hpp"
#include "snapshot.hpp"

namespace nuthatch {
namespace {

using detail::ContributionHeader;
using detail::word_at;

static_assert(contribution_snapshot_bytes(1) == sizeof(ContributionHeader) + 4 * contribution_words(1) + 4, "header");

}  // namespace

Status ContributionCounters::snapshot(const SnapshotContext& context, bool exact, Span<std::uint8_t> bytes,
                                      std::size_t& written) const {
  if (!attached()) return Status::kNotAttached;
  const detail::ModelView& view = model_->view();
  const std::size_t words = contribution_words(view.features);
  const std::size_t size = contribution_snapshot_bytes(view.features);
  if (bytes.size() < size || bytes.data() == nullptr) return Status::kSnapshotSize;
  ContributionHeader header = {};
  header.magic = detail::kContributionMagic;
  header.layout = detail::kContributionSnapshot;
  std::memcpy(header.model, model_->identity(), sizeof header.model);
  header.device_id = context.device_id;
  header.epoch = context.epoch;
  header.sequence = context.sequence;
  header.words = static_cast<std::uint32_t>(words);
  header.features = view.features;
  header.fraction_bits = view.fraction_bits;
  header.flags = static_cast<std::uint8_t>((exact ? detail::kExact : 0) |
                                           (rows() == detail::kFull ? detail::kContributionsFull : 0));
  written = detail::write_snapshot(header, words_, words, bytes.data());
  return Status::kOk;
}

std::uint32_t ContributionSnapshot::rows() const { return word_at(words); }

std::uint64_t ContributionSnapshot::sum(std::size_t feature) const {
  if (feature >= features) return 0;
  const std::uint8_t* const at = words + 4 + 8 * feature;
  return std::uint64_t{word_at(at + 4)} << 32 | word_at(at);
}

Status read_contributions(Span<const std::uint8_t> bytes, ContributionSnapshot& snapshot) {
  if (bytes.data() == nullptr) return Status::kNull;
  ContributionHeader header = {};
  if (bytes.size() < sizeof header) return Status::kSnapshotSize;
  std::memcpy(&header, bytes.data(), sizeof header);
  constexpr std::uint8_t kKnown = detail::kExact | detail::kContributionsFull;
  if (header.magic != detail::kContributionMagic || header.layout != detail::kContributionSnapshot ||
      header.features == 0 || header.flags > kKnown || header.fraction_bits < -64 || header.fraction_bits > 64) {
    return Status::kNotASnapshot;
  }
  const std::size_t size = contribution_snapshot_bytes(header.features);
  if (header.words != contribution_words(header.features) || bytes.size() != size) return Status::kSnapshotSize;
  if (crc32(bytes.data(), size - 4) != word_at(bytes.data() + size - 4)) return Status::kSnapshotChecksum;
  snapshot.device_id = header.device_id;
  snapshot.epoch = header.epoch;
  snapshot.sequence = header.sequence;
  snapshot.model = bytes.data() + offsetof(ContributionHeader, model);
  snapshot.features = header.features;
  snapshot.fraction_bits = header.fraction_bits;
  snapshot.exact = (header.flags & detail::kExact) != 0;
  snapshot.saturated = (header.flags & detail::kContributionsFull) != 0;
  snapshot.words = bytes.data() + sizeof header;
  return Status::kOk;
}

}  // namespace nuthatch
