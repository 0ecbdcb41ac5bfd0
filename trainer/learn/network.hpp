#ifndef NUTHATCH_TRAINER_LEARN_NETWORK_HPP
#define NUTHATCH_TRAINER_LEARN_NETWORK_HPP

#include <Eigen/Core>
#include <vector>

#include "learn/examples.hpp"
#include "learn/parameters.hpp"

namespace nuthatch::learn {

struct DenseLayer {
  Eigen::MatrixXf weights;  ///< outputs x inputs
  Eigen::VectorXf bias;
};

/// A multi-layer perceptron on standardized features: each layer's values are activation(weights * inputs + bias), the
/// last layer's without the activation. Those are log-odds (two classes: one score; more: one each, before softmax), or
/// for regression (y - target_mean) / target_deviation.
struct NetworkModel {
  std::vector<DenseLayer> layers;
  Activation activation = Activation::kRelu;
  double target_mean = 0;
  double target_deviation = 1;
};

/// Minimizes the sum of log losses, each times its class's weight (regression: of half the squared errors of the
/// standardized target) plus alpha / 2 * |weights|^2 by mini-batch Adam (Kingma and Ba, 2015), the learning rate
/// falling to 0 along a half cosine; the biases are not penalized. Float32, one thread: the same seed gives the same
/// bits. Throws std::runtime_error if a loss is not finite.
NetworkModel network(const Examples& examples, const Parameters& parameters);

/// What a network learns from, a column a row of the data; shared by learning and by fine-tuning on quantized weights.
struct NetworkRows {
  Eigen::MatrixXf inputs;  ///< features x rows
  std::vector<std::int32_t> classes;
  Eigen::RowVectorXf values;              ///< standardized targets; empty for classification
  std::int32_t class_count = 0;           ///< 0: regression
  std::vector<float> class_weights = {};  ///< of a row's loss, by its class; empty: all 1
  const RowPlan* plan = nullptr;          ///< of Examples
};
NetworkRows network_rows(const Examples& examples, const NetworkModel& model);

/// outputs x rows.
Eigen::MatrixXf network_outputs(const std::vector<DenseLayer>& layers, Activation activation,
                                const Eigen::MatrixXf& inputs);
/// Mean loss, weighted, without the penalty.
double network_loss(const std::vector<DenseLayer>& layers, Activation activation, const NetworkRows& rows);

struct Descent {
  std::uint32_t epochs = 0;
  std::uint32_t batch = 0;
  double learning_rate = 0;
  double alpha = 0;
  std::uint64_t seed = 0;
  /// After each epoch, with the number done; false stops.
  std::function<bool(std::uint32_t done)> after_epoch;
  /// The weights with which the loss and its slope are computed, from those that are learned; absent: themselves.
  std::function<void(const std::vector<DenseLayer>& learned, std::vector<DenseLayer>& used)> as_used;
};

/// Adam on `layers`, over `chosen` columns of `rows` in a new order each epoch.
void descend(const NetworkRows& rows, std::vector<std::uint32_t> chosen, Activation activation, const Descent& how,
             std::vector<DenseLayer>& layers);

}  // namespace nuthatch::learn

#endif
