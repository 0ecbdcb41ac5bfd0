#ifndef NUTHATCH_TRAINER_REPORT_FOOTPRINT_HPP
#define NUTHATCH_TRAINER_REPORT_FOOTPRINT_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "export/model_file.hpp"

/// Flash of the code that a model needs, from the tables that the firmware's build measures
/// (ports/cortex-m/footprint.cpp).
namespace nuthatch::report {

/// Bytes of flash that each stage of a product's loop adds to the stages before it, in this order: a part left out of
/// the loop is a part not linked.
struct FlashParts {
  std::uint64_t open = 0;       ///< proving a file, with the code of its kind and input
  std::uint64_t predict = 0;    ///< predict and class_of
  std::uint64_t self_test = 0;  ///< the golden rows; 0 where the file has none
  std::uint64_t monitor = 0;    ///< attach, observe and, with histograms, health; 0 where the file has no baseline
  std::uint64_t snapshot = 0;   ///< likewise

  std::uint64_t total() const { return open + predict + self_test + monitor + snapshot; }
};

struct Footprint {
  FlashParts parts;
  std::uint64_t stack_bound = 0;  ///< bytes; the most that open, predict and self_test can use
  bool estimated = false;         ///< from the reviewed table, and not of the firmware at hand
};

/// What a model links of a monitor.
enum class Watched : std::uint8_t { kNot, kBasic, kFull };
Watched watched_of(const exporting::ModelContents& contents);

/// The row of `table` for the model's kind, input and preparation, built as shipped; nothing where the table has none.
/// table: CSV with a header; its column `core`, where there is one, must be `core`. Throws std::runtime_error where the
/// table has not the columns of footprint.csv.
std::optional<Footprint> find_footprint(std::string_view table, const std::string& core,
                                        const exporting::ModelContents& contents, Watched watched);

/// tests/size/footprint.csv as it was when this program was built: all cores, by the compiler that it names.
std::string_view reviewed_footprints();

}  // namespace nuthatch::report

#endif
