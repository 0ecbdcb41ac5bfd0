#include "learn/liblinear.hpp"

#include <linear.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>

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

/// LIBLINEAR says only in print that it gave up. Of each thread, as models may be trained side by side.
thread_local bool gave_up = false;

void listen(const char* text) {
  gave_up = gave_up || std::strstr(text, "reaching max number of iterations") != nullptr;
}

parameter settings_of(LiblinearSolver solver, const LiblinearSettings& given) {
  parameter settings = {};
  settings.C = given.c;
  settings.p = given.epsilon;
  switch (solver) {
    case LiblinearSolver::kSquaredHinge: settings.solver_type = L2R_L2LOSS_SVC; break;
    case LiblinearSolver::kL1Logistic: settings.solver_type = L1R_LR; break;
    case LiblinearSolver::kSquaredEpsilonInsensitive: settings.solver_type = L2R_L2LOSS_SVR; break;
    case LiblinearSolver::kEpsilonInsensitive: settings.solver_type = L2R_L1LOSS_SVR_DUAL; break;
  }
  // Of the slope at zero; of the dual the sum of violations by that of the start.
  settings.eps = solver == LiblinearSolver::kSquaredEpsilonInsensitive ? 1e-7 : 1e-4;
  return settings;
}

}  // namespace

Eigen::VectorXd solve_liblinear(LiblinearSolver solver, const Eigen::MatrixXd& features,
                                const std::vector<double>& targets, const LiblinearSettings& given) {
  set_print_string_function(listen);
  gave_up = false;
  std::srand(1);  // its order of coordinates: the same for the same problem, whatever was solved before
  SparseRows sparse = sparse_rows(features);
  std::vector<double> labels = targets;
  problem task = {};
  task.l = static_cast<int>(labels.size());
  task.n = static_cast<int>(features.cols()) + 1;
  task.y = labels.data();
  task.x = sparse.rows.data();
  task.bias = 1;
  parameter settings = settings_of(solver, given);
  int signs[] = {1, -1};
  double weights[] = {given.positive, given.negative};
  if (solver == LiblinearSolver::kSquaredHinge) {
    settings.nr_weight = 2;
    settings.weight_label = signs;
    settings.weight = weights;
  }
  if (const char* refusal = check_parameter(&task, &settings)) throw std::runtime_error(refusal);
  model* trained = train(&task, &settings);
  Eigen::VectorXd solution = Eigen::Map<const Eigen::VectorXd>(trained->w, task.n);
  // Of two classes its score is for the one that comes first.
  const bool classifies = solver == LiblinearSolver::kSquaredHinge || solver == LiblinearSolver::kL1Logistic;
  if (classifies && trained->label[0] < 0) solution = -solution;
  free_and_destroy_model(&trained);
  if (gave_up) throw std::runtime_error("LIBLINEAR did not converge in its 1000 passes; give a smaller --C");
  return solution;
}

}  // namespace nuthatch::learn
