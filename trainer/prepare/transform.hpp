#ifndef NUTHATCH_TRAINER_PREPARE_TRANSFORM_HPP
#define NUTHATCH_TRAINER_PREPARE_TRANSFORM_HPP

#include <vector>

namespace nuthatch::prepare {

/// kOctaves: the place among all floats (order_of), in octaves; no choice of the user's.
enum class Shape { kNone, kLog1p, kYeoJohnson, kOctaves };

/// A function of one number, learned from a column.
struct Transform {
  Shape shape = Shape::kNone;
  double lambda = 1;  ///< of Yeo-Johnson; 1: the number itself

  double operator()(double value) const;
};

/// Yeo & Johnson 2000, "A new family of power transformations": the lambda in [-5, 5] of the greatest likelihood that
/// the transformed values are normal, within 1e-9. NaN is passed over; a column whose quartiles are equal, so that half
/// of its values are one, keeps 1.
Transform yeo_johnson(const std::vector<float>& column);

/// The third standardized moment of the values that are there (no correction for their number); 0 of a constant column.
double skewness(const std::vector<float>& column, const Transform& transform = {});

}  // namespace nuthatch::prepare

#endif
