#include "learn/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <stdexcept>

#include "learn/denormals.hpp"
#include "learn/families.hpp"

namespace nuthatch::learn {
namespace {

using Eigen::Index;
using Eigen::MatrixXf;
using Random = std::mt19937_64;

/// In [0, bound). Not exactly uniform, which no shuffle shows; the same from every standard library, as its own
/// distributions are not.
std::size_t draw(Random& random, std::size_t bound) {
  return static_cast<std::size_t>(((random() >> 32) * std::uint64_t{bound}) >> 32);
}

void shuffle(std::vector<std::uint32_t>& elements, Random& random) {
  for (std::size_t left = elements.size(); left > 1; --left)
    std::swap(elements[left - 1], elements[draw(random, left)]);
}

void activate(Activation activation, MatrixXf& values) {
  if (activation == Activation::kRelu) values = values.cwiseMax(0.0F);
  if (activation == Activation::kTanh) values = values.array().tanh();
}

/// Slopes by the values of an activation -> slopes by what went into it.
void slope_through(Activation activation, const MatrixXf& values, MatrixXf& slope) {
  if (activation == Activation::kRelu) slope.array() *= (values.array() > 0.0F).cast<float>();
  if (activation == Activation::kTanh) slope.array() *= 1.0F - values.array().square();
}

void forward(const std::vector<DenseLayer>& layers, Activation activation, std::vector<MatrixXf>& values) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    values[i + 1].noalias() = layers[i].weights * values[i];
    values[i + 1].colwise() += layers[i].bias;
    if (i + 1 < layers.size()) activate(activation, values[i + 1]);
  }
}

/// Scores, outputs x rows -> probabilities, in place.
void to_probabilities(MatrixXf& scores) {
  if (scores.rows() == 1) {
    scores = 1.0F / (1.0F + (-scores.array()).exp());
    return;
  }
  scores.rowwise() -= scores.colwise().maxCoeff().eval();
  scores = scores.array().exp();
  const Eigen::RowVectorXf sums = scores.colwise().sum();
  scores.array().rowwise() /= sums.array();
}

/// A mini-batch on its way through the network, kept so that its memory is.
struct Workspace {
  std::vector<MatrixXf> values;  ///< each layer's inputs, and the scores
  MatrixXf slope;
  MatrixXf before;
  std::vector<DenseLayer> gradient;
};

void gather(const NetworkRows& rows, const std::uint32_t* chosen, Index count, MatrixXf& inputs) {
  inputs.resize(rows.inputs.rows(), count);
  for (Index i = 0; i < count; ++i) inputs.col(i) = rows.inputs.col(chosen[i]);
}

/// Scores -> slope of the batch's mean loss by them: for softmax, sigmoid and squared error what came minus what
/// should.
void loss_slope(const NetworkRows& rows, const std::uint32_t* chosen, MatrixXf& scores) {
  if (rows.class_count > 0) to_probabilities(scores);
  for (Index i = 0; i < scores.cols(); ++i) {
    const auto row = static_cast<std::size_t>(chosen[i]);
    if (rows.class_count == 0) {
      scores(0, i) -= rows.values[static_cast<Index>(row)];
    } else if (rows.class_count == 2) {
      scores(0, i) -= static_cast<float>(rows.classes[row]);
    } else {
      scores(rows.classes[row], i) -= 1.0F;
    }
  }
  for (Index i = 0; i < scores.cols() && !rows.class_weights.empty(); ++i) {
    scores.col(i) *= rows.class_weights[static_cast<std::size_t>(rows.classes[chosen[i]])];
  }
  scores /= static_cast<float>(scores.cols());
}

void find_gradient(const NetworkRows& rows, const std::uint32_t* chosen, Index count, Activation activation,
                   const std::vector<DenseLayer>& layers, Workspace& work) {
  gather(rows, chosen, count, work.values[0]);
  forward(layers, activation, work.values);
  loss_slope(rows, chosen, work.values.back());
  work.slope = work.values.back();
  for (std::size_t i = layers.size(); i-- > 0;) {
    work.gradient[i].weights.noalias() = work.slope * work.values[i].transpose();
    work.gradient[i].bias = work.slope.rowwise().sum();
    if (i == 0) break;
    work.before.noalias() = layers[i].weights.transpose() * work.slope;
    slope_through(activation, work.values[i], work.before);
    work.slope.swap(work.before);
  }
}

/// First and second moments of the gradient (Kingma and Ba, 2015).
class Adam {
 public:
  explicit Adam(const std::vector<DenseLayer>& layers) : first_(layers), second_(layers) {
    for (auto* moments : {&first_, &second_}) {
      for (DenseLayer& layer : *moments) {
        layer.weights.setZero();
        layer.bias.setZero();
      }
    }
  }

  void step(const std::vector<DenseLayer>& gradient, double rate, std::vector<DenseLayer>& layers) {
    fade_first_ *= kFirst;
    fade_second_ *= kSecond;
    const auto scaled = static_cast<float>(rate * std::sqrt(1 - fade_second_) / (1 - fade_first_));
    for (std::size_t i = 0; i < layers.size(); ++i) {
      move(gradient[i].weights, first_[i].weights, second_[i].weights, scaled, layers[i].weights);
      move(gradient[i].bias, first_[i].bias, second_[i].bias, scaled, layers[i].bias);
    }
  }

 private:
  static constexpr double kFirst = 0.9;
  static constexpr double kSecond = 0.999;
  static constexpr float kTiny = 1e-8F;

  template <class Parameters>
  static void move(const Parameters& gradient, Parameters& first, Parameters& second, float rate,
                   Parameters& parameters) {
    constexpr auto a = static_cast<float>(kFirst);
    constexpr auto b = static_cast<float>(kSecond);
    first = a * first + (1 - a) * gradient;
    second.array() = b * second.array() + (1 - b) * gradient.array().square();
    parameters.array() -= rate * first.array() / (second.array().sqrt() + kTiny);
  }

  std::vector<DenseLayer> first_;
  std::vector<DenseLayer> second_;
  double fade_first_ = 1;
  double fade_second_ = 1;
};

/// He's (2015) spread for ReLU, Glorot's (2010) otherwise; both uniform.
std::vector<DenseLayer> initial_layers(const std::vector<std::uint32_t>& sizes, Activation activation, Random& random) {
  std::vector<DenseLayer> layers;
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) {
    const std::uint32_t fan = activation == Activation::kRelu ? sizes[i] : sizes[i] + sizes[i + 1];
    const double most = std::sqrt(6.0 / fan);
    DenseLayer layer{MatrixXf(sizes[i + 1], sizes[i]), Eigen::VectorXf::Zero(sizes[i + 1])};
    for (float& weight : layer.weights.reshaped()) {
      weight = static_cast<float>(most * (static_cast<double>(random() >> 11) * 0x1p-52 - 1));
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

/// int8 weights, rows of four, and the 9 bytes of a unit's bias and scale, must fit the model file. Said before the
/// weights take four times as much memory, several times over.
void check_size(const std::vector<std::uint32_t>& sizes, const std::vector<std::uint32_t>& hidden) {
  constexpr std::uint64_t kMostBytes = 0x7FFFFFFF;  // FlatBuffers' own limit
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) {
    bytes += ((std::uint64_t{sizes[i]} + 3) / 4 * 4 + 9) * sizes[i + 1];
  }
  if (bytes <= kMostBytes) return;
  throw std::runtime_error(
      fmt::format("mlp: --hidden {} of {} features makes {} bytes of weights, and a model file has at most {}; give "
                  "fewer or smaller layers",
                  fmt::join(hidden, ","), sizes.front(), bytes, kMostBytes));
}

/// A layer of the file has so many units, those of all members together.
std::string check_members(const Parameters& parameters) {
  constexpr std::uint64_t kMostUnits = 65535;
  for (const std::uint32_t units : parameters.hidden) {
    const std::uint64_t all = std::uint64_t{units} * parameters.members;
    if (all <= kMostUnits) continue;
    return fmt::format(
        "--members {} of --hidden {} makes a layer of {} units, and it has at most {}; give fewer of either",
        parameters.members, units, all, kMostUnits);
  }
  return "";
}

/// The network whose scores are the target's mean, to the last bit; for targets that do not vary.
void forget(DenseLayer& last) {
  last.weights.setZero();
  last.bias.setZero();
}

/// Rows held out to watch the loss on, the same share of each class; the others.
struct Split {
  std::vector<std::uint32_t> learned;
  std::vector<std::uint32_t> held_out;
};

/// Whole groups, or the last rows.
std::vector<std::size_t> places_to_watch(const NetworkRows& rows, double share, Random& random) {
  const auto count = static_cast<std::size_t>(rows.inputs.cols());
  std::vector<std::size_t> places = rows.plan->kind == Drawing::kTime
                                        ? last_rows(count, share)
                                        : whole_groups(rows.plan->groups, rows.classes, share, random());
  if (!places.empty()) return places;
  if (rows.plan->kind == Drawing::kTime) {
    throw std::runtime_error("mlp: --early-stopping holds the last rows out, and there is one only; give more rows");
  }
  throw std::runtime_error(
      "mlp: --early-stopping holds whole groups out, and there is one group only, or each has a class that no other "
      "has; give rows of more groups, or leave --early-stopping out");
}

Split split_rows(const NetworkRows& rows, double share, Random& random) {
  std::vector<std::uint32_t> order(static_cast<std::size_t>(rows.inputs.cols()));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
  shuffle(order, random);
  const Drawing kind = rows.plan == nullptr ? Drawing::kStratified : rows.plan->kind;
  if (share > 0 && (kind == Drawing::kGrouped || kind == Drawing::kTime)) {
    std::vector<bool> watched(order.size(), false);
    for (const std::size_t place : places_to_watch(rows, share, random)) watched[place] = true;
    Split split;
    for (const std::uint32_t row : order) (watched[row] ? split.held_out : split.learned).push_back(row);
    return split;
  }
  const bool by_class = rows.class_count > 0 && kind == Drawing::kStratified;
  const auto groups = static_cast<std::size_t>(by_class ? rows.class_count : 1);
  std::vector<double> sizes(groups, 0);
  const auto group_of = [&](std::uint32_t row) { return static_cast<std::size_t>(by_class ? rows.classes[row] : 0); };
  for (const std::uint32_t row : order) sizes[group_of(row)] += 1;
  std::vector<double> wanted;
  wanted.reserve(sizes.size());
  for (const double size : sizes) wanted.push_back(std::floor(size * share));
  Split split;
  for (const std::uint32_t row : order) {
    double& left = wanted[group_of(row)];
    (left > 0 ? split.held_out : split.learned).push_back(row);
    if (left > 0) left -= 1;
  }
  return split;
}

NetworkRows take(const NetworkRows& rows, const std::vector<std::uint32_t>& chosen) {
  NetworkRows taken;
  taken.class_count = rows.class_count;
  taken.class_weights = rows.class_weights;
  gather(rows, chosen.data(), std::ssize(chosen), taken.inputs);
  if (rows.class_count == 0) taken.values.resize(std::ssize(chosen));
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (rows.class_count > 0) taken.classes.push_back(rows.classes[chosen[i]]);
    if (rows.class_count == 0) taken.values[static_cast<Index>(i)] = rows.values[chosen[i]];
  }
  return taken;
}

void describe_target(const Examples& examples, NetworkModel& model) {
  if (examples.classifies()) return;
  const Eigen::Map<const Eigen::VectorXd> target(examples.values.data(), std::ssize(examples.values));
  const bool constant = target.minCoeff() == target.maxCoeff();
  model.target_mean = constant ? target[0] : target.mean();
  const double deviation = std::sqrt((target.array() - model.target_mean).square().mean());
  model.target_deviation = deviation > 0 ? deviation : 1;
}

/// Learns until the loss on rows held out has not fallen for `patience` epochs, and goes back to where it was least.
void learn_watched(const NetworkRows& rows, const Split& split, std::uint32_t patience, Activation activation,
                   Descent how, std::vector<DenseLayer>& layers) {
  const NetworkRows watched = take(rows, split.held_out);
  std::vector<DenseLayer> best = layers;
  double least = network_loss(best, activation, watched);
  std::uint32_t best_epoch = 0;
  how.after_epoch = [&, told = how.after_epoch](std::uint32_t done) {
    const double loss = network_loss(layers, activation, watched);
    if (loss < least) {
      least = loss;
      best = layers;
      best_epoch = done;
    }
    return told(done) && done - best_epoch < patience;
  };
  descend(rows, split.learned, activation, how, layers);
  layers = best;
}

/// One network, from weights of its own.
std::vector<DenseLayer> learn_member(const NetworkRows& rows, const std::vector<std::uint32_t>& sizes,
                                     const Parameters& parameters, Random& random,
                                     const std::function<void(std::uint32_t)>& progress) {
  std::vector<DenseLayer> layers = initial_layers(sizes, parameters.activation, random);
  const Split split = split_rows(rows, parameters.early_stopping, random);
  Descent how{parameters.epochs, parameters.batch_size, parameters.learning_rate, parameters.alpha, random(), {}, {}};
  how.after_epoch = [&](std::uint32_t done) {
    progress(done);
    return true;
  };
  if (split.held_out.empty()) {
    descend(rows, split.learned, parameters.activation, how, layers);
  } else {
    learn_watched(rows, split, parameters.patience, parameters.activation, how, layers);
  }
  return layers;
}

/// The network that answers the mean of the members' scores: all of them side by side, with zeros between.
std::vector<DenseLayer> joined(const std::vector<std::vector<DenseLayer>>& members) {
  const auto count = std::ssize(members);
  std::vector<DenseLayer> layers = members.front();
  for (std::size_t i = 0; count > 1 && i < layers.size(); ++i) {
    const Index outputs = layers[i].weights.rows();
    const Index inputs = layers[i].weights.cols();
    const bool shares_inputs = i == 0;
    const bool shares_outputs = i + 1 == layers.size();
    layers[i].weights.setZero(shares_outputs ? outputs : outputs * count, shares_inputs ? inputs : inputs * count);
    layers[i].bias.setZero(layers[i].weights.rows());
    const float share = shares_outputs ? 1.0F / static_cast<float>(count) : 1.0F;
    for (Index member = 0; member < count; ++member) {
      const DenseLayer& own = members[static_cast<std::size_t>(member)][i];
      const Index row = shares_outputs ? 0 : member * outputs;
      layers[i].weights.block(row, shares_inputs ? 0 : member * inputs, outputs, inputs) += share * own.weights;
      layers[i].bias.segment(row, outputs) += share * own.bias;
    }
  }
  return layers;
}

}  // namespace

NetworkRows network_rows(const Examples& examples, const NetworkModel& model) {
  NetworkRows rows;
  rows.inputs = examples.features.transpose().cast<float>();
  rows.class_count = examples.class_count;
  rows.classes = examples.classes;
  rows.class_weights.assign(examples.class_weights.begin(), examples.class_weights.end());
  rows.plan = examples.plan;
  if (examples.classifies()) return rows;
  const Eigen::Map<const Eigen::RowVectorXd> target(examples.values.data(), std::ssize(examples.values));
  rows.values = ((target.array() - model.target_mean) / model.target_deviation).cast<float>();
  return rows;
}

MatrixXf network_outputs(const std::vector<DenseLayer>& layers, Activation activation, const MatrixXf& inputs) {
  std::vector<MatrixXf> values(layers.size() + 1);
  values[0] = inputs;
  forward(layers, activation, values);
  return values.back();
}

double network_loss(const std::vector<DenseLayer>& layers, Activation activation, const NetworkRows& rows) {
  const MatrixXf scores = network_outputs(layers, activation, rows.inputs);
  double loss = 0;
  for (Index i = 0; i < scores.cols(); ++i) {
    const auto column = scores.col(i).cast<double>();
    const double weight = rows.class_weights.empty()
                              ? 1
                              : rows.class_weights[static_cast<std::size_t>(rows.classes[static_cast<std::size_t>(i)])];
    if (rows.class_count == 0) {
      const double error = column[0] - double{rows.values[i]};
      loss += error * error / 2;
    } else if (rows.class_count == 2) {
      const double margin = rows.classes[static_cast<std::size_t>(i)] == 1 ? column[0] : -column[0];
      loss += weight * (std::log1p(std::exp(-std::abs(margin))) + std::max(-margin, 0.0));
    } else {
      const double most = column.maxCoeff();
      const double own = column[rows.classes[static_cast<std::size_t>(i)]];
      loss += weight * (most + std::log((column.array() - most).exp().sum()) - own);
    }
  }
  return loss / static_cast<double>(scores.cols());
}

void descend(const NetworkRows& rows, std::vector<std::uint32_t> chosen, Activation activation, const Descent& how,
             std::vector<DenseLayer>& layers) {
  const FlushDenormals flush;
  Random random(how.seed);
  Adam adam(layers);
  Workspace work{std::vector<MatrixXf>(layers.size() + 1), {}, {}, layers};
  std::vector<DenseLayer> used = layers;
  const std::size_t batch = std::min<std::size_t>(how.batch, chosen.size());
  const std::size_t batches = (chosen.size() + batch - 1) / batch;
  const double steps = static_cast<double>(batches) * how.epochs;
  const auto decay = static_cast<float>(how.alpha / static_cast<double>(chosen.size()));
  double step = 0;
  for (std::uint32_t epoch = 1; epoch <= how.epochs; ++epoch) {
    shuffle(chosen, random);
    for (std::size_t start = 0; start < chosen.size(); start += batch, ++step) {
      const auto count = static_cast<Index>(std::min(batch, chosen.size() - start));
      if (how.as_used) how.as_used(layers, used);
      find_gradient(rows, chosen.data() + start, count, activation, how.as_used ? used : layers, work);
      for (std::size_t i = 0; i < layers.size(); ++i) {
        work.gradient[i].weights += decay * layers[i].weights;
      }
      adam.step(work.gradient, how.learning_rate * (1 + std::cos(std::numbers::pi * step / steps)) / 2, layers);
    }
    if (how.after_epoch && !how.after_epoch(epoch)) return;
  }
}

NetworkModel network(const Examples& examples, const Parameters& parameters) {
  NetworkModel model;
  model.activation = parameters.activation;
  describe_target(examples, model);
  const NetworkRows rows = network_rows(examples, model);
  std::vector<std::uint32_t> sizes = {static_cast<std::uint32_t>(rows.inputs.rows())};
  for (const std::uint32_t units : parameters.hidden) sizes.push_back(units * parameters.members);
  sizes.push_back(static_cast<std::uint32_t>(examples.class_count > 2 ? examples.class_count : 1));
  check_size(sizes, parameters.hidden);
  std::copy(parameters.hidden.begin(), parameters.hidden.end(), sizes.begin() + 1);
  Random random(parameters.seed);
  if (!examples.classifies() && rows.values.isZero(0)) {
    model.layers = initial_layers(sizes, model.activation, random);
    forget(model.layers.back());
    return model;
  }
  std::vector<std::vector<DenseLayer>> members;
  for (std::uint32_t member = 0; member < parameters.members; ++member) {
    const auto progress = [&](std::uint32_t done) {
      if (examples.progress) {
        examples.progress(member * parameters.epochs + done, parameters.members * parameters.epochs);
      }
    };
    members.push_back(learn_member(rows, sizes, parameters, random, progress));
  }
  model.layers = joined(members);
  if (!std::isfinite(network_loss(model.layers, model.activation, rows))) {
    throw std::runtime_error("mlp: the weights grew without bound; give a smaller --learning-rate or --alpha");
  }
  return model;
}

Eigen::MatrixXd scores(const NetworkModel& model, const Eigen::MatrixXd& features) {
  const MatrixXf inputs = features.transpose().cast<float>();
  const Eigen::MatrixXd outputs = network_outputs(model.layers, model.activation, inputs).transpose().cast<double>();
  return (outputs * model.target_deviation).array() + model.target_mean;
}

std::vector<Family> network_families() {
  return {
      {"mlp",
       true,
       true,
       "multi-layer perceptron (neural network)",
       {{"hidden", "32", "units of each hidden layer"},
        {"activation", "relu", "of the hidden layers"},
        {"members", "1", "networks of so many units, each learned by itself; the model is their mean"},
        {"epochs", "200", "passes over the training rows"},
        {"batch-size", "32", "rows a step"},
        {"learning-rate", "0.01", "of the first step; falls to 0"},
        {"alpha", "2", "strength of the L2 penalty"},
        {"early-stopping", "0", "share of the rows to hold out and stop by; 0: none"},
        {"patience", "20", "epochs to wait for a smaller loss on them"}},
       {"int8"},
       false,
       [](const Examples& examples, const Parameters& parameters) -> Learned { return network(examples, parameters); },
       check_members}};
}

}  // namespace nuthatch::learn
