#include "cloud/models.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <utility>

namespace nuthatch::cloud {
namespace {

namespace fs = std::filesystem;

/// Names go into paths of URLs as they are.
void check_name(const std::string& name) {
  const bool good = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
  if (!good) {
    throw LoadError("\"" + name +
                    "\" is no name for a URL (letters, digits, '.', '_' and '-'); give another one as "
                    "NAME=M.nhm");
  }
}

/// 1, 2, ...; 0 where it is no version.
std::uint64_t version_of(const std::string& text) {
  std::uint64_t version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  return error == std::errc() && end == text.data() + text.size() && text[0] != '0' ? version : 0;
}

std::vector<std::uint8_t> read_file(const fs::path& path) {
  if (fs::is_directory(path)) throw LoadError("must hold one file .nhm");
  std::ifstream file(path, std::ios::binary);
  std::vector<std::uint8_t> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad()) throw LoadError("cannot be read");
  return bytes;
}

std::vector<fs::path> sorted(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) paths.push_back(entry.path());
  if (error) throw LoadError(error.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// The one .nhm of a version's folder; where there is not one, the folder, which `load` refuses.
fs::path model_in(const fs::path& folder) {
  std::vector<fs::path> files = sorted(folder);
  std::erase_if(files, [](const fs::path& path) { return path.extension() != ".nhm"; });
  return files.size() == 1 ? files[0] : folder;
}

std::shared_ptr<const ServedModel> served(const Catalog& catalog, const std::string& name, std::uint64_t version) {
  const auto versions = catalog.find(name);
  if (versions == catalog.end()) return nullptr;
  const auto model = versions->second.find(version);
  return model == versions->second.end() ? nullptr : model->second;
}

}  // namespace

void Models::find_in_folder(const fs::path& folder, std::vector<Found>& found, std::vector<LoadEvent>& events) {
  for (const fs::path& model : sorted(folder)) {
    const std::string name = model.filename().string();
    if (!fs::is_directory(model) || name[0] == '.') continue;
    try {
      check_name(name);
    } catch (const LoadError& error) {
      events.push_back({name, "", model.string(), error.what()});
      continue;
    }
    for (const fs::path& version : sorted(model)) {
      const std::uint64_t number = version_of(version.filename().string());
      if (number != 0 && fs::is_directory(version)) found.push_back({name, number, model_in(version)});
    }
  }
}

void Models::find(const std::string& source, std::vector<Found>& found, std::vector<LoadEvent>& events) {
  const std::size_t equals = source.find('=');
  const bool named = equals != std::string::npos && source.find('/') > equals;
  const fs::path path = named ? source.substr(equals + 1) : source;
  if (fs::is_directory(path)) return find_in_folder(path, found, events);
  std::string name = named ? source.substr(0, equals) : path.stem().string();
  check_name(name);
  found.push_back({std::move(name), 1, path});
}

void Models::load(const Found& file, const Catalog& before, Catalog& next, std::vector<LoadEvent>& events) {
  const std::shared_ptr<const ServedModel> old = served(before, file.name, file.version);
  if (old != nullptr) next[file.name][file.version] = old;
  std::error_code error;
  const Stamp stamp = {file.path, fs::last_write_time(file.path, error), fs::file_size(file.path, error)};
  if (std::exchange(stamps_[{file.name, file.version}], stamp) == stamp) return;
  LoadEvent event = {file.name, std::to_string(file.version), file.path.string(), ""};
  try {
    std::vector<std::uint8_t> bytes = read_file(file.path);
    if (old != nullptr && old->bytes() == bytes) return;
    auto counters = old != nullptr ? old->counters() : std::make_shared<RequestCounters>();
    next[file.name][file.version] = std::make_shared<const ServedModel>(
        file.name, event.version, std::move(bytes), std::move(counters), ServedModel::kRowsAnEpoch, most_work_);
  } catch (const LoadError& refused) {
    event.error = refused.what();
  }
  events.push_back(std::move(event));
}

void Models::load_all(const std::vector<Found>& found, std::vector<LoadEvent>& events) {
  const std::shared_ptr<const Catalog> before = catalog();
  auto next = std::make_shared<Catalog>();
  std::map<std::pair<std::string, std::uint64_t>, std::string> taken;
  for (const Found& file : found) {
    const auto [other, is_new] = taken.emplace(std::pair(file.name, file.version), file.path.string());
    if (is_new) {
      load(file, *before, *next, events);
    } else {
      events.push_back({file.name, std::to_string(file.version), file.path.string(),
                        "has the name and version of " + other->second + "; give another one as NAME=M.nhm"});
    }
  }
  const std::lock_guard lock(mutex_);
  catalog_ = std::move(next);
}

std::vector<LoadEvent> Models::reload() {
  std::vector<LoadEvent> events;
  std::vector<Found> found;
  bool complete = true;
  for (const std::string& source : sources_) {
    try {
      find(source, found, events);
    } catch (const std::exception& error) {  // of the file system
      events.push_back({"", "", source, error.what()});
      complete = false;
    }
  }
  if (complete) load_all(found, events);
  const std::vector<LoadEvent> before = std::exchange(told_, events);
  std::erase_if(events, [&](const LoadEvent& event) {
    return !event.error.empty() && std::find(before.begin(), before.end(), event) != before.end();
  });
  return events;
}

std::shared_ptr<const Catalog> Models::catalog() const {
  const std::lock_guard lock(mutex_);
  return catalog_;
}

}  // namespace nuthatch::cloud
