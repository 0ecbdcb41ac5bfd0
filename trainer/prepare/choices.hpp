#ifndef NUTHATCH_TRAINER_PREPARE_CHOICES_HPP
#define NUTHATCH_TRAINER_PREPARE_CHOICES_HPP

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "prepare/transform.hpp"

namespace nuthatch::prepare {

enum class Impute { kMedian, kMean, kMostFrequent, kConstant };
enum class Scale { kStandard, kMinMax, kRobust, kNone };
enum class Encode { kOneHot, kOrdinal };
/// Of a category that training never saw.
enum class Unknown { kNone, kRefuse };

/// What was asked for a column; what was not is decided by the data.
struct ColumnChoice {
  std::optional<Impute> impute;
  std::optional<float> value;  ///< of kConstant
  std::optional<bool> indicator;
  std::optional<Shape> transform;
  std::optional<std::pair<double, double>> clip;  ///< quantiles
  std::optional<Scale> scale;
  std::optional<Encode> encode;
  std::vector<std::string> order;  ///< of kOrdinal; empty: by name
  std::optional<Unknown> unknown;
};

/// How many principal components: a number, or, where that is 0, as many as have this share of the variance.
struct Components {
  std::size_t count = 0;
  double share = 0;
};

/// A whole number from 1 on is a number of components, one below 1 a share; nothing of what is neither.
std::optional<Components> to_components(double number);

/// What `--prepare` says.
struct Choices {
  ColumnChoice all;
  std::map<std::string, ColumnChoice> columns;
  std::optional<Components> components;  ///< of all columns together; nothing: columns stay as they are

  /// The column's own where it has one, else what all have.
  ColumnChoice of(const std::string& column) const;
};

/// Of JSON text; `file` is what messages call it. Throws data::DataError with the place of what is wrong and what may
/// stand there.
Choices parse_choices(const std::string& text, const std::string& file);

/// Throws data::DataError if a column that is named is none of these.
void check_columns(const Choices& choices, const std::vector<std::string>& names, const std::string& file);

}  // namespace nuthatch::prepare

#endif
