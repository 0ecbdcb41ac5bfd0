// Labels to classes and values, and the rows held out for the test.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "prepare/labels.hpp"
#include "prepare/split.hpp"
#include "unit/labelled_rows.hpp"

namespace nuthatch::trainer_test {

using prepare::class_indices;
using prepare::class_names;
using prepare::target_values;

namespace {

using Indices = std::vector<std::int32_t>;

/// `counts[k]` rows of class k, interleaved as far as they go.
Indices groups_of(const std::vector<int>& counts) {
  Indices groups;
  const int most = *std::max_element(counts.begin(), counts.end());
  for (int round = 0; round < most; ++round) {
    for (std::size_t k = 0; k < counts.size(); ++k) {
      if (round < counts[k]) groups.push_back(static_cast<std::int32_t>(k));
    }
  }
  return groups;
}

/// A row a group, labelled with it.
data::Dataset rows_of(const Indices& groups) {
  Texts labels;
  for (const std::int32_t group : groups) labels.push_back(fmt::format("class {}", group));
  return labelled(labels);
}

std::vector<std::ptrdiff_t> counts_in(const data::Dataset& part, std::size_t classes) {
  std::vector<std::ptrdiff_t> counts;
  const auto& target = *part.target;
  for (std::size_t k = 0; k < classes; ++k) {
    counts.push_back(std::count_if(target.ids.begin(), target.ids.end(),
                                   [&](std::uint32_t id) { return target.labels[id] == fmt::format("class {}", k); }));
  }
  return counts;
}

std::pair<data::Dataset, data::Dataset> hold_out(const data::Dataset& rows, double fraction, std::uint64_t seed,
                                                 const Indices& groups) {
  return prepare::hold_out(rows, prepare::held_out_rows(rows, fraction, seed, groups));
}

}  // namespace

TEST_CASE("labels: numbers are ordered by value, texts as texts") {
  CHECK(class_names(labelled({"10", "9", "2", "-1.5", "9"})) == Texts{"-1.5", "2", "9", "10"});
  CHECK(class_names(labelled({"b", "a", "10", "9"})) == Texts{"10", "9", "a", "b"});
  CHECK(class_indices(labelled({"10", "9", "2", "9"}), {"2", "9", "10"}) == Indices{2, 1, 0, 1});
}

TEST_CASE("labels: one that the model does not know is named with its line") {
  const data::Dataset dataset = labelled({"a", "b", "c", "c"});
  const std::string message = error_of([&] { class_indices(dataset, {"a", "b"}); });
  CHECK(contains(message, "rows.csv: line 4, column \"label\": label \"c\""));
  CHECK(contains(message, "(a, b)"));
}

TEST_CASE("labels: one class is no classification") {
  const std::string message = error_of([] { class_names(labelled({"only", "only"})); });
  CHECK(contains(message, "rows.csv: column \"label\" has one class only (\"only\")"));
}

TEST_CASE("labels: a quantity or an identifier is not learned as classes") {
  Texts quantities;
  Texts identifiers;
  Texts classes;
  for (int row = 0; row < 300; ++row) {
    quantities.push_back(fmt::format("{}.5", row));
    identifiers.push_back(fmt::format("unit-{}", row));
    classes.push_back(fmt::format("{}", row % 120));
  }
  CHECK(contains(error_of([&] { class_names(labelled(quantities)); }), "use a regression"));
  CHECK(contains(error_of([&] { class_names(labelled(identifiers)); }), "another --target"));
  CHECK(class_names(labelled(classes)).size() == 120);
}

TEST_CASE("labels: regression reads them as numbers, and names the first that is none") {
  CHECK(target_values(labelled({"1", "-2.5e3", "1"}), false) == std::vector<double>{1, -2500, 1});
  CHECK(target_values(labelled({"1,5", "-2"}), true) == std::vector<double>{1.5, -2});
  const std::string message = error_of([] { target_values(labelled({"1", "hot", "cold"}), false); });
  CHECK(contains(message, "rows.csv: line 3, column \"label\": \"hot\""));
  CHECK(contains(message, "use a classifier, or correct the value"));
  CHECK(error_of([] { target_values(labelled({"1", "1.1e18"}), false); }) != "");
  CHECK(error_of([] { target_values(labelled({"1", "inf"}), false); }) != "");
  CHECK(contains(error_of([] { target_values(labelled({"1", "1e-1000000000000000"}), false); }), "closer to 0"));
}

TEST_CASE("split: each class gives its share, and every row is in one part, in file order") {
  const Indices groups = groups_of({50, 30, 20});
  const auto [train, test] = hold_out(rows_of(groups), 0.2, 3, groups);
  CHECK(counts_in(test, 3) == std::vector<std::ptrdiff_t>{10, 6, 4});
  CHECK(counts_in(train, 3) == std::vector<std::ptrdiff_t>{40, 24, 16});
  std::set<float> seen;
  for (const data::Dataset* part : {&train, &test}) {
    const std::vector<float>& rows = part->columns[0];
    CHECK(std::is_sorted(rows.begin(), rows.end()));
    seen.insert(rows.begin(), rows.end());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::string& label = part->target->labels[part->target->ids[i]];
      CHECK(label == fmt::format("class {}", groups[static_cast<std::size_t>(rows[i])]));
    }
  }
  CHECK(seen.size() == 100);
}

TEST_CASE("split: the places are those of the rows that are held out, rising") {
  const std::vector<std::int32_t> groups = {0, 1, 1, 0, 0, 1, 2, 2, 0, 1, 2, 2, 0, 0, 1};
  const data::Dataset dataset = rows_of(groups);
  const std::vector<std::uint64_t> places = prepare::held_out_rows(dataset, 0.4, 3, groups);
  const data::Dataset test = hold_out(dataset, 0.4, 3, groups).second;
  REQUIRE(places.size() == test.rows());
  for (std::size_t i = 0; i < places.size(); ++i) {
    CHECK(test.columns[0][i] == dataset.columns[0][places[i]]);
    CHECK((i == 0 || places[i - 1] < places[i]));
  }
}

TEST_CASE("split: the seed decides which rows, and nothing else does") {
  const Indices groups(100, 0);
  const auto held_out = [&](std::uint64_t seed) {
    return hold_out(rows_of(groups), 0.2, seed, groups).second.columns[0];
  };
  CHECK(held_out(1).size() == 20);
  CHECK(held_out(1) == held_out(1));
  for (const std::uint64_t seed : {0ULL, 2ULL, 3ULL, 1ULL << 32, 1ULL << 63}) CHECK(held_out(seed) != held_out(1));
}

TEST_CASE("split: every row is as likely to be held out") {
  const Indices groups(10, 0);
  const data::Dataset dataset = rows_of(groups);
  std::vector<int> times(10, 0);
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const data::Dataset test = hold_out(dataset, 0.2, seed, groups).second;
    for (const float row : test.columns[0]) ++times[static_cast<std::size_t>(row)];
  }
  // 2000 draws of 2 in 10: 400 each, with a deviation of sqrt(2000 * 0.2 * 0.8) = 17.9; five of them.
  for (const int count : times) CHECK(std::abs(count - 400) < 90);
}

TEST_CASE("split: the last row of a class is never taken from training") {
  const Indices groups = groups_of({20, 1, 2});
  const auto [train, test] = hold_out(rows_of(groups), 0.9, 0, groups);
  CHECK(counts_in(train, 3) == std::vector<std::ptrdiff_t>{2, 1, 1});
  CHECK(counts_in(test, 3) == std::vector<std::ptrdiff_t>{18, 0, 1});
}

TEST_CASE("split: too few rows for one of the parts is an error that says which") {
  const Indices two(2, 0);
  CHECK(contains(error_of([&] { hold_out(rows_of(two), 0.2, 0, two); }), "of 2 rows leaves none to test"));
  CHECK(contains(error_of([&] { hold_out(rows_of(two), 0.9, 0, two); }), "of 2 rows leaves none to train"));
}

}  // namespace nuthatch::trainer_test
