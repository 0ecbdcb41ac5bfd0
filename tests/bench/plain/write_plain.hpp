#ifndef NUTHATCH_TESTS_BENCH_WRITE_PLAIN_HPP
#define NUTHATCH_TESTS_BENCH_WRITE_PLAIN_HPP

#include <string>
#include <vector>

#include "learn/learned.hpp"
#include "prepare/features.hpp"

namespace nuthatch::bench {

/// A learned model as a C header of numbers, and the C file that computes with them.
struct PlainModel {
  std::string kind;    ///< linear, bayes, forest, network or svm: the file KIND.c beside plain.h
  std::string header;  ///< model.h
};

/// Numbers are rounded to float once, after the standardization of the features has been folded into them in double
/// precision. Thresholds are rounded down, so that every float goes the way it does in the learned model.
/// Throws std::runtime_error where the model has more than the C types hold.
PlainModel write_plain(const learn::Learned& model, const std::vector<prepare::FeatureStatistics>& statistics);

}  // namespace nuthatch::bench

#endif
