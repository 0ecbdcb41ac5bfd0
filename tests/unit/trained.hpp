#ifndef NUTHATCH_TESTS_UNIT_TRAINED_HPP
#define NUTHATCH_TESTS_UNIT_TRAINED_HPP

#include <map>
#include <string>

#include "export/loaded_model.hpp"
#include "learn/families.hpp"
#include "quantize/quantize.hpp"

/// Models of any family, made as `train` makes them.
namespace nuthatch::trainer_test {

/// Flags of the family by their names, as typed; the others are at their defaults.
using Flags = std::map<std::string, std::string>;

struct Trained {
  exporting::ModelContents contents;  ///< without golden rows
  learn::Learned learned;             ///< before --max-bytes

  /// rows x outputs: scores of the learned model itself, from standardized features.
  Eigen::MatrixXd score(const Eigen::MatrixXd& features) const;
};

/// `precision` empty: the family's first. `classifies`: the task, for families that do both.
/// Throws std::logic_error where there is no such family or flag.
Trained train(const data::Dataset& rows, const std::string& family, bool classifies, const Flags& flags = {},
              quantize::Input input = quantize::Input::kFloat32, const std::string& precision = "");

/// The same, written and opened.
exporting::LoadedModel train_and_load(const data::Dataset& rows, const std::string& family, bool classifies,
                                      const Flags& flags = {}, quantize::Input input = quantize::Input::kFloat32,
                                      const std::string& precision = "");

}  // namespace nuthatch::trainer_test

#endif
