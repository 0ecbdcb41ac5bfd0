#include "report/counters.hpp"

namespace nuthatch::report {
namespace {

constexpr std::size_t kBins = 16;

/// Words one after another.
class Reader {
 public:
  explicit Reader(const Snapshot& snapshot) : snapshot_(snapshot) {}

  std::uint64_t word() { return snapshot_.word(at_++); }
  std::uint64_t two_words() {
    const std::uint64_t low = word();
    return low | word() << 32;
  }
  std::vector<std::uint64_t> words(std::size_t count) {
    std::vector<std::uint64_t> words;
    for (std::size_t i = 0; i < count; ++i) words.push_back(word());
    return words;
  }

 private:
  const Snapshot& snapshot_;
  std::size_t at_ = 0;
};

/// change(count, count of `other`) for each count but the sums of codes, which may be negative.
template <class Change>
void for_each_count(Counters& counters, const Counters& other, const Change& change) {
  const auto all = [&](std::vector<std::uint64_t>& to, const std::vector<std::uint64_t>& from) {
    for (std::size_t i = 0; i < to.size(); ++i) change(to[i], from[i]);
  };
  for (const auto count : {&Counters::rows, &Counters::refused, &Counters::not_finite, &Counters::missing,
                           &Counters::outside, &Counters::windows}) {
    change(counters.*count, other.*count);
  }
  for (const auto part : {&Counters::classes, &Counters::below, &Counters::above, &Counters::latency, &Counters::output,
                          &Counters::refusals}) {
    all(counters.*part, other.*part);
  }
  for (std::size_t i = 0; i < counters.histograms.size(); ++i) {
    all(counters.histograms[i].bins, other.histograms[i].bins);
    change(counters.histograms[i].squares, other.histograms[i].squares);
    change(counters.histograms[i].constant, other.histograms[i].constant);
  }
}

}  // namespace

void Counters::add(const Counters& other) {
  for_each_count(*this, other, [](std::uint64_t& count, std::uint64_t more) { count += more; });
  for (std::size_t i = 0; i < histograms.size(); ++i) histograms[i].sum += other.histograms[i].sum;
}

bool Counters::subtract(const Counters& earlier) {
  bool grown = true;
  for_each_count(*this, earlier, [&](std::uint64_t& count, std::uint64_t before) {
    grown = grown && count >= before;
    count -= before;
  });
  for (std::size_t i = 0; i < histograms.size(); ++i) histograms[i].sum -= earlier.histograms[i].sum;
  return grown;
}

Counters read_counters(const Snapshot& snapshot) {
  Reader reader(snapshot);
  Counters counters;
  counters.rows = reader.word();
  counters.refused = reader.word();
  counters.classes = reader.words(snapshot.classes);
  for (std::size_t i = 0; i < snapshot.features; ++i) {
    counters.below.push_back(reader.word());
    counters.above.push_back(reader.word());
  }
  counters.latency = reader.words(snapshot.latency_buckets);
  if (snapshot.histograms == 0 && snapshot.output_bins == 0) return counters;
  counters.not_finite = reader.word();
  counters.missing = reader.word();
  counters.outside = reader.word();
  counters.windows = reader.word();
  counters.output = reader.words(snapshot.output_bins);
  counters.refusals = reader.words(snapshot.features);
  for (std::size_t i = 0; i < snapshot.histograms; ++i) {
    HistogramCounters histogram;
    histogram.bins = reader.words(kBins);
    histogram.sum = static_cast<std::int64_t>(reader.two_words());
    histogram.squares = reader.two_words();
    histogram.constant = reader.word();
    counters.histograms.push_back(histogram);
  }
  return counters;
}

}  // namespace nuthatch::report
