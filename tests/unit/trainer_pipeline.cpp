#include "unit/trainer_pipeline.hpp"

#include <sstream>

#include "prepare/labels.hpp"

namespace nuthatch::trainer_test {

using quantize::Input;
using quantize::Precision;

namespace {

data::CsvOptions labelled() {
  data::CsvOptions options;
  options.target = "label";
  return options;
}

}  // namespace

data::Dataset load(const std::string& name) {
  return data::read_csv(std::filesystem::path(NUTHATCH_TEST_DATA) / "data" / (name + ".csv"), labelled());
}

data::Dataset parse(const std::string& text) {
  std::istringstream stream(text);
  return data::read_csv(stream, "rows.csv", labelled());
}

learn::Examples Fitted::examples() const {
  return {features, values, indices, static_cast<std::int32_t>(classes.size())};
}

Fitted fit(const data::Dataset& train, const std::string& family_name,
           const std::optional<learn::Parameters>& parameters) {
  const learn::Family* family = learn::find_family(family_name);
  if (family == nullptr) throw std::logic_error("no family " + family_name);
  Fitted fitted;
  fitted.classifies = family->classifies;
  fitted.statistics = prepare::describe(train);
  fitted.features = prepare::standardize(train, fitted.statistics);
  if (family->classifies) {
    fitted.classes = prepare::class_names(train);
    fitted.indices = prepare::class_indices(train, fitted.classes);
  } else {
    fitted.values = prepare::target_values(train, false);
  }
  fitted.learned = std::get<learn::LinearModel>(
      learn::fit(*family, fitted.examples(), parameters ? *parameters : learn::default_parameters(*family)));
  return fitted;
}

exporting::ModelContents contents_of(const data::Dataset& train, const Fitted& fitted, Input input,
                                     Precision precision) {
  exporting::ModelContents contents;
  contents.classifies = fitted.classifies;
  contents.feature_names = train.feature_names;
  contents.classes = fitted.classes;
  contents.predictor = quantize::quantize_linear(fitted.learned, fitted.statistics, input, precision);
  contents.baseline_rows = train.rows();
  contents.lineage = {"test", "family", "label", "{}", std::vector<std::uint8_t>(32), train.rows(), 7, {}};
  return contents;
}

exporting::LoadedModel deploy(const data::Dataset& train, const Fitted& fitted, Input input, Precision precision) {
  return exporting::LoadedModel(exporting::write_model(contents_of(train, fitted, input, precision)));
}

const std::vector<Arithmetic>& all_arithmetic() {
  static const std::vector<Arithmetic> all = {
      {Input::kFloat32, Precision::kFloat32, "float32"}, {Input::kFloat32, Precision::kInt16, "int16"},
      {Input::kFloat32, Precision::kInt8, "int8"},       {Input::kInt16, Precision::kInt16, "int16, raw"},
      {Input::kInt16, Precision::kInt8, "int8, raw"},    {Input::kInt16, Precision::kFloat32, "float32, raw"}};
  return all;
}

const std::vector<std::pair<std::string, std::string>>& all_sets() {
  static const std::vector<std::pair<std::string, std::string>> all = [] {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const char* set : {"boston_housing", "diabetes"}) {
      for (const char* family : {"linear-regression", "ridge"}) pairs.emplace_back(set, family);
    }
    for (const char* set : {"breast_cancer", "digits", "iris", "pima", "satellite", "sonar", "wine"}) {
      for (const char* family : {"logistic", "linear-svm"}) pairs.emplace_back(set, family);
    }
    return pairs;
  }();
  return all;
}

}  // namespace nuthatch::trainer_test
