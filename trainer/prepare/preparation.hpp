#ifndef NUTHATCH_TRAINER_PREPARE_PREPARATION_HPP
#define NUTHATCH_TRAINER_PREPARE_PREPARATION_HPP

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "data/csv.hpp"
#include "prepare/choices.hpp"
#include "prepare/features.hpp"
#include "prepare/projection.hpp"
#include "prepare/transform.hpp"

namespace nuthatch::prepare {

/// What learning works on: a number made of one feature.
struct Column {
  enum class Kind { kNumber, kCategory, kOrdinal, kMissing };
  Kind kind = Kind::kNumber;
  std::size_t feature = 0;
  std::string name;  ///< the feature's, or "colour=red", "age is missing"
  Scale scale = Scale::kStandard;
  /// kNumber: kept in [low, high], then transformed; a transform's values less `center`, over `spread`, so that counts
  /// of 16 bits are fine enough for them.
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
  Transform transform = {};
  bool by_table = false;  ///< kNumber without a transform: the feature's codes are of octaves, and so not the column's
  double center = 0;
  double spread = 1;
  std::size_t category = 0;  ///< kCategory: 1 where the feature is this, else 0
  float unknown = 0;         ///< kOrdinal: the index itself, but this of a category that is none

  bool is_clipped() const { return low != -std::numeric_limits<float>::infinity(); }
  /// The feature's value itself.
  bool is_as_it_is() const {
    return kind == Kind::kNumber && transform.shape == Shape::kNone && !by_table && !is_clipped();
  }
  /// Of a feature that is not missing, in the CSV's units; of text, its index.
  double operator()(double value) const;
};

/// Learned of training rows, and applied to any.
struct Preparation {
  std::vector<FeatureStatistics> inputs;             ///< of the features, in the CSV's units
  std::vector<std::vector<std::string>> categories;  ///< one a feature, in the order of the index; none of numbers
  std::vector<Column> columns;
  std::optional<Projection> projection;  ///< of the columns, where learning works on components
  std::vector<std::size_t> refusing;     ///< features of which a category that training never saw refuses the row
  std::vector<std::string> imputed_by;   ///< one a feature: "the median 3"
  std::vector<std::string> notes;        ///< what was done, a line a thing

  /// Whether learning works on the features as they are, so that the device has nothing to do.
  bool is_plain() const;
};

/// As chosen; by default text is one column a category, of the 32 most frequent ones at most, and numbers stay as they
/// are. Throws data::DataError where a choice does not fit the column.
Preparation learn_preparation(const data::Dataset& rows, const Choices& choices);

/// Keeps a column's numbers in [low, high], and says why. The column is a number as it is (Column::is_as_it_is).
void keep_within(Preparation& preparation, std::size_t column, float low, float high);

/// Codes the feature of such a column by octaves, and adds a column of them: the column itself is made of those codes.
void add_octaves(Preparation& preparation, std::size_t column);

/// The rows with text columns as indices into `categories` (one a feature), -1 of a name that is none of them.
data::Dataset with_categories(const data::Dataset& rows, const std::vector<std::vector<std::string>>& categories);

/// What learning works on, the rows' columns or components; missing values are imputed, labels and groups kept.
data::Dataset columns_of(const Preparation& preparation, const data::Dataset& rows);

/// Of rows as they are learned from: the features' own where the preparation is plain, else those of their columns or
/// components.
std::vector<FeatureStatistics> describe_columns(const Preparation& preparation, const data::Dataset& columns);

}  // namespace nuthatch::prepare

#endif
