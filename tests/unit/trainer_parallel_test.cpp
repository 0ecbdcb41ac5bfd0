// Work over threads: each call once, exceptions come to the caller, and where no thread can be started one does it all;
// rows predicted in shares are answered as one after another.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <new>
#include <thread>

#include "learn/parallel.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {
namespace {

/// While there is one, no thread starts: each asks for a stack that no address space holds.
class NoThreads {
 public:
  NoThreads() {
    REQUIRE(pthread_getattr_default_np(&before_) == 0);
    pthread_attr_t attributes;
    REQUIRE(pthread_attr_init(&attributes) == 0);
    REQUIRE(pthread_attr_setstacksize(&attributes, std::size_t{1} << 60) == 0);
    REQUIRE(pthread_setattr_default_np(&attributes) == 0);
    pthread_attr_destroy(&attributes);
  }
  ~NoThreads() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;

 private:
  pthread_attr_t before_ = {};
};

/// Every seventh row has a value missing, which training never saw.
data::Dataset rows_with_gaps(std::size_t count) {
  std::string text = "a,b,c,label\n";
  for (std::size_t row = 0; row < count; ++row) {
    const std::string a = row % 7 == 3 ? "" : fmt::format("{}", row % 101);
    text += fmt::format("{},{},{},{}\n", a, row * row % 211, row % 13, row % 3);
  }
  return parse(text);
}

data::Dataset training_rows() {
  std::string text = "a,b,c,label\n";
  for (std::size_t row = 0; row < 90; ++row) text += fmt::format("{},{},{},{}\n", row, row * 7 % 90, row % 13, row % 3);
  return parse(text);
}

}  // namespace

TEST_CASE("parallel: every call is made once, and each is heard of") {
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{1000}}) {
    std::vector<std::atomic<int>> calls(count);
    std::size_t heard = 0;
    learn::parallel_for(
        count, [&](std::size_t i) { ++calls[i]; }, [&](std::size_t ended) { heard += ended; });
    for (const std::atomic<int>& each : calls) CHECK(each == 1);
    CHECK(heard == count * (count + 1) / 2);
  }
}

TEST_CASE("parallel: an exception of another thread is thrown on the caller's, when all are done") {
  const auto caller = std::this_thread::get_id();
  std::atomic<bool> thrown = std::thread::hardware_concurrency() < 2;
  std::atomic<int> inside = 0;
  const auto work = [&](std::size_t index) {
    if (std::this_thread::get_id() != caller || (thrown && index > 0)) {
      thrown = true;
      throw std::bad_alloc();
    }
    ++inside;
    for (int wait = 0; wait < 5000 && !thrown; ++wait) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    --inside;
  };
  CHECK_THROWS_AS(learn::parallel_for(2, work), std::bad_alloc);
  CHECK(thrown);
  CHECK(inside == 0);
}

TEST_CASE("parallel: where no thread can be started, one does it all") {
  const NoThreads none;
  REQUIRE_THROWS_AS(std::thread([] {}).join(), std::system_error);
  std::vector<int> calls(100);
  learn::parallel_for(calls.size(), [&](std::size_t i) { ++calls[i]; });
  CHECK(calls == std::vector<int>(100, 1));
}

TEST_CASE("load: rows in shares are answered as one after another, refused ones too") {
  const data::Dataset rows = rows_with_gaps(5000);
  for (const std::string family : {"logistic", "naive-bayes", "forest", "mlp", "svm"}) {
    CAPTURE(family);
    const exporting::LoadedModel model =
        train_and_load(training_rows(), family, true, family == "mlp" ? Flags{{"epochs", "3"}} : Flags{});
    // With a monitor rows are predicted one after another.
    std::vector<std::uint32_t> words(model.model().footprint().monitor_words);
    Monitor monitor;
    REQUIRE(monitor.attach(model.model(), words) == Status::kOk);
    const exporting::Predictions alone = model.predict(rows, &monitor);
    const exporting::Predictions shared = model.predict(rows);
    CHECK(shared.statuses == alone.statuses);
    CHECK(shared.scores == alone.scores);
    CHECK(std::count(shared.statuses.begin(), shared.statuses.end(), Status::kMissing) == 714);
    const NoThreads none;
    CHECK(model.predict(rows).scores == alone.scores);
  }
}

}  // namespace nuthatch::trainer_test
