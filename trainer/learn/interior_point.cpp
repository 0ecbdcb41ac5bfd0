#include "learn/interior_point.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <stdexcept>

namespace nuthatch::learn {
namespace {

using Eigen::ArrayXd;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Half of the dual's variables, one a row, each within (0, c), with the multipliers of both bounds.
struct Bounded {
  ArrayXd at;     ///< above 0
  ArrayXd room;   ///< c - at
  ArrayXd lower;  ///< multiplier of at >= 0
  ArrayXd upper;  ///< multiplier of at <= c

  Bounded(double c, const ArrayXd& slope)
      : at(ArrayXd::Constant(slope.size(), c / 2)), room(at), lower(slope.max(0) + 1), upper((-slope).max(0) + 1) {}

  double gap() const { return (at * lower + room * upper).sum(); }
  ArrayXd curvature() const { return lower / at + upper / room; }
};

/// A change of a half, and of its multipliers.
struct Change {
  ArrayXd at;
  ArrayXd lower;
  ArrayXd upper;
};

/// The largest share of a step, at most 1, that leaves all of `values` positive.
double longest(const ArrayXd& values, const ArrayXd& step) {
  double share = 1;
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    if (step[i] < 0) share = std::min(share, -values[i] / step[i]);
  }
  return share;
}

double longest(const Bounded& half, const Change& change) {
  return std::min({longest(half.at, change.at), longest(half.room, -change.at), longest(half.lower, change.lower),
                   longest(half.upper, change.upper)});
}

void move(Bounded& half, const Change& change, double share) {
  half.at += share * change.at;
  half.room -= share * change.at;
  half.lower += share * change.lower;
  half.upper += share * change.upper;
}

/// What the products of the variables with their multipliers are to become.
struct Aim {
  ArrayXd lower;
  ArrayXd upper;
};

/// All to `centre`, less what the change `predicted` would add to second order.
Aim aim_of(double centre, const Change& predicted) {
  return {centre - predicted.at * predicted.lower, centre + predicted.at * predicted.upper};
}

/// x = columns' (above - below): rows above the tube pull up, rows below it down.
class InteriorPoint {
 public:
  InteriorPoint(const MatrixXd& columns, const VectorXd& target, double c, double epsilon)
      : columns_(columns),
        target_(target),
        c_(c),
        epsilon_(epsilon),
        above_(c, epsilon - target.array()),
        below_(c, epsilon + target.array()),
        x_(VectorXd::Zero(columns.cols())) {
    if (wide()) products_ = columns * columns.transpose();
  }

  VectorXd solve() {
    constexpr int kMostSteps = 200;
    for (int i = 0; i < kMostSteps; ++i) {
      if (above_.gap() + below_.gap() <= enough()) return x_;
      step();
    }
    throw std::runtime_error("linear-svr did not converge; give a smaller --C");
  }

 private:
  bool wide() const { return columns_.cols() > columns_.rows(); }

  /// Relative to the value; where that is 0, to the value at 0.
  double enough() const {
    const ArrayXd residuals = (columns_ * x_ - target_).array().abs();
    const double value = x_.squaredNorm() / 2 + c_ * (residuals - epsilon_).max(0).sum();
    const double at_zero = c_ * (target_.array().abs() - epsilon_).max(0).sum();
    return 1e-9 * value + 1e-14 * at_zero;
  }

  void step() {
    decompose();
    const Aim zero{ArrayXd::Zero(target_.size()), ArrayXd::Zero(target_.size())};
    const Both predicted = newton(zero, zero);
    const double share = longest_share(predicted);
    const double gap = above_.gap() + below_.gap();
    Bounded up = above_, down = below_;
    move(up, predicted.above, share);
    move(down, predicted.below, share);
    const double left = (up.gap() + down.gap()) / gap;
    const double centre = left * left * left * gap / (4 * static_cast<double>(target_.size()));
    const Both corrected = newton(aim_of(centre, predicted.above), aim_of(centre, predicted.below));
    const double taken = 0.995 * longest_share(corrected);
    move(above_, corrected.above, taken);
    move(below_, corrected.below, taken);
    x_ += taken * corrected.x;
  }

  struct Both {
    Change above;
    Change below;
    VectorXd x;
  };

  double longest_share(const Both& step) const {
    return std::min(longest(above_, step.above), longest(below_, step.below));
  }

  /// 1 + columns' weights columns, or of more columns than rows 1 / weights + columns columns'.
  void decompose() {
    weights_ = 1 / above_.curvature() + 1 / below_.curvature();
    if (wide()) {
      MatrixXd matrix = products_;
      matrix.diagonal().array() += 1 / weights_;
      factor_.compute(matrix);
      return;
    }
    MatrixXd matrix = MatrixXd::Identity(columns_.cols(), columns_.cols());
    const MatrixXd weighted = weights_.sqrt().matrix().asDiagonal() * columns_;
    matrix.selfadjointView<Eigen::Lower>().rankUpdate(weighted.transpose());
    factor_.compute(matrix.selfadjointView<Eigen::Lower>());
  }

  Both newton(const Aim& above, const Aim& below) const {
    const ArrayXd distance = (columns_ * x_ - target_).array();
    const ArrayXd up = above.lower / above_.at - above.upper / above_.room - (epsilon_ + distance);
    const ArrayXd down = below.lower / below_.at - below.upper / below_.room - (epsilon_ - distance);
    const VectorXd pull = up / above_.curvature() - down / below_.curvature();
    Both step;
    step.x = wide() ? VectorXd(columns_.transpose() * factor_.solve((pull.array() / weights_).matrix()))
                    : VectorXd(factor_.solve(columns_.transpose() * pull));
    const ArrayXd change = (columns_ * step.x).array();
    step.above = change_of(above_, (up - change) / above_.curvature(), above);
    step.below = change_of(below_, (down + change) / below_.curvature(), below);
    return step;
  }

  static Change change_of(const Bounded& half, const ArrayXd& at, const Aim& aim) {
    return {at, (aim.lower - half.lower * at) / half.at - half.lower,
            (aim.upper + half.upper * at) / half.room - half.upper};
  }

  const MatrixXd& columns_;
  const VectorXd& target_;
  double c_;
  double epsilon_;
  Bounded above_;
  Bounded below_;
  VectorXd x_;
  MatrixXd products_;
  ArrayXd weights_;
  Eigen::LDLT<MatrixXd> factor_;
};

}  // namespace

VectorXd solve_epsilon_insensitive(const MatrixXd& columns, const VectorXd& target, double c, double epsilon) {
  return InteriorPoint(columns, target, c, epsilon).solve();
}

}  // namespace nuthatch::learn
