#include "explain/contributions.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <stdexcept>
#include <variant>

#include "explain/linear_shap.hpp"
#include "explain/tree_shap.hpp"
#include "learn/parallel.hpp"

namespace nuthatch::explain {
namespace {

using exporting::LoadedModel;

/// The mean score word of the rows.
double mean_word(const AnsweredRows& rows, const std::vector<std::size_t>& which, std::size_t output) {
  double sum = 0;
  for (const std::size_t row : which) sum += rows.predictions.row(row)[output];
  return sum / static_cast<double>(which.size());
}

/// Shares what `words` lack of `sum` by their sizes: what contributes nothing keeps its 0.
void settle(std::vector<double>& words, double sum) {
  double size = 0;
  for (const double word : words) size += std::abs(word);
  if (size == 0) return;
  const double lack = sum - std::accumulate(words.begin(), words.end(), 0.0);
  for (double& word : words) word += lack * (std::abs(word) / size);
}

/// The contributions to one output of some rows.
class OneScore {
 public:
  OneScore(const LoadedModel& model, std::size_t output, const Inputs& background)
      : shap_(make(model, output, background)) {}

  /// `sum`: the score's distance from the base.
  std::vector<double> words(std::span<const double> row, double sum) const {
    if (const auto* trees = std::get_if<TreeShap>(&shap_)) {
      std::vector<double> words = trees->of(row);
      const double lack = sum - std::accumulate(words.begin(), words.end(), 0.0);
      // Leaves are integers, so nothing is rounded; a larger difference is another score than the device's.
      if (std::abs(lack) > 0.5) throw std::logic_error("contributions do not add up to the score");
      return words;
    }
    std::vector<double> words = std::get<LinearShap>(shap_).of(row);
    settle(words, sum);
    return words;
  }

 private:
  using Shap = std::variant<TreeShap, LinearShap>;

  static Shap make(const LoadedModel& model, std::size_t output, const Inputs& background) {
    const quantize::Predictor& predictor = model.contents().predictor;
    if (const auto* forest = std::get_if<quantize::QuantizedForest>(&predictor)) {
      return TreeShap(*forest, output, background);
    }
    return LinearShap(std::get<quantize::QuantizedLinear>(predictor), output, background);
  }

  Shap shap_;
};

/// Which score of each row is explained.
std::vector<Contributions> ask(const LoadedModel& model, const AnsweredRows& rows,
                               const std::vector<std::size_t>& which, std::optional<std::size_t> class_index) {
  std::vector<Contributions> all;
  for (const std::size_t row : which) {
    const auto scores = rows.predictions.row(row);
    std::optional<std::size_t> answer;
    if (model.contents().classifies) answer = model.model().class_of(scores);
    all.push_back({row, answer, score_of(model, scores, class_index), 0, 0, {}});
  }
  return all;
}

/// Indices of those that are of one output.
std::vector<std::size_t> places_of(const std::vector<Contributions>& all, std::size_t output) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].of.output == output) places.push_back(i);
  }
  return places;
}

/// Of columns, summed to the features that they are made of: Shapley values of a game of columns, so what the columns
/// of one feature do together stays shared among all.
std::vector<double> by_feature(const exporting::ModelContents& contents, std::vector<double> columns) {
  if (!contents.preparation) return columns;
  std::vector<double> features(contents.feature_names.size(), 0);
  for (std::size_t i = 0; i < columns.size(); ++i) features[contents.preparation->steps[i].feature] += columns[i];
  return features;
}

void scale(Contributions& row, int fraction_bits) {
  const double unit = (row.of.negative ? -1 : 1) * std::ldexp(1.0, -fraction_bits);
  row.base *= unit;
  row.score *= unit;
  for (double& value : row.values) value *= unit;
}

}  // namespace

std::vector<std::size_t> AnsweredRows::answered() const {
  std::vector<std::size_t> which;
  for (std::size_t row = 0; row < predictions.statuses.size(); ++row) {
    if (predictions.statuses[row] == Status::kOk) which.push_back(row);
  }
  return which;
}

ScoreOf score_of(const LoadedModel& model, Span<const std::int32_t> scores, std::optional<std::size_t> class_index) {
  if (!model.contents().classifies) return {};
  if (scores.size() == 1) return {0, class_index == 0, class_index.value_or(1)};
  const std::size_t chosen = class_index ? *class_index : model.model().class_of(scores);
  return {chosen, false, chosen};
}

std::string why_no_contributions(const LoadedModel& model) {
  const quantize::Preparation* prepared = model.contents().prepared();
  if (prepared != nullptr && prepared->projection) {
    return "the model works on principal components, each made of all features, so no contribution belongs to one; "
           "--permutation and --dependence explain it";
  }
  const std::string kind = exporting::kind_of(model.contents().predictor);
  if (kind == "linear" || kind == "forest") return "";
  return fmt::format(
      "a model of kind {} has no exact contributions, only linear and forest do; --permutation and --dependence "
      "explain every kind",
      kind);
}

std::vector<Contributions> contributions(const LoadedModel& model, const AnsweredRows& rows,
                                         const std::vector<std::size_t>& which, const AnsweredRows& background,
                                         std::optional<std::size_t> class_index,
                                         const std::function<void(std::size_t)>& done) {
  const std::string wrong = why_no_contributions(model);
  if (!wrong.empty()) throw exporting::ModelError(wrong);
  const std::vector<std::size_t> behind = background.answered();
  if (behind.empty()) {
    throw data::DataError(
        fmt::format("{}: the model refuses every row, so it is no background", background.dataset->file));
  }
  const Inputs inputs = inputs_of(model, *rows.dataset, which);
  const Inputs background_inputs = inputs_of(model, *background.dataset, behind);
  std::vector<Contributions> all = ask(model, rows, which, class_index);
  std::size_t before = 0;
  for (std::size_t output = 0; output < rows.predictions.outputs; ++output) {
    const std::vector<std::size_t> places = places_of(all, output);
    if (places.empty()) continue;
    const OneScore score(model, output, background_inputs);
    const double base = mean_word(background, behind, output);
    const auto work = [&](std::size_t i) {
      Contributions& row = all[places[i]];
      row.base = base;
      row.score = rows.predictions.row(row.row)[output];
      const auto own = inputs.row(static_cast<Eigen::Index>(places[i]));
      const std::span<const double> columns(own.data(), static_cast<std::size_t>(inputs.cols()));
      row.values = by_feature(model.contents(), score.words(columns, row.score - base));
      scale(row, model.contents().common().fraction_bits);
    };
    learn::parallel_for(places.size(), work, [&](std::size_t ended) {
      if (done) done(before + ended);
    });
    before += places.size();
  }
  return all;
}

}  // namespace nuthatch::explain
