#include "select/filters.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "prepare/correlation.hpp"
#include "select/encoded.hpp"
#include "select/ranking.hpp"

namespace nuthatch::select {
namespace {

struct Moments {
  double count = 0;
  double sum = 0;
};

double explained_by_classes(const std::vector<float>& column, const std::vector<std::int32_t>& classes) {
  std::map<std::int32_t, Moments> groups;
  Moments all;
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (!std::isfinite(column[row])) continue;
    for (Moments* moments : {&groups[classes[row]], &all}) {
      ++moments->count;
      moments->sum += column[row];
    }
  }
  if (all.count == 0) return 0;
  const double mean = all.sum / all.count;
  double between = 0;
  for (const auto& [index, group] : groups) {
    if (group.count > 0) between += group.count * std::pow(group.sum / group.count - mean, 2);
  }
  double total = 0;
  for (const float value : column) total += std::isfinite(value) ? std::pow(value - mean, 2) : 0;
  return total > 0 ? between / total : 0;
}

double squared_correlation(const std::vector<float>& column, const std::vector<double>& values) {
  Moments x;
  Moments y;
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (!std::isfinite(column[row])) continue;
    ++x.count;
    x.sum += column[row];
    y.sum += values[row];
  }
  if (x.count == 0) return 0;
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (!std::isfinite(column[row])) continue;
    const double dx = column[row] - x.sum / x.count;
    const double dy = values[row] - y.sum / x.count;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xx > 0 && yy > 0 ? xy * xy / (xx * yy) : 0;
}

/// F of a share of explained variance: (share / its degrees of freedom) / (the rest / its own).
double f_of(double share, double explained, double rest) {
  if (share <= 0 || rest <= 0) return 0;
  return share >= 1 ? std::numeric_limits<double>::infinity() : share / explained / ((1 - share) / rest);
}

constexpr std::size_t kBins = 16;

/// A bin a row: as many rows in each as equal values allow; what is not finite has bin kBins.
template <class Value>
std::vector<std::size_t> bins_of(const std::vector<Value>& values) {
  std::vector<Value> sorted;
  for (const Value value : values) {
    if (std::isfinite(value)) sorted.push_back(value);
  }
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::size_t> bins;
  for (const Value value : values) {
    const auto below = static_cast<std::size_t>(std::lower_bound(sorted.begin(), sorted.end(), value) - sorted.begin());
    bins.push_back(std::isfinite(value) ? below * kBins / sorted.size() : kBins);
  }
  return bins;
}

double mutual_information(const std::vector<std::size_t>& a, const std::vector<std::size_t>& b) {
  std::map<std::pair<std::size_t, std::size_t>, double> both;
  std::map<std::size_t, double> of_a, of_b;
  for (std::size_t row = 0; row < a.size(); ++row) {
    ++both[{a[row], b[row]}];
    ++of_a[a[row]];
    ++of_b[b[row]];
  }
  const auto rows = static_cast<double>(a.size());
  double sum = 0;
  for (const auto& [pair, count] : both) {
    sum += count / rows * std::log(count * rows / (of_a[pair.first] * of_b[pair.second]));
  }
  return std::max(0.0, sum);
}

/// A category is a bin.
std::vector<std::size_t> categories_of(const std::vector<float>& column) {
  std::vector<std::size_t> bins;
  bins.reserve(column.size());
  for (const float value : column) bins.push_back(std::isnan(value) ? 0 : static_cast<std::size_t>(value) + 1);
  return bins;
}

}  // namespace

std::vector<double> f_statistics(const data::Dataset& rows, const Target& target) {
  const EncodedRows encoded = encode_text(rows);
  std::vector<double> scores;
  for (const std::vector<float>& column : encoded.rows.columns) {
    const auto present =
        static_cast<double>(std::count_if(column.begin(), column.end(), [](float x) { return std::isfinite(x); }));
    if (target.values.empty()) {
      const double classes = target.class_count;
      scores.push_back(f_of(explained_by_classes(column, target.classes), classes - 1, present - classes));
    } else {
      scores.push_back(f_of(squared_correlation(column, target.values), 1, present - 2));
    }
  }
  return encoded.best(scores);
}

std::vector<double> mutual_information(const data::Dataset& rows, const Target& target) {
  const std::vector<std::size_t> answers = target.values.empty()
                                               ? std::vector<std::size_t>(target.classes.begin(), target.classes.end())
                                               : bins_of(target.values);
  std::vector<double> scores;
  for (std::size_t i = 0; i < rows.columns.size(); ++i) {
    const std::vector<float>& column = rows.columns[i];
    scores.push_back(mutual_information(rows.is_text(i) ? categories_of(column) : bins_of(column), answers));
  }
  return scores;
}

std::vector<double> variances(const data::Dataset& rows) {
  std::vector<double> scores;
  for (const std::vector<float>& column : rows.columns) {
    double count = 0, sum = 0, squares = 0;
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const double value : column) {
      if (!std::isfinite(value)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
    for (const double value : column) {
      if (!std::isfinite(value) || !(low < high)) continue;
      const double scaled = (value - low) / (high - low);
      ++count;
      sum += scaled;
      squares += scaled * scaled;
    }
    scores.push_back(count == 0 ? 0 : squares / count - sum / count * (sum / count));
  }
  return scores;
}

std::vector<double> without_redundant(const data::Dataset& rows, std::vector<double> scores) {
  constexpr double kRedundant = 0.95;
  const Eigen::MatrixXd correlation = prepare::correlations(rows);
  std::vector<std::size_t> kept;
  std::vector<double> left = scores;
  for (const std::size_t place : best_first(scores)) {
    const bool redundant = std::any_of(kept.begin(), kept.end(), [&](std::size_t other) {
      return std::abs(correlation(static_cast<Eigen::Index>(place), static_cast<Eigen::Index>(other))) >= kRedundant;
    });
    if (!redundant) kept.push_back(place);
    if (redundant) left[place] = -1 / (1 + scores[place]);
  }
  return left;
}

}  // namespace nuthatch::select
