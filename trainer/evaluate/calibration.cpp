#include "evaluate/calibration.hpp"

#include <algorithm>
#include <cmath>

#include "evaluate/regression.hpp"

namespace nuthatch::evaluate {
namespace {

/// The bins - 1 edges between bins.
std::vector<double> inner_edges(const std::vector<double>& probabilities, std::size_t bins, Binning binning) {
  std::vector<double> sorted;
  if (binning == Binning::kQuantile) {
    sorted = probabilities;
    std::sort(sorted.begin(), sorted.end());
  }
  std::vector<double> edges;
  for (std::size_t i = 1; i < bins; ++i) {
    const double share = static_cast<double>(i) * (1 / static_cast<double>(bins));
    // By way of percents, as NumPy, so that a probability at an edge falls to the same side of it.
    edges.push_back(binning == Binning::kUniform ? share : quantile(sorted, share * 100 / 100));
  }
  return edges;
}

}  // namespace

ProbabilityScore score_probabilities(const std::vector<std::int32_t>& truth, const std::vector<double>& probabilities,
                                     std::size_t classes) {
  ProbabilityScore sum;
  for (std::size_t row = 0; row < truth.size(); ++row) {
    const double* of_row = probabilities.data() + row * classes;
    sum.log_loss += std::min(-std::log(of_row[truth[row]]), kMostLogLoss);
    for (std::size_t k = classes == 2 ? 1 : 0; k < classes; ++k) {
      const double error = of_row[k] - (static_cast<std::size_t>(truth[row]) == k ? 1 : 0);
      sum.brier += error * error;
    }
  }
  const auto rows = static_cast<double>(truth.size());
  return {sum.log_loss / rows, sum.brier / rows};
}

std::vector<double> log_losses(const std::vector<std::int32_t>& truth, const std::vector<double>& scores,
                               std::size_t classes) {
  constexpr int kLeast = -4;
  constexpr int kMost = 8;
  std::vector<double> losses;
  for (int exponent = kLeast; exponent <= kMost; ++exponent) {
    double sum = 0;
    for (std::size_t row = 0; row < truth.size(); ++row) {
      const double* of_row = scores.data() + row * classes;
      const double most = *std::max_element(of_row, of_row + classes);
      double total = 0;
      for (std::size_t k = 0; k < classes; ++k) total += std::exp(std::ldexp(of_row[k] - most, exponent));
      const double loss = truth[row] < 0 ? HUGE_VAL : std::log(total) - std::ldexp(of_row[truth[row]] - most, exponent);
      sum += std::min(loss, kMostLogLoss);
    }
    losses.push_back(sum / static_cast<double>(truth.size()));
  }
  return losses;
}

std::vector<ReliabilityBin> reliability(const std::vector<bool>& happened, const std::vector<double>& probabilities,
                                        std::size_t bins, Binning binning) {
  if (probabilities.empty()) return {};
  const std::vector<double> edges = inner_edges(probabilities, bins, binning);
  std::vector<ReliabilityBin> all(bins);
  for (std::size_t row = 0; row < probabilities.size(); ++row) {
    const auto place = std::lower_bound(edges.begin(), edges.end(), probabilities[row]) - edges.begin();
    ReliabilityBin& bin = all[static_cast<std::size_t>(place)];
    bin.mean_predicted += probabilities[row];
    bin.fraction += happened[row] ? 1 : 0;
    ++bin.rows;
  }
  std::erase_if(all, [](const ReliabilityBin& bin) { return bin.rows == 0; });
  for (ReliabilityBin& bin : all) {
    bin.mean_predicted /= static_cast<double>(bin.rows);
    bin.fraction /= static_cast<double>(bin.rows);
  }
  return all;
}

double calibration_error(const std::vector<ReliabilityBin>& bins) {
  double sum = 0;
  double rows = 0;
  for (const ReliabilityBin& bin : bins) {
    sum += static_cast<double>(bin.rows) * std::abs(bin.mean_predicted - bin.fraction);
    rows += static_cast<double>(bin.rows);
  }
  return rows == 0 ? 0 : sum / rows;
}

}  // namespace nuthatch::evaluate
