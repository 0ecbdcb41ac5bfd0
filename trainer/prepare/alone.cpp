#include "prepare/alone.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <utility>

namespace nuthatch::prepare {
namespace {

/// The commonest target, the lowest among equals, or the mean.
double answer_of(const Told* begin, const Told* end, bool classes) {
  if (!classes) {
    double sum = 0;
    for (const Told* row = begin; row != end; ++row) sum += row->target;
    return sum / static_cast<double>(end - begin);
  }
  std::map<double, std::size_t> counts;
  for (const Told* row = begin; row != end; ++row) ++counts[row->target];
  return std::max_element(counts.begin(), counts.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

/// Rows of equal values become one with their answer; sorted by value.
std::vector<Told> learn(std::vector<Told> rows, bool classes) {
  std::sort(rows.begin(), rows.end(), [](const Told& a, const Told& b) { return a.value < b.value; });
  std::vector<Told> answers;
  for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    while (end < rows.size() && rows[end].value == rows[begin].value) ++end;
    answers.push_back({rows[begin].value, answer_of(rows.data() + begin, rows.data() + end, classes)});
  }
  return answers;
}

double nearest(const std::vector<Told>& answers, float value) {
  const auto above = std::lower_bound(answers.begin(), answers.end(), value,
                                      [](const Told& row, float wanted) { return row.value < wanted; });
  if (above == answers.begin()) return above->target;
  const auto below = above - 1;
  if (above == answers.end()) return below->target;
  return value - below->value < above->value - value ? below->target : above->target;
}

double balanced_accuracy(const std::vector<Told>& answers, const std::vector<Told>& asked, std::int32_t class_count) {
  std::vector<double> rows(static_cast<std::size_t>(class_count), 0);
  std::vector<double> right(rows.size(), 0);
  for (const Told& row : asked) {
    const auto truth = static_cast<std::size_t>(row.target);
    ++rows[truth];
    right[truth] += nearest(answers, row.value) == row.target ? 1 : 0;
  }
  double sum = 0;
  double classes = 0;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    if (rows[k] == 0) continue;
    sum += right[k] / rows[k];
    ++classes;
  }
  return sum / classes;
}

double r2(const std::vector<Told>& answers, const std::vector<Told>& asked) {
  double mean = 0;
  for (const Told& row : asked) mean += row.target / static_cast<double>(asked.size());
  double errors = 0;
  double squares = 0;
  for (const Told& row : asked) {
    errors += std::pow(row.target - nearest(answers, row.value), 2);
    squares += std::pow(row.target - mean, 2);
  }
  return squares == 0 ? 0 : 1 - errors / squares;
}

}  // namespace

double score_alone(std::vector<Told> learned, const std::vector<Told>& asked, std::int32_t class_count) {
  const std::vector<Told> answers = learn(std::move(learned), class_count > 0);
  return class_count > 0 ? balanced_accuracy(answers, asked, class_count) : r2(answers, asked);
}

}  // namespace nuthatch::prepare
