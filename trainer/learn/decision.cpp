#include "learn/decision.hpp"

#include <numeric>

namespace nuthatch::learn {
namespace {

using Eigen::Index;

/// The vectors of each class; regression: all in one.
std::vector<std::vector<Index>> vectors_of_classes(const SvmModel& model) {
  std::vector<std::vector<Index>> lists;
  Index start = 0;
  const auto add = [&](Index count) {
    lists.emplace_back(static_cast<std::size_t>(count));
    std::iota(lists.back().begin(), lists.back().end(), start);
    start += count;
  };
  for (const Index count : model.class_vectors) add(count);
  if (lists.empty()) add(model.vectors.rows());
  return lists;
}

/// The column of the coefficient that the decision's vector `at` has for it: a class has none for itself.
Index column_of(const SvmModel& model, const Decision& decision, std::size_t at) {
  if (model.class_vectors.empty()) return 0;
  const bool of_first = at < model.class_vectors[static_cast<std::size_t>(decision.first)];
  return of_first ? decision.second - 1 : decision.first;
}

}  // namespace

std::vector<Decision> decisions_of(const SvmModel& model) {
  const std::vector<std::vector<Index>> vectors = vectors_of_classes(model);
  if (model.class_vectors.empty()) return {{0, 0, 1, vectors[0]}};
  std::vector<Decision> decisions;
  for (std::size_t first = 0; first < vectors.size(); ++first) {
    for (std::size_t second = first + 1; second < vectors.size(); ++second) {
      std::vector<Index> both = vectors[first];
      both.insert(both.end(), vectors[second].begin(), vectors[second].end());
      decisions.push_back({std::ssize(decisions), static_cast<Index>(first), static_cast<Index>(second), both});
    }
  }
  return decisions;
}

std::vector<Index> rows_of(const Decision& decision, const std::vector<std::int32_t>& classes, Index count) {
  std::vector<Index> rows;
  for (Index row = 0; row < count; ++row) {
    const Index own = classes.empty() ? decision.first : classes[static_cast<std::size_t>(row)];
    if (own == decision.first || own == decision.second) rows.push_back(row);
  }
  return rows;
}

Eigen::VectorXd unknowns_of(const SvmModel& model, const Decision& decision) {
  Eigen::VectorXd unknowns(std::ssize(decision.vectors) + 1);
  for (std::size_t at = 0; at < decision.vectors.size(); ++at) {
    unknowns[static_cast<Index>(at)] = model.coefficients(decision.vectors[at], column_of(model, decision, at));
  }
  unknowns[std::ssize(decision.vectors)] = model.bias[decision.place];
  return unknowns;
}

void set_unknowns(const Decision& decision, const Eigen::VectorXd& unknowns, SvmModel& model) {
  for (std::size_t at = 0; at < decision.vectors.size(); ++at) {
    model.coefficients(decision.vectors[at], column_of(model, decision, at)) = unknowns[static_cast<Index>(at)];
  }
  model.bias[decision.place] = unknowns[std::ssize(decision.vectors)];
}

}  // namespace nuthatch::learn
