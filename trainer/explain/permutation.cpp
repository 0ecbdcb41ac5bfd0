#include "explain/permutation.hpp"

#include <cmath>
#include <numeric>
#include <utility>

#include "evaluate/classification.hpp"
#include "evaluate/regression.hpp"
#include "learn/random.hpp"
#include "prepare/labels.hpp"

namespace nuthatch::explain {
namespace {

using exporting::LoadedModel;

/// The rows' labels, read once, and the score of answers to them.
class Scorer {
 public:
  Scorer(const LoadedModel& model, const data::Dataset& rows, bool decimal_comma) : model_(model) {
    if (model.contents().classifies) {
      classes_ = prepare::class_indices(rows, model.contents().classes);
    } else {
      values_ = prepare::target_values(rows, decimal_comma);
    }
  }

  double operator()(const data::Dataset& rows) const {
    const exporting::Predictions answers = model_.predict(rows);
    return model_.contents().classifies ? accuracy(answers) : r2(answers);
  }

 private:
  double accuracy(const exporting::Predictions& answers) const {
    std::vector<std::int32_t> predicted(classes_.size(), evaluate::kNoAnswer);
    for (std::size_t row = 0; row < predicted.size(); ++row) {
      if (answers.statuses[row] != Status::kOk) continue;
      predicted[row] = static_cast<std::int32_t>(model_.model().class_of(answers.row(row)));
    }
    return evaluate::accuracy(classes_, predicted);
  }

  double r2(const exporting::Predictions& answers) const {
    std::vector<double> truth;
    std::vector<double> predicted;
    for (std::size_t row = 0; row < values_.size(); ++row) {
      if (answers.statuses[row] != Status::kOk) continue;
      truth.push_back(values_[row]);
      predicted.push_back(model_.value_of(answers.row(row)[0]));
    }
    return evaluate::r2(truth, predicted);
  }

  const LoadedModel& model_;
  std::vector<std::int32_t> classes_;
  std::vector<double> values_;
};

void shuffle(std::vector<float>& values, learn::Random& random) {
  for (std::size_t left = values.size(); left > 1; --left) std::swap(values[left - 1], values[random.below(left)]);
}

FeatureImportance summary(const std::vector<double>& losses) {
  const auto count = static_cast<double>(losses.size());
  FeatureImportance importance;
  importance.mean = std::accumulate(losses.begin(), losses.end(), 0.0) / count;
  double squares = 0;
  for (const double loss : losses) squares += (loss - importance.mean) * (loss - importance.mean);
  importance.deviation = std::sqrt(squares / count);
  return importance;
}

}  // namespace

Importance permutation_importance(const LoadedModel& model, const data::Dataset& rows, const ImportancePlan& plan,
                                  const std::function<void(std::size_t)>& done) {
  const Scorer score_of(model, rows, plan.decimal_comma);
  Importance importance{model.contents().classifies ? "accuracy" : "r2", score_of(rows), {}};
  data::Dataset shuffled = rows;
  for (std::size_t feature = 0; feature < rows.columns.size(); ++feature) {
    std::vector<double> losses;
    for (std::size_t repeat = 0; repeat < plan.repeats; ++repeat) {
      learn::Random random(plan.seed, feature * plan.repeats + repeat);
      shuffled.columns[feature] = rows.columns[feature];
      shuffle(shuffled.columns[feature], random);
      losses.push_back(importance.score - score_of(shuffled));
      if (done) done(feature * plan.repeats + repeat + 1);
    }
    shuffled.columns[feature] = rows.columns[feature];
    importance.features.push_back(summary(losses));
  }
  return importance;
}

}  // namespace nuthatch::explain
