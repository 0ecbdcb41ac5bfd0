#include "quantize/preparation.hpp"

#include <algorithm>
#include <cmath>

namespace nuthatch::quantize {
namespace {

using prepare::Column;

constexpr std::uint8_t kMostShift = 15;
constexpr double kTolerance = 8;  // codes; a deviation has up to 4096
constexpr std::int16_t kMostCode = INT16_MAX;

bool is_copied(const Column& column) {
  return column.kind == Column::Kind::kNumber && column.transform.shape == prepare::Shape::kNone && !column.by_table;
}

/// The code is the number itself: an index of a category.
FeatureEncoding keep_index() {
  FeatureEncoding feature;
  feature.multiplier = 2;
  return feature;
}

FeatureEncoding encode_input(const prepare::FeatureStatistics& statistics, Input input) {
  return statistics.text ? keep_index() : encode_finely({statistics}, input).features.front();
}

Encoding encode_inputs(const prepare::Preparation& preparation, const Encoding& columns) {
  Encoding inputs{columns.input, kMostCode, {}, columns.counts};
  for (const prepare::FeatureStatistics& statistics : preparation.inputs) {
    inputs.features.push_back(encode_input(statistics, columns.input));
  }
  for (std::size_t i = 0; i < preparation.columns.size(); ++i) {
    const Column& column = preparation.columns[i];
    if (is_copied(column)) inputs.features[column.feature] = columns.features[i];
  }
  for (std::size_t i = 0; i < inputs.features.size(); ++i) {
    const prepare::FeatureStatistics& statistics = preparation.inputs[i];
    FeatureEncoding& feature = inputs.features[i];
    feature.low = code_of(inputs, i, statistics.minimum);
    feature.high = code_of(inputs, i, statistics.maximum);
    feature.imputation = statistics.missing > 0 ? code_of(inputs, i, statistics.imputed) : std::int16_t{INT16_MIN};
  }
  return inputs;
}

std::int16_t interpolate(const PreparationStep& step, const std::vector<std::int16_t>& knots, std::int16_t code) {
  const TableLine line = line_of(step, std::clamp(code, step.low, step.high) - step.low);
  const auto first = knots.begin() + step.argument + line.index;
  const std::int64_t rise = std::int64_t{first[1]} - first[0];
  return static_cast<std::int16_t>(first[0] + ((rise * line.rest + ((1 << line.width) >> 1)) >> line.width));
}

/// The distances of all knots that a table of codes up to `last` reads, with the one behind.
std::vector<int> knots_of(const PreparationStep& step, int last) {
  std::vector<int> distances;
  for (int distance = 0; distance <= last;) {
    distances.push_back(distance);
    distance += 1 << line_of(step, distance).width;
    if (distance > last) distances.push_back(distance);
  }
  return distances;
}

/// Tables that could serve, the smallest first; the last ones have some 260 knots.
std::vector<PreparationStep> candidates(PreparationStep step) {
  constexpr std::size_t kMostKnots = 260;
  std::vector<PreparationStep> all;
  for (const Operation operation : {Operation::kTable, Operation::kOctaves}) {
    for (std::uint8_t shift = 0; shift <= kMostShift; ++shift) {
      step.operation = operation;
      step.shift = shift;
      if (line_of(step, step.high - step.low).index < static_cast<int>(kMostKnots)) all.push_back(step);
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const PreparationStep& a, const PreparationStep& b) {
    return line_of(a, a.high - a.low).index < line_of(b, b.high - b.low).index;
  });
  return all;
}

/// Makes the steps, and the tables of those that have one.
class Folder {
 public:
  Folder(const prepare::Preparation& preparation, const Encoding& columns)
      : preparation_(preparation), columns_(columns), folded_{encode_inputs(preparation, columns), {}, {}, {}, {}} {}

  Preparation fold() {
    for (std::size_t i = 0; i < preparation_.columns.size(); ++i) folded_.steps.push_back(step_of(i));
    return std::move(folded_);
  }

 private:
  std::int16_t code_of_column(std::size_t column, double value) const {
    return code_of(columns_, column, static_cast<float>(value));
  }

  PreparationStep step_of(std::size_t i) {
    const Column& column = preparation_.columns[i];
    PreparationStep step;
    step.feature = static_cast<std::uint16_t>(column.feature);
    if (column.kind == Column::Kind::kCategory || column.kind == Column::Kind::kMissing) {
      const bool category = column.kind == Column::Kind::kCategory;
      step.operation = category ? Operation::kEquals : Operation::kMissing;
      step.argument = category ? static_cast<std::int32_t>(column.category) : 0;
      step.low = code_of_column(i, 0);
      step.high = code_of_column(i, 1);
      return step;
    }
    if (is_copied(column)) {
      step.low = code_of_column(i, column.low);
      step.high = code_of_column(i, column.high);
      return step;
    }
    step.operation = Operation::kTable;  // of single codes, or what serves best
    step.argument = static_cast<std::int32_t>(folded_.knots.size());
    column.kind == Column::Kind::kOrdinal ? list_indices(i, step) : draw_lines(i, step);
    return step;
  }

  /// A knot an index, and what lies beyond on both sides is none.
  void list_indices(std::size_t i, PreparationStep& step) {
    const Column& column = preparation_.columns[i];
    const auto count = static_cast<std::int16_t>(preparation_.categories[column.feature].size());
    step.low = -1;
    step.high = count;
    for (int index = -1; index <= count + 1; ++index) {
      folded_.knots.push_back(code_of_column(i, column(index < count ? index : -1)));
    }
  }

  /// As few knots as stay within the tolerance, else those that leave the least error.
  void draw_lines(std::size_t i, PreparationStep& step) {
    const Column& column = preparation_.columns[i];
    const FeatureEncoding& feature = folded_.inputs.features[column.feature];
    const auto exact = [&](int code) {
      return code_of_column(i, column(value_of_code(feature, folded_.inputs.input, code)));
    };
    limit(column, step);
    std::vector<std::int16_t> wanted;
    for (int code = step.low; code <= step.high; ++code) wanted.push_back(exact(code));
    double least = HUGE_VAL;
    std::vector<std::int16_t> best;
    for (PreparationStep candidate : candidates(step)) {
      std::vector<std::int16_t> knots;
      for (const int distance : knots_of(candidate, step.high - step.low)) {
        knots.push_back(exact(candidate.low + distance));
      }
      candidate.argument = 0;
      const double error = error_of(candidate, knots, wanted);
      if (error >= least) continue;
      least = error;
      best = std::move(knots);
      step.operation = candidate.operation;
      step.shift = candidate.shift;
      if (least <= kTolerance) break;
    }
    folded_.knots.insert(folded_.knots.end(), best.begin(), best.end());
  }

  /// To what is clipped, and to the training range with a quarter of it on both sides.
  void limit(const Column& column, PreparationStep& step) const {
    const FeatureEncoding& feature = folded_.inputs.features[column.feature];
    const int quarter = (feature.high - feature.low) / 4 + 1;
    const int low = code_of(folded_.inputs, column.feature, column.low);
    const int high = code_of(folded_.inputs, column.feature, column.high);
    step.low = static_cast<std::int16_t>(std::max(low, feature.low - quarter));
    step.high = static_cast<std::int16_t>(std::max<int>(step.low, std::min(high, feature.high + quarter)));
  }

  static double error_of(const PreparationStep& step, const std::vector<std::int16_t>& knots,
                         const std::vector<std::int16_t>& wanted) {
    int most = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto code = static_cast<std::int16_t>(step.low + static_cast<int>(i));
      most = std::max(most, std::abs(interpolate(step, knots, code) - wanted[i]));
    }
    return most;
  }

  const prepare::Preparation& preparation_;
  const Encoding& columns_;
  Preparation folded_;
};

/// With as many bits as weights of 16 and sums of 32 leave. What takes more is told apart by less than the columns'
/// rounding: it stays at its mean, where all columns are.
Component round_component(const Eigen::VectorXd& weights, double bias, std::int16_t limit) {
  const double largest = weights.cwiseAbs().maxCoeff();
  const double most = limit * weights.cwiseAbs().sum() + std::abs(bias) + 1;
  const double rounding = limit * static_cast<double>(weights.size()) / 2 + 1;
  const auto fits = [&](int shift) {
    return std::ldexp(largest, shift) <= INT16_MAX && std::ldexp(most, shift) + rounding <= INT32_MAX;
  };
  int shift = 30;
  while (shift >= 0 && !fits(shift)) --shift;
  if (shift < 0) return {0, 0, std::vector<std::int16_t>(static_cast<std::size_t>(weights.size()), 0)};
  const std::int32_t half = (std::int32_t{1} << shift) >> 1;
  Component component{
      half + static_cast<std::int32_t>(std::nearbyint(std::ldexp(bias, shift))), static_cast<std::uint8_t>(shift), {}};
  for (const double weight : weights) {
    component.weights.push_back(static_cast<std::int16_t>(std::nearbyint(std::ldexp(weight, shift))));
  }
  return component;
}

/// Components are affine in standardized columns, and the codes of both in what they stand for.
Projection fold_projection(const prepare::Projection& projection, const Encoding& columns, const Encoding& components) {
  Projection folded{columns.code_limit, components.code_limit, {}};
  Eigen::VectorXd units(std::ssize(columns.features)), shifts(units.size());
  for (Eigen::Index i = 0; i < units.size(); ++i) {
    units[i] = columns.features[static_cast<std::size_t>(i)].unit;
    shifts[i] = columns.features[static_cast<std::size_t>(i)].shift_in_z;
  }
  for (std::size_t k = 0; k < components.features.size(); ++k) {
    const auto direction = projection.directions.col(static_cast<Eigen::Index>(k));
    const double start = value_of_code(components.features[k], components.input, 0);
    const double step = value_of_code(components.features[k], components.input, 1) - start;
    folded.components.push_back(round_component(direction.cwiseProduct(units) / step,
                                                (direction.dot(shifts) - start) / step, columns.code_limit));
  }
  return folded;
}

/// Rows of columns to rows of components.
learn::CodeMatrix project(const Projection& projection, const learn::CodeMatrix& columns) {
  learn::CodeMatrix made(columns.rows(), std::ssize(projection.components));
  for (Eigen::Index row = 0; row < columns.rows(); ++row) {
    for (Eigen::Index k = 0; k < made.cols(); ++k) {
      const Component& component = projection.components[static_cast<std::size_t>(k)];
      std::int64_t sum = component.bias;
      for (Eigen::Index i = 0; i < columns.cols(); ++i) {
        sum += std::int64_t{component.weights[static_cast<std::size_t>(i)]} * columns(row, i);
      }
      const std::int64_t limit = projection.code_limit;
      made(row, k) = static_cast<std::int16_t>(std::clamp(sum >> component.shift, -limit, limit));
    }
  }
  return made;
}

/// Refuses what is none of the categories.
std::vector<PreparationStep> known_steps(const prepare::Preparation& preparation) {
  std::vector<PreparationStep> steps;
  for (const std::size_t feature : preparation.refusing) {
    const auto last = static_cast<std::int16_t>(preparation.categories[feature].size() - 1);
    steps.push_back({Operation::kKnown, 0, static_cast<std::uint16_t>(feature), 0, last, 0});
  }
  return steps;
}

}  // namespace

Preparation fold(const prepare::Preparation& preparation, const Encoding& columns) {
  const auto& projection = preparation.projection;
  const Encoding made = projection ? encode_features(projection->columns, columns.input) : columns;
  Preparation folded = Folder(preparation, made).fold();
  folded.known = known_steps(preparation);
  if (projection) folded.projection = fold_projection(*projection, made, columns);
  return folded;
}

TableLine line_of(const PreparationStep& step, int distance) {
  int width = step.shift;
  if (step.operation == Operation::kOctaves) {
    width = 0;
    while ((distance >> width) >= 2 << step.shift) ++width;
  }
  const int lines_before = step.operation == Operation::kOctaves ? width << step.shift : 0;
  const int above = distance >> width;
  return {lines_before + above, distance - (above << width), width};
}

std::int16_t column_code(const Preparation& preparation, std::size_t column, std::int16_t code, bool missing) {
  const PreparationStep& step = preparation.steps[column];
  switch (step.operation) {
    case Operation::kCopy: return std::clamp(code, step.low, step.high);
    case Operation::kTable:
    case Operation::kOctaves: return interpolate(step, preparation.knots, code);
    case Operation::kEquals: return code == step.argument ? step.high : step.low;
    case Operation::kMissing:
    case Operation::kKnown: break;
  }
  return missing ? step.high : step.low;
}

learn::CodeMatrix column_codes(const Preparation& preparation, const learn::CodeMatrix& codes,
                               const data::Dataset& rows) {
  learn::CodeMatrix columns(codes.rows(), std::ssize(preparation.steps));
  for (Eigen::Index i = 0; i < columns.cols(); ++i) {
    const auto column = static_cast<std::size_t>(i);
    const std::size_t feature = preparation.steps[column].feature;
    for (Eigen::Index row = 0; row < columns.rows(); ++row) {
      const bool missing = std::isnan(rows.columns[feature][static_cast<std::size_t>(row)]);
      columns(row, i) = column_code(preparation, column, codes(row, static_cast<Eigen::Index>(feature)), missing);
    }
  }
  return preparation.projection ? project(*preparation.projection, columns) : columns;
}

}  // namespace nuthatch::quantize
