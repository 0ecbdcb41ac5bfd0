#include "unit/trained.hpp"

#include <stdexcept>

#include "learn/class_weight.hpp"
#include "prepare/labels.hpp"

namespace nuthatch::trainer_test {
namespace {

learn::Parameters parameters_of(const learn::Family& family, const Flags& flags) {
  learn::Parameters parameters = learn::default_parameters(family);
  for (const auto& [name, text] : flags) {
    const learn::ParameterFlag* flag = learn::find_parameter_flag(name);
    const std::string wrong = flag == nullptr ? "there is no such flag" : flag->set(text, parameters);
    if (!wrong.empty()) throw std::logic_error("--" + name + ": " + wrong);
  }
  return parameters;
}

quantize::Precision precision_of(const std::string& name) {
  if (name == "int8") return quantize::Precision::kInt8;
  return name == "int16" ? quantize::Precision::kInt16 : quantize::Precision::kFloat32;
}

}  // namespace

Trained train(const data::Dataset& rows, const std::string& family_name, bool classifies, const Flags& flags,
              quantize::Input input, const std::string& precision) {
  const learn::Family* family = learn::find_family(family_name);
  if (family == nullptr) throw std::logic_error("there is no family " + family_name);
  const learn::Parameters parameters = parameters_of(*family, flags);
  const std::vector<prepare::FeatureStatistics> statistics = prepare::describe(rows);
  const Eigen::MatrixXd features = prepare::standardize(rows, statistics);
  const quantize::Encoding encoding = quantize::learning_codes(*family, statistics, input);
  const learn::CodeMatrix codes = quantize::codes_of(rows, statistics, encoding);
  Trained trained;
  exporting::ModelContents& contents = trained.contents;
  contents.classifies = classifies;
  contents.feature_names = rows.feature_names;
  if (classifies) contents.classes = prepare::class_names(rows);
  contents.baseline_rows = rows.rows();
  contents.lineage = {"test", family_name, "label", "{}", std::vector<std::uint8_t>(32), rows.rows(), 7, {}};
  const std::vector<std::int32_t> classes =
      classifies ? prepare::class_indices(rows, contents.classes) : std::vector<std::int32_t>();
  const std::vector<double> values = classifies ? std::vector<double>() : prepare::target_values(rows, false);
  const learn::Examples examples{features,
                                 values,
                                 classes,
                                 static_cast<std::int32_t>(contents.classes.size()),
                                 &codes,
                                 {},
                                 quantize::code_scales(encoding),
                                 learn::class_weights(parameters.class_weight, contents.classes, classes)};
  trained.learned = learn::fit(*family, examples, parameters);
  learn::Learned kept = trained.learned;
  if (auto* forest = std::get_if<learn::ForestModel>(&kept); forest != nullptr && parameters.max_bytes > 0) {
    if (auto pruned = quantize::prune_to_fit(*forest, parameters.max_bytes)) *forest = std::move(pruned->model);
  }
  const quantize::Request request{statistics, examples,
                                  parameters, encoding,
                                  input,      precision_of(precision.empty() ? family->precisions[0] : precision)};
  contents.predictor =
      std::visit([&](const auto& model) -> quantize::Predictor { return quantize::quantize(model, request); }, kept);
  return trained;
}

Eigen::MatrixXd Trained::score(const Eigen::MatrixXd& features) const {
  return std::visit([&](const auto& model) -> Eigen::MatrixXd { return learn::scores(model, features); }, learned);
}

exporting::LoadedModel train_and_load(const data::Dataset& rows, const std::string& family, bool classifies,
                                      const Flags& flags, quantize::Input input, const std::string& precision) {
  return exporting::LoadedModel(
      exporting::write_model(train(rows, family, classifies, flags, input, precision).contents));
}

}  // namespace nuthatch::trainer_test
