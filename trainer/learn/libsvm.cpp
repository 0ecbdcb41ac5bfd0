#include "learn/libsvm.hpp"

#include <svm.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <numeric>
#include <stdexcept>

namespace nuthatch::learn {
namespace {

struct DestroyModel {
  void operator()(svm_model* model) const { svm_free_and_destroy_model(&model); }
};
using ModelPointer = std::unique_ptr<svm_model, DestroyModel>;

/// LIBSVM's rows over one block of nodes; zeros need none.
struct SparseRows {
  std::vector<svm_node> nodes;
  std::vector<svm_node*> rows;
};

SparseRows sparse_rows(const Eigen::MatrixXd& features, const std::vector<Eigen::Index>& order) {
  SparseRows sparse;
  std::vector<std::size_t> starts;
  for (const Eigen::Index row : order) {
    starts.push_back(sparse.nodes.size());
    for (Eigen::Index i = 0; i < features.cols(); ++i) {
      if (features(row, i) != 0) sparse.nodes.push_back({static_cast<int>(i) + 1, features(row, i)});
    }
    sparse.nodes.push_back({-1, 0});
  }
  for (const std::size_t start : starts) sparse.rows.push_back(&sparse.nodes[start]);
  return sparse;
}

/// Steps of LIBSVM's solver for one pair of classes before it is given up: usual flags take some thousands. Its own
/// limit, more than twice this, it tells nobody but stderr.
constexpr std::uint64_t kMostSteps = 4000000;

/// Counts the solver's steps by what it prints: a dot every `min(rows, 1000)` of them, and a word when a pair is done.
class Watch {
 public:
  /// `rows` of each pair, in the order they are solved.
  Watch(std::vector<std::size_t> rows, const Progress& progress) : rows_(std::move(rows)), progress_(progress) {
    current = this;
    svm_set_print_string_function([](const char* text) {
      if (current != nullptr) current->hear(text);
    });
  }
  ~Watch() { current = nullptr; }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  void hear(const char* text) {
    if (std::strstr(text, "optimization finished") != nullptr) {
      steps_ = 0;
      ++pair_;
    }
    if (std::strcmp(text, ".") != 0 || pair_ >= rows_.size()) return;
    steps_ += std::min<std::uint64_t>(rows_[pair_], 1000);
    if (progress_) progress_(pair_ * kMostSteps + steps_, rows_.size() * kMostSteps);
    // LIBSVM cannot be asked to end. It is C++ and lets exceptions pass, but loses the memory it had taken.
    if (steps_ >= kMostSteps) throw std::runtime_error(message());
  }

  static std::string message() {
    return fmt::format(
        "LIBSVM did not converge in {} steps; give a smaller --C or --gamma (a linear kernel: --model linear-svm or "
        "linear-svr)",
        kMostSteps);
  }

  static thread_local Watch* current;  // LIBSVM's print function takes no context

  std::vector<std::size_t> rows_;
  const Progress& progress_;
  std::size_t pair_ = 0;
  std::uint64_t steps_ = 0;
};

thread_local Watch* Watch::current = nullptr;

int number_of(Kernel kernel) {
  switch (kernel) {
    case Kernel::kLinear: return LINEAR;
    case Kernel::kPolynomial: return POLY;
    case Kernel::kSigmoid: return SIGMOID;
    default: return RBF;
  }
}

svm_parameter parameter_of(const LibsvmSettings& settings, int type) {
  svm_parameter parameter = {};
  parameter.svm_type = type;
  parameter.kernel_type = number_of(settings.kernel.kernel);
  parameter.degree = static_cast<int>(settings.kernel.degree);
  parameter.gamma = settings.kernel.gamma;
  parameter.coef0 = settings.kernel.coef0;
  parameter.cache_size = 200;  // MB
  parameter.eps = 1e-3;
  parameter.C = settings.c;
  parameter.p = settings.epsilon;
  parameter.shrinking = 1;
  return parameter;
}

/// `order`: the rows in the order LIBSVM is to see them; `watch` hears how it goes.
LibsvmSolution solve(const Eigen::MatrixXd& features, const std::vector<Eigen::Index>& order,
                     std::vector<double> targets, const svm_parameter& parameter, const Watch& /*watch*/) {
  SparseRows sparse = sparse_rows(features, order);
  svm_problem problem = {};
  problem.l = static_cast<int>(targets.size());
  problem.y = targets.data();
  problem.x = sparse.rows.data();
  if (const char* refusal = svm_check_parameter(&problem, &parameter)) throw std::runtime_error(refusal);
  const ModelPointer model(svm_train(&problem, &parameter));
  LibsvmSolution solution;
  const bool classifies = parameter.svm_type == C_SVC;
  const Eigen::Index others = classifies ? model->nr_class - 1 : 1;
  solution.coefficients.resize(model->l, others);
  for (int v = 0; v < model->l; ++v) {
    solution.rows.push_back(order[static_cast<std::size_t>(model->sv_indices[v] - 1)]);
    for (Eigen::Index k = 0; k < others; ++k) solution.coefficients(v, k) = model->sv_coef[k][v];
  }
  const Eigen::Index pairs = others * (others + 1) / 2;
  solution.bias = -Eigen::Map<const Eigen::VectorXd>(model->rho, pairs);
  for (int k = 0; classifies && k < model->nr_class; ++k) {
    solution.class_vectors.push_back(static_cast<std::uint32_t>(model->nSV[k]));
  }
  return solution;
}

/// Rows of each pair of classes, of which LIBSVM makes problems of their own.
std::vector<std::size_t> pair_rows(const std::vector<std::int32_t>& classes) {
  std::vector<std::size_t> counts;
  for (const std::int32_t own : classes) {
    counts.resize(std::max(counts.size(), static_cast<std::size_t>(own) + 1));
    ++counts[static_cast<std::size_t>(own)];
  }
  std::vector<std::size_t> rows;
  for (std::size_t first = 0; first < counts.size(); ++first) {
    for (std::size_t second = first + 1; second < counts.size(); ++second)
      rows.push_back(counts[first] + counts[second]);
  }
  return rows;
}

}  // namespace

LibsvmSolution classify_libsvm(const Eigen::MatrixXd& features, const std::vector<std::int32_t>& classes,
                               const LibsvmSettings& settings, const Progress& progress) {
  // LIBSVM numbers classes as it meets them.
  std::vector<Eigen::Index> order(classes.size());
  std::iota(order.begin(), order.end(), 0);
  const auto class_of = [&](Eigen::Index row) { return classes[static_cast<std::size_t>(row)]; };
  std::stable_sort(order.begin(), order.end(),
                   [&](Eigen::Index a, Eigen::Index b) { return class_of(a) < class_of(b); });
  std::vector<double> targets;
  targets.reserve(order.size());
  for (const Eigen::Index row : order) targets.push_back(class_of(row));
  svm_parameter parameter = parameter_of(settings, C_SVC);
  std::vector<int> labels(settings.class_weights.size());
  std::iota(labels.begin(), labels.end(), 0);
  std::vector<double> weights = settings.class_weights;
  parameter.nr_weight = static_cast<int>(labels.size());
  parameter.weight_label = labels.data();
  parameter.weight = weights.data();
  return solve(features, order, std::move(targets), parameter, {pair_rows(classes), progress});
}

LibsvmSolution regress_libsvm(const Eigen::MatrixXd& features, const Eigen::VectorXd& targets,
                              const LibsvmSettings& settings, const Progress& progress) {
  std::vector<Eigen::Index> order(static_cast<std::size_t>(targets.size()));
  std::iota(order.begin(), order.end(), 0);
  // Two variables a row.
  return solve(features, order, {targets.begin(), targets.end()}, parameter_of(settings, EPSILON_SVR),
               {{2 * order.size()}, progress});
}

}  // namespace nuthatch::learn
