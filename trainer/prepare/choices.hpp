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
};

/// What `--prepare` says.
struct Choices {
  ColumnChoice all;
  std::map<std::string, ColumnChoice> columns;

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
