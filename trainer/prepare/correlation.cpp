#include "prepare/correlation.hpp"

#include <algorithm>
#include <cmath>

namespace nuthatch::prepare {
namespace {

struct Spread {
  double mean = 0;
  double scale = 0;  ///< 1 / (deviation * sqrt(rows)); 0 where the column is constant
};

Spread spread_of(const std::vector<float>& column) {
  double sum = 0;
  double count = 0;
  for (const float value : column) {
    if (!std::isfinite(value)) continue;
    sum += value;
    ++count;
  }
  Spread spread{count > 0 ? sum / count : 0, 0};
  double squares = 0;
  bool varies = false;
  float first = NAN;
  for (const float value : column) {
    if (!std::isfinite(value)) continue;
    varies = varies || value != (std::isnan(first) ? first = value : first);
    squares += (value - spread.mean) * (value - spread.mean);
  }
  if (varies) spread.scale = 1 / std::sqrt(squares);
  return spread;
}

}  // namespace

Eigen::MatrixXd correlations(const data::Dataset& rows) {
  constexpr std::size_t kBlock = 512;  // rows at a time, so that all columns of them stay in the cache
  const auto features = std::ssize(rows.columns);
  std::vector<Spread> spreads;
  for (const std::vector<float>& column : rows.columns) spreads.push_back(spread_of(column));
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(features, features);
  Eigen::MatrixXd block(features, static_cast<Eigen::Index>(kBlock));
  for (std::size_t start = 0; start < rows.rows(); start += kBlock) {
    const std::size_t count = std::min<std::size_t>(kBlock, rows.rows() - start);
    for (Eigen::Index i = 0; i < features; ++i) {
      const auto place = static_cast<std::size_t>(i);
      for (std::size_t row = 0; row < count; ++row) {
        const float value = rows.columns[place][start + row];
        block(i, static_cast<Eigen::Index>(row)) =
            std::isfinite(value) ? (value - spreads[place].mean) * spreads[place].scale : 0;
      }
    }
    sums.selfadjointView<Eigen::Lower>().rankUpdate(block.leftCols(static_cast<Eigen::Index>(count)));
  }
  return sums.selfadjointView<Eigen::Lower>();
}

}  // namespace nuthatch::prepare
