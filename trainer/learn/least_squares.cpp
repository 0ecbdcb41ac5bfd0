#include "learn/least_squares.hpp"

#include <Eigen/Cholesky>
#include <Eigen/QR>
#include <cmath>

namespace nuthatch::learn {

Eigen::VectorXd target_of(const Examples& examples) {
  return Eigen::Map<const Eigen::VectorXd>(examples.values.data(), std::ssize(examples.values));
}

StandardTarget::StandardTarget(const Examples& examples) : values(target_of(examples)), mean(values.mean()) {
  values.array() -= mean;
  const double variance = values.squaredNorm() / static_cast<double>(values.size());
  deviation = variance > 0 ? std::sqrt(variance) : 1;
  values /= deviation;
}

LinearModel StandardTarget::model(const Eigen::VectorXd& solution) const {
  const Eigen::Index columns = solution.size() - 1;
  LinearModel model;
  model.weights = deviation * solution.head(columns).transpose();
  model.bias = Eigen::VectorXd::Constant(1, mean + deviation * solution[columns]);
  return model;
}

LinearModel centered(const Examples& examples, const Solve& solve) {
  const Eigen::VectorXd target = target_of(examples);
  const Eigen::RowVectorXd center = examples.features.colwise().mean();
  const double mean = target.mean();
  const Eigen::MatrixXd features = examples.features.rowwise() - center;
  const Eigen::VectorXd weights = solve(features, Eigen::VectorXd(target.array() - mean));
  LinearModel model;
  model.weights = weights.transpose();
  model.bias = Eigen::VectorXd::Constant(1, mean - center.dot(weights));
  return model;
}

Eigen::MatrixXd triangle_of(const Eigen::MatrixXd& features, const Eigen::VectorXd& target) {
  Eigen::MatrixXd joined(features.rows(), features.cols() + 1);
  joined << features, target;
  const Eigen::Index size = std::min(joined.rows(), joined.cols());
  return Eigen::HouseholderQR<Eigen::Ref<Eigen::MatrixXd>>(joined)
      .matrixQR()
      .topRows(size)
      .triangularView<Eigen::Upper>();
}

LinearModel linear_regression(const Examples& examples) {
  return centered(examples, [](const Eigen::MatrixXd& features, const Eigen::VectorXd& target) -> Eigen::VectorXd {
    // The triangle holds all that the small decomposition needs.
    const Eigen::MatrixXd triangle = triangle_of(features, target);
    Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> decomposition;
    decomposition.setThreshold(1e-10);
    decomposition.compute(triangle.leftCols(features.cols()));
    return decomposition.solve(triangle.rightCols(1));
  });
}

LinearModel ridge(const Examples& examples, double alpha) {
  if (alpha == 0) return linear_regression(examples);  // the Gram matrix alone may be singular
  return centered(examples, [alpha](const Eigen::MatrixXd& features, const Eigen::VectorXd& target) -> Eigen::VectorXd {
    Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(features.cols(), features.cols());
    gram.selfadjointView<Eigen::Lower>().rankUpdate(features.transpose());
    gram.diagonal().array() += alpha;
    return gram.selfadjointView<Eigen::Lower>().ldlt().solve(features.transpose() * target);
  });
}

}  // namespace nuthatch::learn
