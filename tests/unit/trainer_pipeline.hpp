#ifndef NUTHATCH_TESTS_UNIT_TRAINER_PIPELINE_HPP
#define NUTHATCH_TESTS_UNIT_TRAINER_PIPELINE_HPP

#include <Eigen/Core>
#include <string>
#include <utility>
#include <vector>

#include "data/csv.hpp"
#include "export/loaded_model.hpp"
#include "learn/families.hpp"
#include "prepare/features.hpp"
#include "quantize/linear.hpp"

/// The trainer's stages in their order, as `nuthatch train` calls them, for the tests that look between them.
namespace nuthatch::trainer_test {

/// A file of tests/data without its ".csv", say "iris.train"; the target is the column "label".
data::Dataset load(const std::string& name);
/// A CSV that is written in the test; the target is the column "label". Messages call it "rows.csv".
data::Dataset parse(const std::string& text);

struct Fitted {
  bool classifies = false;
  std::vector<prepare::FeatureStatistics> statistics;
  Eigen::MatrixXd features;
  std::vector<std::string> classes;
  std::vector<std::int32_t> indices;
  std::vector<double> values;
  learn::LinearModel learned;

  learn::Examples examples() const;
};

Fitted fit(const data::Dataset& train, const std::string& family,
           const std::optional<learn::Parameters>& parameters = {});

exporting::ModelContents contents_of(const data::Dataset& train, const Fitted& fitted, quantize::Input input,
                                     quantize::Precision precision);
exporting::LoadedModel deploy(const data::Dataset& train, const Fitted& fitted, quantize::Input input,
                              quantize::Precision precision);

struct Arithmetic {
  quantize::Input input;
  quantize::Precision precision;
  std::string name;
};
/// The six pairs of input and precision that go together.
const std::vector<Arithmetic>& all_arithmetic();

/// Every data set of tests/data with each family that serves it.
const std::vector<std::pair<std::string, std::string>>& all_sets();

}  // namespace nuthatch::trainer_test

#endif
