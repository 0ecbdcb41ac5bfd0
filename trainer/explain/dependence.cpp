#include "explain/dependence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "evaluate/regression.hpp"
#include "explain/contributions.hpp"

namespace nuthatch::explain {
namespace {

using exporting::LoadedModel;

std::vector<double> grid_of(const data::Dataset& rows, std::size_t feature, std::size_t most) {
  std::vector<double> values;
  for (const float value : rows.columns[feature]) {
    if (std::isfinite(value)) values.push_back(value);
  }
  if (values.empty()) {
    throw data::DataError(fmt::format("{}: {} has no value in any row", rows.file, rows.feature_names[feature]));
  }
  std::sort(values.begin(), values.end());
  std::vector<double> grid = values;
  grid.erase(std::unique(grid.begin(), grid.end()), grid.end());
  if (grid.size() <= most || rows.is_text(feature)) return grid;
  for (std::size_t i = 0; i < most; ++i) {
    // As the column holds it: float32.
    grid[i] = static_cast<float>(evaluate::quantile(values, static_cast<double>(i) / static_cast<double>(most - 1)));
  }
  grid.resize(most);
  grid.erase(std::unique(grid.begin(), grid.end()), grid.end());
  return grid;
}

/// The class that most rows are answered with, the first among equals.
std::size_t usual_class(const LoadedModel& model, const AnsweredRows& rows) {
  std::vector<std::size_t> counts(model.contents().classes.size(), 0);
  for (const std::size_t row : rows.answered()) ++counts[model.model().class_of(rows.predictions.row(row))];
  return static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
}

std::optional<std::size_t> choose_class(const LoadedModel& model, const AnsweredRows& rows,
                                        std::optional<std::size_t> asked) {
  if (asked || !model.contents().classifies) return asked;
  return model.contents().classes.size() == 2 ? 1 : usual_class(model, rows);
}

/// The explained value of some rows, a probability or a score.
std::vector<double> values_of(const LoadedModel& model, const exporting::Predictions& answers,
                              const std::vector<std::size_t>& rows, std::optional<std::size_t> class_index) {
  const std::vector<std::int32_t> words = class_index ? model.probabilities(answers) : std::vector<std::int32_t>();
  std::vector<double> values;
  for (const std::size_t row : rows) {
    if (!words.empty()) {
      values.push_back(std::ldexp(words[row * model.contents().classes.size() + *class_index], -16));
      continue;
    }
    const ScoreOf of = score_of(model, answers.row(row), class_index);
    values.push_back((of.negative ? -1 : 1) * model.value_of(answers.row(row)[of.output]));
  }
  return values;
}

bool has_probabilities(const LoadedModel& model) {
  Probability probability;
  return probability.attach(model.model()) == Status::kOk;
}

}  // namespace

Dependence dependence(const LoadedModel& model, const data::Dataset& rows, std::size_t feature, std::size_t grid,
                      std::optional<std::size_t> class_index) {
  Dependence result;
  result.grid = grid_of(rows, feature, grid);
  data::Dataset moved = rows;
  for (const double point : result.grid) {
    moved.columns[feature].assign(rows.rows(), static_cast<float>(point));
    const AnsweredRows answers(model, moved);
    if (result.mean.empty()) {
      // What is refused now is so for its other features, so everywhere on the grid.
      result.rows = answers.answered();
      if (result.rows.empty()) throw data::DataError(fmt::format("{}: the model refuses every row", rows.file));
      result.class_index = choose_class(model, AnsweredRows(model, rows), class_index);
      result.each.resize(result.rows.size());
    }
    const std::vector<double> values = values_of(model, answers.predictions, result.rows, result.class_index);
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      result.each[i].push_back(values[i]);
      sum += values[i];
    }
    result.mean.push_back(sum / static_cast<double>(values.size()));
  }
  const bool probable = result.class_index && has_probabilities(model);
  result.value = !result.class_index ? "prediction" : probable ? "probability" : "score";
  return result;
}

}  // namespace nuthatch::explain
