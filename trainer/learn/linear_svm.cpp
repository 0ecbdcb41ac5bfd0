#include <linear.h>

#include <stdexcept>

#include "learn/linear.hpp"

namespace nuthatch::learn {
namespace {

/// LIBLINEAR's sparse rows, with its bias column at the end, over one block of nodes.
struct SparseRows {
  std::vector<feature_node> nodes;
  std::vector<feature_node*> rows;
};

SparseRows sparse_rows(const Eigen::MatrixXd& features) {
  SparseRows sparse;
  const auto width = static_cast<std::size_t>(features.cols()) + 2;
  sparse.nodes.reserve(width * static_cast<std::size_t>(features.rows()));
  for (Eigen::Index row = 0; row < features.rows(); ++row) {
    for (Eigen::Index column = 0; column < features.cols(); ++column) {
      sparse.nodes.push_back({static_cast<int>(column) + 1, features(row, column)});
    }
    sparse.nodes.push_back({static_cast<int>(features.cols()) + 1, 1.0});
    sparse.nodes.push_back({-1, 0});
  }
  for (std::size_t row = 0; row < static_cast<std::size_t>(features.rows()); ++row) {
    sparse.rows.push_back(&sparse.nodes[row * width]);
  }
  return sparse;
}

void silent(const char* /*text*/) {}

}  // namespace

LinearModel linear_svm(const Examples& examples, double c) {
  set_print_string_function(silent);
  SparseRows sparse = sparse_rows(examples.features);
  std::vector<double> labels(examples.classes.begin(), examples.classes.end());
  problem task = {};
  task.l = static_cast<int>(labels.size());
  task.n = static_cast<int>(examples.features.cols()) + 1;
  task.y = labels.data();
  task.x = sparse.rows.data();
  task.bias = 1;
  parameter settings = {};
  settings.solver_type = L2R_L2LOSS_SVC;
  settings.eps = 1e-4;
  settings.C = c;
  settings.p = 0.1;
  if (const char* problem_text = check_parameter(&task, &settings)) throw std::runtime_error(problem_text);
  model* trained = train(&task, &settings);
  if (trained->nr_class != examples.class_count) {
    free_and_destroy_model(&trained);
    throw std::runtime_error("linear-svm: a class has no row to learn from");
  }
  const Eigen::Index columns = examples.features.cols();
  const Eigen::Index outputs = examples.class_count == 2 ? 1 : examples.class_count;
  LinearModel result{Eigen::MatrixXd(outputs, columns), Eigen::VectorXd(outputs)};
  // Its classes are in order of first appearance; for two, its one score is for the first of them.
  for (Eigen::Index k = 0; k < trained->nr_class && (outputs > 1 || k == 0); ++k) {
    const bool flip = outputs == 1 && trained->label[0] == 0;
    const Eigen::Index output = outputs == 1 ? 0 : trained->label[k];
    const double sign = flip ? -1 : 1;
    for (Eigen::Index i = 0; i < columns; ++i) result.weights(output, i) = sign * trained->w[i * outputs + k];
    result.bias[output] = sign * trained->w[columns * outputs + k];
  }
  free_and_destroy_model(&trained);
  return result;
}

}  // namespace nuthatch::learn
