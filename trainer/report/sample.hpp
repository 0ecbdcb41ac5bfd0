#ifndef NUTHATCH_TRAINER_REPORT_SAMPLE_HPP
#define NUTHATCH_TRAINER_REPORT_SAMPLE_HPP

#include <cstddef>
#include <string>
#include <vector>

/// A page draws so many points and no more: browsers and readers both tire.
namespace nuthatch::report {

inline constexpr std::size_t kMostPoints = 1000;

/// Places of all rows, or of so many at even distances.
std::vector<std::size_t> sampled(std::size_t rows, std::size_t most = kMostPoints);

/// "1000 of 5149 rows are drawn, every 5th or so." where not all are, else empty.
std::string sample_note(std::size_t rows, std::size_t most = kMostPoints);

}  // namespace nuthatch::report

#endif
