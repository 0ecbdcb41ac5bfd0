#include "learn/families.hpp"

namespace nuthatch::learn {
namespace {

const std::vector<std::string> kPrecisions = {"int8", "int16", "float32"};

const Flag kC = {"C", "1", "inverse strength of the L2 penalty"};

Learned fit_linear_svm(const Examples& examples, const Parameters& parameters) {
  return parameters.probability ? linear_svm_with_probability(examples, parameters.c, parameters.seed)
                                : linear_svm(examples, parameters.c);
}

Learned fit_linear_svr(const Examples& examples, const Parameters& parameters) {
  RegressionLoss loss = RegressionLoss::kEpsilonInsensitive;
  if (parameters.loss == "squared-epsilon-insensitive") loss = RegressionLoss::kSquaredEpsilonInsensitive;
  if (parameters.loss == "huber") loss = RegressionLoss::kHuber;
  return linear_svr(examples, parameters.c, parameters.epsilon, loss);
}

std::string check_huber(const Parameters& parameters) {
  if (parameters.epsilon > 0) return {};
  return "--epsilon: 0 is not above 0, as it must be for Huber's loss, which would be 0 everywhere";
}

std::string check_linear_svr(const Parameters& parameters) {
  return parameters.loss == "huber" ? check_huber(parameters) : std::string();
}

}  // namespace

std::vector<Family> linear_families() {
  return {
      {"linear-regression",
       false,
       true,
       "ordinary least squares",
       {},
       kPrecisions,
       false,
       [](const Examples& examples, const Parameters&) -> Learned { return linear_regression(examples); }},
      {"ridge",
       false,
       true,
       "least squares with an L2 penalty",
       {{"alpha", "1", "strength of the penalty"}},
       kPrecisions,
       false,
       [](const Examples& examples, const Parameters& parameters) -> Learned {
         return ridge(examples, parameters.alpha);
       }},
      {"lasso",
       false,
       true,
       "least squares with an L1 penalty, which leaves features out",
       {{"alpha", "0.1", "strength of the penalty"}},
       kPrecisions,
       false,
       [](const Examples& examples, const Parameters& parameters) -> Learned {
         return elastic_net(examples, parameters.alpha, 1);
       }},
      {"elastic-net",
       false,
       true,
       "least squares with an L1 and an L2 penalty",
       {{"alpha", "0.1", "strength of both penalties"}, {"l1-ratio", "0.5", "share of the L1 penalty, 0 to 1"}},
       kPrecisions,
       false,
       [](const Examples& examples, const Parameters& parameters) -> Learned {
         return elastic_net(examples, parameters.alpha, parameters.l1_ratio);
       }},
      {"huber",
       false,
       true,
       "robust regression: errors count squared up to epsilon scales, then linearly",
       {{"epsilon", "1.35", "where, in units of the errors' scale, which is learned"},
        {"alpha", "0.0001", "strength of the L2 penalty"}},
       kPrecisions,
       false,
       [](const Examples& examples, const Parameters& parameters) -> Learned {
         return huber(examples, parameters.epsilon, parameters.alpha);
       },
       check_huber},
      {"linear-svr",
       false,
       true,
       "linear support vector regression; --loss huber: Huber's with a fixed scale",
       {kC,
        {"epsilon", "0.1", "in deviations of the target: free of loss up to it; huber: squared"},
        {"loss", "epsilon-insensitive", "or squared-epsilon-insensitive, huber"}},
       kPrecisions,
       false,
       fit_linear_svr,
       check_linear_svr},
      {"logistic",
       true,
       false,
       "logistic regression, multinomial for more than two classes",
       {kC},
       kPrecisions,
       false,
       [](const Examples& examples, const Parameters& parameters) -> Learned {
         return logistic(examples, parameters.c);
       }},
      {"linear-svm",
       true,
       false,
       "linear support vector machine, one against the rest",
       {kC, {"probability", "no", "also learns probabilities, on 5 folds"}},
       kPrecisions,
       false,
       fit_linear_svm},
  };
}

Eigen::MatrixXd scores(const LinearModel& model, const Eigen::MatrixXd& features) {
  return (features * model.weights.transpose()).rowwise() + model.bias.transpose();
}

}  // namespace nuthatch::learn
