// The families svm and svr: what they learn, against LIBSVM's own answers, and that their integers mean it.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <svm.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "prepare/labels.hpp"
#include "report/metrics.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {

using Eigen::Index;
using learn::SvmModel;

namespace {

bool is_regression(const std::string& set) { return set == "diabetes" || set == "boston_housing"; }

Trained train_set(const std::string& set, const Flags& flags = {}, quantize::Input input = quantize::Input::kFloat32) {
  return train(load(set + ".train"), is_regression(set) ? "svr" : "svm", !is_regression(set), flags, input);
}

const SvmModel& model_of(const Trained& trained) { return std::get<SvmModel>(trained.learned); }

Eigen::MatrixXd standardized(const std::string& set, const std::string& part) {
  return prepare::standardize(load(set + "." + part), prepare::describe(load(set + ".train")));
}

/// LIBSVM itself, given the rows of the training set class after class.
class Libsvm {
 public:
  Libsvm(const Eigen::MatrixXd& features, std::vector<double> targets, svm_parameter parameter)
      : targets_(std::move(targets)) {
    svm_set_print_string_function([](const char* /*text*/) {});
    std::vector<Index> order(targets_.size());
    std::iota(order.begin(), order.end(), 0);
    const auto target = [&](Index row) { return targets_[static_cast<std::size_t>(row)]; };
    if (parameter.svm_type == C_SVC) {
      std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return target(a) < target(b); });
    }
    std::vector<double> ordered;
    for (const Index row : order) {
      ordered.push_back(target(row));
      rows_.push_back(nodes(features.row(row)));
    }
    targets_ = ordered;
    for (std::vector<svm_node>& row : rows_) pointers_.push_back(row.data());
    const svm_problem problem = {static_cast<int>(targets_.size()), targets_.data(), pointers_.data()};
    model_ = svm_train(&problem, &parameter);
  }
  ~Libsvm() { svm_free_and_destroy_model(&model_); }
  Libsvm(const Libsvm&) = delete;
  Libsvm& operator=(const Libsvm&) = delete;

  std::vector<double> decisions(const Eigen::RowVectorXd& row) const {
    const int classes = svm_get_nr_class(model_);
    std::vector<double> values(static_cast<std::size_t>(classes * (classes - 1) / 2));
    svm_predict_values(model_, nodes(row).data(), values.data());
    return values;
  }
  double predict(const Eigen::RowVectorXd& row) const { return svm_predict(model_, nodes(row).data()); }
  int vectors() const { return svm_get_nr_sv(model_); }

 private:
  static std::vector<svm_node> nodes(const Eigen::RowVectorXd& row) {
    std::vector<svm_node> list;
    for (Index i = 0; i < row.size(); ++i) list.push_back({static_cast<int>(i) + 1, row[i]});
    list.push_back({-1, 0});
    return list;
  }

  std::vector<double> targets_;
  std::vector<std::vector<svm_node>> rows_;
  std::vector<svm_node*> pointers_;
  svm_model* model_ = nullptr;
};

struct Case {
  const char* name;
  Flags flags;
  int kernel;
  int degree = 3;
  double gamma = 0;  ///< 0: scale
  double coef0 = 0;
  double c = 1;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"rbf", {}, RBF},
      {"linear", {{"kernel", "linear"}}, LINEAR},
      {"polynomial", {{"kernel", "polynomial"}, {"degree", "2"}, {"coef0", "1.5"}, {"C", "0.5"}}, POLY, 2, 0, 1.5, 0.5},
      {"sigmoid", {{"kernel", "sigmoid"}, {"gamma", "0.01"}, {"coef0", "-0.5"}}, SIGMOID, 3, 0.01, -0.5, 1}};
  return all;
}

svm_parameter parameter_of(const Case& which, const Eigen::MatrixXd& features, int type) {
  svm_parameter parameter = {};
  parameter.svm_type = type;
  parameter.kernel_type = which.kernel;
  parameter.degree = which.degree;
  const double variance = (features.array() - features.mean()).square().mean();
  parameter.gamma = which.gamma > 0 ? which.gamma : 1 / (static_cast<double>(features.cols()) * variance);
  parameter.coef0 = which.coef0;
  parameter.cache_size = 100;
  parameter.eps = 1e-3;
  parameter.C = which.c;
  parameter.p = 0.1;
  parameter.shrinking = 1;
  return parameter;
}

Index best_of(const Eigen::RowVectorXd& scores) {
  if (scores.size() == 1) return scores[0] > 0 ? 1 : 0;
  Index best = 0;
  scores.maxCoeff(&best);
  return best;
}

/// Whether two classes or more share the most votes.
bool is_tied(const std::vector<double>& decisions, int classes) {
  std::vector<int> votes(static_cast<std::size_t>(classes), 0);
  std::size_t pair = 0;
  for (std::size_t i = 0; i < votes.size(); ++i) {
    for (std::size_t j = i + 1; j < votes.size(); ++j) ++votes[decisions[pair++] > 0 ? i : j];
  }
  std::sort(votes.rbegin(), votes.rend());
  return votes[0] == votes[1];
}

std::string error_of(const std::string& text, const std::string& family, const Flags& flags) {
  try {
    (void)train(parse(text), family, family == "svm", flags);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("svm: decisions are LIBSVM's, and so is the class but where votes are tied") {
  std::size_t tied = 0;
  for (const std::string set : {"iris", "breast_cancer", "wine", "digits"}) {
    for (const Case& which : cases()) {
      if (set == "digits" && which.kernel != RBF) continue;
      CAPTURE(set);
      CAPTURE(which.name);
      const Trained trained = train_set(set, which.flags);
      const data::Dataset rows = load(set + ".train");
      const auto indices = prepare::class_indices(rows, prepare::class_names(rows));
      const Eigen::MatrixXd features = standardized(set, "train");
      const Libsvm libsvm(features, {indices.begin(), indices.end()}, parameter_of(which, features, C_SVC));
      CHECK(model_of(trained).vectors.rows() == libsvm.vectors());
      const Eigen::MatrixXd test = standardized(set, "test");
      const Eigen::MatrixXd found = learn::decisions(model_of(trained), test);
      const Eigen::MatrixXd scores = trained.score(test);
      for (Index row = 0; row < test.rows(); ++row) {
        const std::vector<double> expected = libsvm.decisions(test.row(row));
        REQUIRE(found.cols() == std::ssize(expected));
        for (std::size_t k = 0; k < expected.size(); ++k) {
          CHECK(std::abs(found(row, static_cast<Index>(k)) - expected[k]) <=
                1e-9 * std::max(1.0, std::abs(expected[k])));
        }
        const int classes = static_cast<int>(trained.contents.classes.size());
        if (classes > 2 && is_tied(expected, classes)) {
          ++tied;
        } else {
          CHECK(static_cast<double>(best_of(scores.row(row))) == libsvm.predict(test.row(row)));
        }
      }
    }
  }
  CHECK(tied < 10);
}

TEST_CASE("svr: values are LIBSVM's of the target in units of its deviation") {
  for (const Case& which : cases()) {
    CAPTURE(which.name);
    const Trained trained = train_set("diabetes", which.flags);
    const std::vector<double> target = prepare::target_values(load("diabetes.train"), false);
    const Eigen::Map<const Eigen::VectorXd> values(target.data(), std::ssize(target));
    const double mean = values.mean();
    const double deviation = std::sqrt((values.array() - mean).square().mean());
    const Eigen::VectorXd scaled = (values.array() - mean) / deviation;
    const Eigen::MatrixXd features = standardized("diabetes", "train");
    const Libsvm libsvm(features, {scaled.begin(), scaled.end()}, parameter_of(which, features, EPSILON_SVR));
    const Eigen::MatrixXd test = standardized("diabetes", "test");
    const Eigen::MatrixXd found = trained.score(test);
    for (Index row = 0; row < test.rows(); ++row) {
      const double expected = libsvm.predict(test.row(row)) * deviation + mean;
      CHECK(std::abs(found(row, 0) - expected) <= 1e-9 * deviation * std::max(1.0, std::abs(expected / deviation)));
    }
  }
}

TEST_CASE("svm: gamma is scale, auto or a number") {
  const Eigen::MatrixXd features = standardized("sonar", "train");
  const auto gamma = [](const std::string& text) {
    return model_of(train_set("sonar", {{"gamma", text}, {"C", "0.1"}})).kernel.gamma;
  };
  const double variance = (features.array() - features.mean()).square().mean();
  CHECK(gamma("scale") == doctest::Approx(1 / (60 * variance)).epsilon(1e-12));
  CHECK(gamma("auto") == doctest::Approx(1.0 / 60).epsilon(1e-12));
  CHECK(gamma("0.25") == 0.25);
  for (const char* wrong : {"0", "-1", "none", "nan", "1e7"}) CHECK_THROWS(gamma(wrong));
}

TEST_CASE("svm: the same seed gives the same bytes, and every class is there") {
  const Flags flags = {{"probability", "yes"}, {"max-support-vectors", "20"}};
  CHECK(exporting::write_model(train_set("wine", flags).contents) ==
        exporting::write_model(train_set("wine", flags).contents));
  CHECK(error_of("x,label\n1,a\n2,a\n3,b\n4,c\n5,c\n", "svm", {}) == "");
  CHECK(error_of("x,label\n1,a\n2,a\n3,b\n4,c\n5,c\n", "svm", {{"probability", "yes"}}) ==
        "svm: --probability needs at least two rows of each class");
  const Eigen::MatrixXd features = Eigen::MatrixXd::Zero(2, 1);
  const std::vector<std::int32_t> classes = {0, 2};
  const learn::Parameters parameters = learn::default_parameters(*learn::find_family("svm"));
  CHECK_THROWS_WITH(learn::svm({features, {}, classes, 3}, parameters), "svm: a class has no row to learn from");
}

TEST_CASE("svm: probabilities change no score, and tell more than the classes' shares") {
  for (const std::string set : {"pima", "iris", "breast_cancer"}) {
    CAPTURE(set);
    const Trained plain = train_set(set);
    const Trained with = train_set(set, {{"probability", "yes"}});
    const Eigen::MatrixXd test = standardized(set, "test");
    const Eigen::MatrixXd scores = with.score(test);
    CHECK(scores == plain.score(test));
    CHECK(model_of(plain).link.slope.empty());
    const learn::LogisticLink& link = model_of(with).link;
    REQUIRE(std::ssize(link.slope) == scores.cols());
    const exporting::LoadedModel model(exporting::write_model(with.contents));
    CHECK(model.contents().common().link.kind == quantize::LinkKind::kLogistic);
    const data::Dataset rows = load(set + ".test");
    const auto indices = prepare::class_indices(rows, with.contents.classes);
    double loss = 0;
    double prior = 0;
    for (Index row = 0; row < scores.rows(); ++row) {
      const auto own = static_cast<Index>(indices[static_cast<std::size_t>(row)]);
      Eigen::VectorXd odds = Eigen::VectorXd::Zero(std::max<Index>(2, scores.cols()));
      for (Index k = 0; k < scores.cols(); ++k) {
        const auto at = static_cast<std::size_t>(k);
        odds[scores.cols() == 1 ? 1 : k] = link.slope[at] * scores(row, k) + link.offset[at];
      }
      loss += std::log(odds.array().exp().sum()) - odds[own];
      prior += -std::log(static_cast<double>(std::count(indices.begin(), indices.end(), own)) /
                         static_cast<double>(indices.size()));
    }
    CHECK(loss < 0.85 * prior);
  }
}

TEST_CASE("svm: a budget keeps so many of the vectors, and most of the score") {
  for (const std::string set : {"breast_cancer", "iris", "digits", "diabetes", "boston_housing"}) {
    CAPTURE(set);
    const Trained all = train_set(set);
    const Index count = model_of(all).vectors.rows();
    CHECK(model_of(all).full == nullptr);
    CHECK(model_of(train_set(set, {{"max-support-vectors", std::to_string(count)}})).full == nullptr);
    for (const Index budget : {Index{1}, count / 4, count - 1}) {
      CAPTURE(budget);
      const Trained some = train_set(set, {{"max-support-vectors", std::to_string(budget)}});
      const SvmModel& model = model_of(some);
      CHECK(model.vectors.rows() == budget);
      REQUIRE(model.full != nullptr);
      CHECK(model.full->vectors == model_of(all).vectors);
      std::uint32_t sum = 0;
      for (const std::uint32_t vectors : model.class_vectors) sum += vectors;
      CHECK(sum == (is_regression(set) ? 0 : budget));
      const Eigen::MatrixXd train = standardized(set, "train");
      const Eigen::MatrixXd exact = learn::decisions(model_of(all), train);
      const double off =
          (learn::decisions(model, train) - exact).norm() / (exact.rowwise() - exact.colwise().mean()).norm();
      if (budget == count - 1) CHECK(off < 0.02);
      const data::Dataset test = load(set + ".test");
      const double before =
          report::score(all.score(standardized(set, "test")), test, all.contents.classes, false).value;
      const double after =
          report::score(some.score(standardized(set, "test")), test, all.contents.classes, false).value;
      if (budget == count / 4) CHECK(after >= before - 0.04);
    }
  }
}

TEST_CASE("svm: as many vectors as a linear kernel has dimensions decide as all do") {
  const std::string set = "iris";
  const Trained all = train_set(set, {{"kernel", "linear"}});
  // Four features, three pairs: at most four vectors each, and vectors are shared.
  const Trained some = train_set(set, {{"kernel", "linear"}, {"max-support-vectors", "12"}});
  const Eigen::MatrixXd test = standardized(set, "test");
  const Eigen::MatrixXd exact = learn::decisions(model_of(all), test);
  CHECK(model_of(all).vectors.rows() > 12);
  CHECK((learn::decisions(model_of(some), test) - exact).cwiseAbs().maxCoeff() < 1e-3 * exact.cwiseAbs().maxCoeff());
}

TEST_CASE("svm: a linear kernel costs a vector a pair of classes") {
  for (const auto& [set, vectors] :
       {std::pair<std::string, std::size_t>{"breast_cancer", 1}, {"wine", 3}, {"diabetes", 1}}) {
    const Trained trained = train_set(set, {{"kernel", "linear"}});
    CHECK(std::get<quantize::QuantizedSvm>(trained.contents.predictor).norms.size() == vectors);
  }
}

TEST_CASE("svm: the device's class is the learned model's on nearly every row, for both inputs") {
  for (const std::string set : {"breast_cancer", "digits", "iris", "pima", "sonar", "wine"}) {
    for (const char* kernel : {"rbf", "linear", "polynomial", "sigmoid"}) {
      for (const quantize::Input input : {quantize::Input::kFloat32, quantize::Input::kInt16}) {
        const Trained trained = train_set(set, {{"kernel", kernel}}, input);
        const data::Dataset test = load(set + ".test");
        const exporting::LoadedModel model(exporting::write_model(trained.contents));
        const exporting::Predictions predictions = model.predict(test);
        const Eigen::MatrixXd scores = trained.score(standardized(set, "test"));
        std::size_t different = 0;
        for (std::size_t row = 0; row < test.rows(); ++row) {
          REQUIRE(predictions.statuses[row] == Status::kOk);
          const auto own = static_cast<std::size_t>(best_of(scores.row(static_cast<Index>(row))));
          different += model.model().class_of(predictions.row(row)) == own ? 0 : 1;
        }
        CAPTURE(set);
        CAPTURE(kernel);
        CHECK(different <= std::max<std::size_t>(test.rows() / 100, 2));
      }
    }
  }
}

TEST_CASE("svm: large C and gamma, high powers and tiny C lose as little as the defaults") {
  const std::vector<std::pair<std::string, Flags>> hard = {
      {"boston_housing", {{"C", "10"}}},  {"boston_housing", {{"C", "30"}}},
      {"boston_housing", {{"C", "100"}}}, {"boston_housing", {{"C", "300"}}},
      {"diabetes", {{"C", "100"}}},       {"diabetes", {{"C", "1000"}}},
      {"diabetes", {{"gamma", "1000"}}},  {"boston_housing", {{"kernel", "polynomial"}}},
      {"pima", {{"C", "1000"}}},          {"pima", {{"kernel", "polynomial"}, {"C", "100"}}},
      {"iris", {{"C", "1e-12"}}},
  };
  for (const auto& one : hard) {
    const std::string& set = one.first;
    const Flags& flags = one.second;
    CAPTURE(set);
    CAPTURE(flags.begin()->second);
    const data::Dataset rows = load(set + ".train");
    for (const quantize::Input input : {quantize::Input::kFloat32, quantize::Input::kInt16}) {
      const Trained trained = train_set(set, flags, input);
      const exporting::LoadedModel model(exporting::write_model(trained.contents));
      const Eigen::MatrixXd exact = trained.score(standardized(set, "train"));
      const double learned = report::score(exact, rows, trained.contents.classes, false).value;
      CHECK(report::score(model, rows, model.predict(rows), false).value >= learned - 0.01);
    }
  }
}

TEST_CASE("svm: what the solver cannot end is said, with what to do, while it goes on") {
  const data::Dataset rows = load("pima.train");
  std::vector<std::int32_t> classes = prepare::class_indices(rows, prepare::class_names(rows));
  classes.resize(200);  // fewer rows, faster steps
  const Eigen::MatrixXd features = standardized("pima", "train").topRows(200);
  learn::Parameters parameters = learn::default_parameters(*learn::find_family("svm"));
  parameters.kernel = learn::Kernel::kLinear;
  parameters.c = 1e9;
  std::uint64_t heard = 0;
  std::uint64_t last = 0;
  const auto progress = [&](std::uint64_t done, std::uint64_t total) {
    CHECK(last < done);
    CHECK(done <= total);
    last = done;
    ++heard;
  };
  CHECK_THROWS_WITH(learn::svm({features, {}, classes, 2, nullptr, progress}, parameters),
                    doctest::Contains("give a smaller --C or --gamma"));
  CHECK(heard > 100);
}

TEST_CASE("svm: every kind of column and target is served") {
  // A constant, one far from 0, one that hardly varies, one outlier of a thousand deviations.
  std::string text = "a,b,c,d,label\n";
  for (int i = 0; i < 400; ++i) {
    text += fmt::format("5,{},{},{},{}\n", 1000000 + i, 0.5 + 1e-4 * (i % 7), i == 17 ? 1e6 : i % 11,
                        i < 200 ? "low" : "high");
  }
  for (const char* kernel : {"rbf", "linear", "polynomial", "sigmoid"}) {
    for (const char* gamma : {"1e-12", "scale", "1e6"}) {
      for (const quantize::Input input : {quantize::Input::kFloat32, quantize::Input::kInt16}) {
        CAPTURE(kernel);
        CAPTURE(gamma);
        const data::Dataset rows = parse(text);
        const auto model = train_and_load(rows, "svm", true, {{"kernel", kernel}, {"gamma", gamma}}, input);
        const double score = report::score(model, rows, model.predict(rows), false).value;
        CHECK(score >= (std::string(gamma) == "scale" && std::string(kernel) != "polynomial" ? 0.9 : 0.4));
      }
    }
  }
  const data::Dataset constant = parse("x,label\n1,7.5\n2,7.5\n3,7.5\n");
  const auto model = train_and_load(constant, "svr", false);
  CHECK(model.predict(constant).row(1)[0] == std::lround(std::ldexp(7.5, model.model().fraction_bits())));
  for (const double unit : {1e-12, 1.0, 1e12}) {
    std::string values = "x,label\n";
    for (int i = 0; i < 50; ++i) values += fmt::format("{},{}\n", i, std::sin(i / 8.0) * unit);
    const data::Dataset rows = parse(values);
    for (const char* kernel : {"rbf", "polynomial"}) {
      const auto wave = train_and_load(rows, "svr", false, {{"kernel", kernel}, {"gamma", "1"}});
      CHECK(report::score(wave, rows, wave.predict(rows), false).value >= (std::string(kernel) == "rbf" ? 0.9 : 0.2));
    }
  }
}

}  // namespace nuthatch::trainer_test
