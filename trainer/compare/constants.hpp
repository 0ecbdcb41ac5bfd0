#ifndef NUTHATCH_TRAINER_COMPARE_CONSTANTS_HPP
#define NUTHATCH_TRAINER_COMPARE_CONSTANTS_HPP

#include <map>
#include <optional>
#include <string>

/// The figures that estimates rest on: clocks, currents, prices. Each has a unit and says where it comes from.
namespace nuthatch::compare {

struct Constant {
  std::optional<double> value;  ///< nothing: unknown, and so is what would be computed from it
  std::string unit;
  std::string source;
};

class Constants {
 public:
  /// What is known without the user.
  static Constants defaults();
  /// The defaults, with those that a JSON file has instead: {"cortex-m4.clock": {"value": 84e6, "source": "..."}, ...}.
  /// A value of null says that it is not known. Throws std::runtime_error that names the file and the constant.
  static Constants from_file(const std::string& path);

  /// Nothing where it is unknown.
  std::optional<double> value(const std::string& name) const;
  const std::map<std::string, Constant>& all() const { return constants_; }
  /// As from_file reads it.
  std::string to_json() const;

 private:
  std::map<std::string, Constant> constants_;
};

}  // namespace nuthatch::compare

#endif
