#include "evaluate/classification.hpp"

namespace nuthatch::evaluate {
namespace {

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// Averages weighted by `weight_of` a class; 0 where no class has a weight.
template <typename Weight>
Average average(const std::vector<ClassScore>& classes, const Weight& weight_of) {
  Average sum;
  double weights = 0;
  for (const ClassScore& each : classes) {
    const double weight = weight_of(each);
    sum.precision += weight * each.precision;
    sum.recall += weight * each.recall;
    sum.f1 += weight * each.f1;
    weights += weight;
  }
  if (weights == 0) return {};
  return {sum.precision / weights, sum.recall / weights, sum.f1 / weights};
}

}  // namespace

double accuracy(const std::vector<std::int32_t>& truth, const std::vector<std::int32_t>& predicted) {
  std::size_t right = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) right += truth[i] == predicted[i] ? 1U : 0U;
  return share(right, truth.size());
}

std::vector<ClassScore> score_classes(const std::vector<std::int32_t>& truth,
                                      const std::vector<std::int32_t>& predicted, std::size_t classes) {
  std::vector<ClassScore> scores(classes);
  std::vector<std::size_t> right(classes, 0);
  for (std::size_t row = 0; row < truth.size(); ++row) {
    ClassScore& own = scores[static_cast<std::size_t>(truth[row])];
    ++own.support;
    if (predicted[row] == kNoAnswer) {
      ++own.refused;
      continue;
    }
    ++scores[static_cast<std::size_t>(predicted[row])].predicted;
    if (predicted[row] == truth[row]) ++right[static_cast<std::size_t>(truth[row])];
  }
  for (std::size_t k = 0; k < classes; ++k) {
    ClassScore& each = scores[k];
    each.precision = share(right[k], each.predicted);
    each.recall = share(right[k], each.support);
    each.f1 = share(2 * right[k], each.support + each.predicted);
  }
  return scores;
}

std::vector<std::size_t> unscored_classes(const std::vector<ClassScore>& classes) {
  std::vector<std::size_t> found;
  for (std::size_t k = 0; k < classes.size(); ++k) {
    if (classes[k].support == 0) found.push_back(k);
  }
  return found;
}

Average macro_average(const std::vector<ClassScore>& classes) {
  return average(classes, [](const ClassScore& each) { return each.appears() ? 1.0 : 0.0; });
}

Average weighted_average(const std::vector<ClassScore>& classes) {
  return average(classes, [](const ClassScore& each) { return static_cast<double>(each.support); });
}

double balanced_accuracy(const std::vector<ClassScore>& classes) {
  return average(classes, [](const ClassScore& each) { return each.support > 0 ? 1.0 : 0.0; }).recall;
}

std::vector<std::size_t> confusion(const std::vector<std::int32_t>& truth, const std::vector<std::int32_t>& predicted,
                                   std::size_t classes) {
  std::vector<std::size_t> matrix(classes * classes, 0);
  for (std::size_t row = 0; row < truth.size(); ++row) {
    if (predicted[row] == kNoAnswer) continue;
    ++matrix[static_cast<std::size_t>(truth[row]) * classes + static_cast<std::size_t>(predicted[row])];
  }
  return matrix;
}

}  // namespace nuthatch::evaluate
