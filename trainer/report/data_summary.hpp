#ifndef NUTHATCH_TRAINER_REPORT_DATA_SUMMARY_HPP
#define NUTHATCH_TRAINER_REPORT_DATA_SUMMARY_HPP

#include <string>
#include <vector>

#include "data/csv.hpp"

namespace nuthatch::report {

inline constexpr std::size_t kSummaryBins = 16;

/// One column of numbers, or of categories.
struct ColumnSummary {
  std::string name;
  std::size_t missing = 0;
  float minimum = 0;  ///< of the finite values, as what follows; 0 where there are none
  float median = 0;
  float maximum = 0;
  std::vector<std::size_t> bins;  ///< kSummaryBins of one width from minimum to maximum; empty of a constant column
  std::size_t categories = 0;     ///< of text; its bins are those of its categories, or of the first ones
  std::string commonest;          ///< the category of most rows
};

ColumnSummary summarize(const std::string& name, const std::vector<float>& values);
/// Of text; values: indices of `categories`.
ColumnSummary summarize(const std::string& name, const std::vector<float>& values,
                        const std::vector<std::string>& categories);

/// A table with a line a column and its small histogram, as HTML.
std::string summary_table(const std::vector<ColumnSummary>& columns, std::size_t rows);

}  // namespace nuthatch::report

#endif
