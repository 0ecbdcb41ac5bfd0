// Model files while they are served: found, replaced, broken, gone.

#include <doctest/doctest.h>

#include <filesystem>
#include <thread>

#include "cloud/models.hpp"
#include "report/intervals.hpp"
#include "serve/models.hpp"

namespace nuthatch::serve_test {
namespace {

namespace fs = std::filesystem;
using cloud::LoadEvent;
using cloud::Models;

const std::vector<std::uint8_t> kBroken = {'N', 'H', 'M', '1'};

std::shared_ptr<const cloud::ServedModel> served(const Models& models, const std::string& name,
                                                 std::uint64_t version = 1) {
  const auto catalog = models.catalog();
  const auto found = catalog->find(name);
  if (found == catalog->end() || found->second.count(version) == 0) return nullptr;
  return found->second.at(version);
}

std::string error_of(const std::vector<LoadEvent>& events) {
  REQUIRE(events.size() == 1);
  return events[0].error;
}

cloud::Rows one_row() { return {1, {5, 3.5F, 1.5F, 0.25F}, {}}; }

}  // namespace

TEST_CASE("a file that changes is served anew, and whoever asks the old one goes on with it") {
  const Folder folder;
  const std::string path = folder.write("m.nhm", iris().bytes());
  Models models({path});
  CHECK(error_of(models.reload()) == "");
  const auto old = served(models, "m");
  CHECK(old->bytes() == iris().bytes());
  CHECK(models.reload().empty());
  CHECK(served(models, "m") == old);

  folder.write("m.nhm", other_iris().bytes());
  CHECK(error_of(models.reload()) == "");
  CHECK(served(models, "m")->bytes() == other_iris().bytes());
  CHECK(served(models, "m")->counters() == old->counters());
  CHECK(old->predict(one_row()).statuses == std::vector{Status::kOk});
}

TEST_CASE("the same bytes written again keep their monitor") {
  const Folder folder;
  const std::string path = folder.write("m.nhm", iris().bytes());
  Models models({path});
  (void)models.reload();
  const auto old = served(models, "m");
  fs::last_write_time(path, fs::last_write_time(path) + std::chrono::seconds(5));
  CHECK(models.reload().empty());
  CHECK(served(models, "m") == old);
}

TEST_CASE("a broken or missing file leaves the old model serving, and is told of once") {
  const Folder folder;
  const std::string path = folder.write("m.nhm", iris().bytes());
  Models models({path});
  (void)models.reload();
  const auto old = served(models, "m");
  folder.write("m.nhm", kBroken);
  CHECK(error_of(models.reload()) != "");
  CHECK(models.reload().empty());
  CHECK(served(models, "m") == old);
  fs::remove(path);
  CHECK(error_of(models.reload()) == "cannot be read");
  CHECK(models.reload().empty());
  CHECK(served(models, "m") == old);
  folder.write("m.nhm", other_iris().bytes());
  CHECK(error_of(models.reload()) == "");
  CHECK(served(models, "m")->bytes() == other_iris().bytes());
}

TEST_CASE("a model whose golden rows do not come out is refused") {
  exporting::ModelContents contents = iris().contents();
  contents.golden.rows = 1;
  contents.golden.features_float32 = {5, 3.5F, 1.5F, 0.25F};
  contents.golden.scores = {1, 2, 3};
  const Folder folder;
  Models models({folder.write("m.nhm", exporting::write_model(contents))});
  CHECK(error_of(models.reload()) == status_text(Status::kSelfTest));
}

TEST_CASE("a model of which a row could take more steps than the server allows is refused") {
  const Folder folder;
  const std::string path = folder.write("m.nhm", iris().bytes());
  const auto work = static_cast<std::uint32_t>(iris().model().footprint().work);
  REQUIRE(work > 0);
  Models within({path}, work);
  CHECK(error_of(within.reload()) == "");
  Models beyond({path}, work - 1);
  const std::string error = error_of(beyond.reload());
  CHECK(error.find(std::to_string(work) + " steps") != std::string::npos);
  CHECK(error.find("--most-work") != std::string::npos);
}

TEST_CASE("a folder's models have versions, which come and go") {
  const Folder folder;
  folder.write("iris/1/model.nhm", iris().bytes());
  folder.write("iris/10/anything.nhm", other_iris().bytes());
  folder.write("iris/9/model.nhm", iris().bytes());
  folder.write("iris/notes/model.nhm", kBroken);
  folder.write("iris/README", kBroken);
  folder.write(".git/1/model.nhm", kBroken);
  Models models({folder / ""});
  CHECK(models.reload().size() == 3);
  CHECK(models.catalog()->size() == 1);
  CHECK(models.catalog()->at("iris").rbegin()->first == 10);

  folder.write("iris/11/model.nhm", kBroken);
  CHECK(error_of(models.reload()) != "");
  CHECK(models.reload().empty());
  CHECK(served(models, "iris", 11) == nullptr);
  fs::remove_all(folder / "iris/10");
  CHECK(models.reload().empty());
  CHECK(served(models, "iris", 10) == nullptr);
  CHECK(served(models, "iris", 9) != nullptr);
}

TEST_CASE("a version's folder with no file or two leaves what it served") {
  const Folder folder;
  folder.write("iris/1/model.nhm", iris().bytes());
  Models models({folder / ""});
  (void)models.reload();
  folder.write("iris/1/second.nhm", other_iris().bytes());
  CHECK(error_of(models.reload()).find("one file") != std::string::npos);
  CHECK(models.reload().empty());
  CHECK(served(models, "iris") != nullptr);
}

TEST_CASE("names: given, taken twice, and none for a URL") {
  const Folder folder;
  const std::string path = folder.write("a.b-c_1.nhm", iris().bytes());
  Models good({path, "other=" + path});
  CHECK(good.reload().size() == 2);
  CHECK(served(good, "a.b-c_1") != nullptr);
  CHECK(served(good, "other") != nullptr);
  Models twice({path, path});
  CHECK(twice.reload().back().error.find("has the name and version of") != std::string::npos);
  Models spaced({folder.write("a b.nhm", iris().bytes())});
  CHECK(error_of(spaced.reload()).find("no name for a URL") != std::string::npos);
}

TEST_CASE("a folder that cannot be listed leaves everything serving") {
  const Folder folder;
  folder.write("models/iris/1/model.nhm", iris().bytes());
  Models models({folder / "models"});
  (void)models.reload();
  fs::rename(folder / "models/iris", folder / "models/iris.old");
  fs::create_symlink("iris", folder / "models/iris");  // to itself
  CHECK(error_of(models.reload()) != "");
  CHECK(served(models, "iris") != nullptr);
}

TEST_CASE("a monitor's counters go on in a new epoch before they are full") {
  const cloud::ServedModel model("m", "1", iris().bytes(), std::make_shared<cloud::RequestCounters>(), 10);
  for (int i = 0; i < 25; ++i) (void)model.predict(one_row());
  std::vector<report::SnapshotFile> files;
  for (auto& bytes : model.snapshots()) files.push_back({"m", bytes});
  REQUIRE(files.size() == 3);
  const report::History history = report::history_of(std::move(files));
  CHECK(history.total.rows == 25);
  CHECK(history.total.classes == std::vector<std::uint64_t>{25, 0, 0});
}

TEST_CASE("rows that many threads ask for are all counted, and answered alike") {
  const cloud::ServedModel model("m", "1", iris().bytes(), std::make_shared<cloud::RequestCounters>());
  const auto expected = model.predict(one_row()).scores;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int row = 0; row < 500; ++row) wrong += model.predict(one_row()).scores == expected ? 0 : 1;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  const auto snapshots = model.snapshots();
  Snapshot snapshot = {};
  REQUIRE(read_snapshot({snapshots[0].data(), snapshots[0].size()}, snapshot) == Status::kOk);
  CHECK(report::read_counters(snapshot).rows == 2001);
}

}  // namespace nuthatch::serve_test
