#ifndef NUTHATCH_TESTS_EVIL_SMALL_MODELS_HPP
#define NUTHATCH_TESTS_EVIL_SMALL_MODELS_HPP

#include <vector>

#include "evil/changes.hpp"
#include "export/model_file.hpp"

/// Models that are small enough for every change of them to be tried.
namespace nuthatch::test {

/// Two features; `class_vectors` of one number: regression.
ModelBytes small_svm(quantize::Kernel kernel, const std::vector<std::uint32_t>& class_vectors, quantize::Input input);

/// Two features. `logistic`: with a link.
ModelBytes small_bayes(std::size_t classes, quantize::Input input, bool logistic);

/// Three features, two groups of `slots` by chance.
ModelBytes small_forest(std::uint8_t feature_bits, bool votes, quantize::Input input, std::uint32_t slots = 9);

/// small_forest of which one feature has codes of octaves.
ModelBytes small_octaves();

/// `sizes`: features, units of each layer. Scores that the limits clamp, or that come as they are.
ModelBytes small_network(const std::vector<std::uint16_t>& sizes, quantize::Activation activation,
                         quantize::Input input);

/// Of two features; members of two kinds by their numbers (unit/make_blend.hpp).
ModelBytes small_blend(std::size_t first, std::size_t second, quantize::Input input);

/// A linear model of two features with histograms of both, or of the second, and of its output.
ModelBytes small_watched(std::size_t classes, std::size_t histograms);

/// A linear model of two classes with a threshold; of one feature, or small_watched with one histogram.
ModelBytes small_thresholded(bool with_histogram = false);

/// A linear model of five columns, a step of each operation.
ModelBytes small_prepared(quantize::Input input);
/// With components of the columns, and rows that are refused.
ModelBytes small_projected(quantize::Input input);

/// A linear model of two features with means.
ModelBytes small_explained_linear(std::size_t classes, quantize::Precision precision);
/// Of three columns that a preparation makes.
ModelBytes small_explained_columns();

/// small_forest with node values or shares.
ModelBytes small_explained_forest(std::uint8_t feature_bits, bool votes);

}  // namespace nuthatch::test

#endif
