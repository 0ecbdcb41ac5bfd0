#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nuthatch::data {

/// The name that `wanted` is most likely a slip of, by edit distance; null when none is close.
const std::string* nearest_name(std::string_view wanted, const std::vector<std::string>& names);

}  // namespace nuthatch::data
