#include "quantize/autocorrelation.hpp"

#include <algorithm>
#include <cmath>

namespace nuthatch::quantize {

double autocorrelation(const Eigen::VectorXd& values) {
  constexpr Eigen::Index kBlock = 256;
  const Eigen::Index rows = values.size();
  const Eigen::Index blocks = std::max<Eigen::Index>(1, rows / kBlock);
  const Eigen::Index size = rows / blocks;
  if (size < 3) return 0;
  double together = 0;
  double squares = 0;
  for (Eigen::Index block = 0; block < blocks; ++block) {
    Eigen::VectorXd centred = values.segment(block * size, size);
    centred.array() -= centred.mean();
    together += centred.head(size - 1).dot(centred.tail(size - 1));
    squares += centred.squaredNorm();
  }
  if (squares == 0) return 0;
  const double raw = together / squares;
  const double phi = raw + (1 + 3 * raw) / static_cast<double>(size);
  constexpr double kErrors = 3;
  constexpr double kMost = 0.98;
  return phi < kErrors / std::sqrt(static_cast<double>(rows)) ? 0 : std::min(phi, kMost);
}

double inflation(double phi, double rows) {
  return (1 + phi) / (1 - phi) - 2 * phi * (1 - std::pow(phi, rows)) / ((1 - phi) * (1 - phi) * rows);
}

double place_of(double phi) { return std::log((1 + phi) / (1 - phi)); }

double phi_at(double place) { return std::tanh(place / 2); }

}  // namespace nuthatch::quantize
