// Whatever the bytes: a data set whose parts agree, or a DataError. The first byte picks options.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <sstream>
#include <string>

#include "trainer/data/csv.hpp"

namespace {

using nuthatch::data::CsvOptions;
using nuthatch::data::Dataset;

CsvOptions options_from(unsigned choice) {
  CsvOptions options;
  if ((choice & 1u) != 0) options.target = "label";
  options.target_required = (choice & 2u) == 0;
  options.decimal_comma = (choice & 4u) != 0;
  if ((choice & 8u) != 0) options.drop = {"id"};
  options.units = (choice & 16u) != 0;
  if ((choice & 32u) != 0) options.thousands = nuthatch::data::Thousands::kSpace;
  options.find_text = (choice & 128u) != 0;
  if ((choice & 64u) != 0) options.features = std::vector<std::string>{"b", "a"};
  return options;
}

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const Dataset& data, const CsvOptions& options) {
  require(data.rows() > 0 && data.columns.size() == data.feature_names.size());
  require(!options.features || data.feature_names == *options.features);
  for (const auto& column : data.columns) {
    require(column.size() == data.rows());
    for (const float value : column) require(!std::isinf(value));
  }
  const std::set<std::string> names(data.feature_names.begin(), data.feature_names.end());
  require(names.size() == data.feature_names.size());
  require(options.target.has_value() || !data.target);
  if (!data.target) return;
  const auto& target = *data.target;
  require(names.count(target.name) == 0 && target.ids.size() == data.rows());
  require(target.first_line.size() == target.labels.size());
  for (const auto id : target.ids) require(id < target.labels.size());
  for (std::size_t i = 1; i < target.first_line.size(); ++i) {
    require(target.first_line[i - 1] <= target.first_line[i]);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const CsvOptions options = options_from(bytes[0]);
  std::istringstream stream(std::string(reinterpret_cast<const char*>(bytes) + 1, size - 1));
  try {
    check(nuthatch::data::read_csv(stream, "fuzz.csv", options), options);
  } catch (const nuthatch::data::DataError& error) {
    // Every message names the file.
    require(std::string(error.what()).starts_with("fuzz.csv: "));
  }
  return 0;
}
