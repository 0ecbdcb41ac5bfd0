#ifndef NUTHATCH_PORTS_CLOUD_MODELS_HPP
#define NUTHATCH_PORTS_CLOUD_MODELS_HPP

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cloud/served_model.hpp"

namespace nuthatch::cloud {

/// What is served at a moment: name, version, model. Of a name without a version the highest version is meant.
using Versions = std::map<std::uint64_t, std::shared_ptr<const ServedModel>>;
using Catalog = std::map<std::string, Versions, std::less<>>;

/// What became of a file when it was looked at; `error` empty: it is served now.
struct LoadEvent {
  std::string name;
  std::string version;
  std::string path;
  std::string error;
  bool operator==(const LoadEvent&) const = default;
};

/// The model files that were named, and what is served of them. A catalog never changes: it is replaced, and whoever
/// still answers with the old one keeps it.
class Models {
 public:
  /// sources: "M.nhm" (its name without the ending, version 1), "NAME=M.nhm", or a folder of NAME/VERSION/*.nhm.
  /// most_work: steps that a row may take, else a file is refused.
  explicit Models(std::vector<std::string> sources, std::uint32_t most_work = ServedModel::kMostWork)
      : sources_(std::move(sources)), most_work_(most_work) {}

  /// Loads what is new or has changed, and drops versions whose folder is gone. A file that is refused, or not there
  /// any more, leaves what it was serving; a folder that cannot be listed leaves everything. What went wrong the time
  /// before, too, is not told again. One caller at a time.
  std::vector<LoadEvent> reload();

  std::shared_ptr<const Catalog> catalog() const;

 private:
  /// What tells a changed file from an unchanged one.
  struct Stamp {
    std::filesystem::path path;
    std::filesystem::file_time_type time;
    std::uintmax_t size = 0;
    bool operator==(const Stamp&) const = default;
  };
  struct Found {
    std::string name;
    std::uint64_t version;
    std::filesystem::path path;
  };

  static void find(const std::string& source, std::vector<Found>& found, std::vector<LoadEvent>& events);
  static void find_in_folder(const std::filesystem::path& folder, std::vector<Found>& found,
                             std::vector<LoadEvent>& events);
  void load(const Found& file, const Catalog& before, Catalog& next, std::vector<LoadEvent>& events);
  void load_all(const std::vector<Found>& found, std::vector<LoadEvent>& events);

  std::vector<std::string> sources_;
  std::uint32_t most_work_;
  std::map<std::pair<std::string, std::uint64_t>, Stamp> stamps_;  ///< of a name and version, as last looked at
  std::vector<LoadEvent> told_;                                    ///< the last time
  mutable std::mutex mutex_;
  std::shared_ptr<const Catalog> catalog_ = std::make_shared<const Catalog>();
};

}  // namespace nuthatch::cloud

#endif
