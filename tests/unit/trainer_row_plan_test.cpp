// Which rows may be parted from which: no group, and no later row, is on both sides of anything that is drawn.

#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <set>

#include "learn/row_plan.hpp"
#include "learn/unseen.hpp"

namespace nuthatch::trainer_test {

using learn::Drawing;
using learn::RowPlan;

namespace {

using Groups = std::vector<std::uint32_t>;
using Places = std::vector<std::size_t>;

Groups groups_of(const std::vector<std::size_t>& sizes) {
  Groups groups;
  for (std::size_t group = 0; group < sizes.size(); ++group) {
    groups.insert(groups.end(), sizes[group], static_cast<std::uint32_t>(group));
  }
  return groups;
}

std::set<std::uint32_t> groups_at(const Groups& groups, const Places& places) {
  std::set<std::uint32_t> found;
  for (const std::size_t place : places) found.insert(groups[place]);
  return found;
}

/// What each of the five machines was learned from and asked, by the rows' places.
struct Asked {
  std::vector<std::pair<Places, Places>> folds;
  learn::UnseenScores unseen;
};

Places places_in(const Eigen::MatrixXd& features) {
  Places places;
  for (Eigen::Index row = 0; row < features.rows(); ++row) places.push_back(static_cast<std::size_t>(features(row, 0)));
  return places;
}

/// The only feature of a row is its place, and its score, too.
Asked ask(const std::vector<std::int32_t>& classes, const RowPlan& plan) {
  Eigen::MatrixXd features(std::ssize(classes), 1);
  for (Eigen::Index row = 0; row < features.rows(); ++row) features(row, 0) = static_cast<double>(row);
  learn::Examples examples{features, {}, classes, 2};
  examples.plan = &plan;
  Asked asked;
  asked.unseen = learn::unseen_scores(
      examples, 3, [&](const learn::Examples& some, const Eigen::MatrixXd& others) -> Eigen::MatrixXd {
        asked.folds.emplace_back(places_in(some.features), places_in(others));
        return others;
      });
  return asked;
}

}  // namespace

TEST_CASE("row plan: whole groups, as near to the share as groups allow, and of each some are left") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::size_t> sizes;
    for (std::size_t i = 0; i < 2 + random() % 12; ++i) sizes.push_back(1 + random() % 20);
    Groups groups = groups_of(sizes);
    std::shuffle(groups.begin(), groups.end(), random);
    const double fraction = 0.05 + static_cast<double>(random() % 90) / 100;
    const Places places = learn::whole_groups(groups, {}, fraction, random());
    CAPTURE(fraction);
    REQUIRE(!places.empty());
    REQUIRE(places.size() < groups.size());
    CHECK(std::is_sorted(places.begin(), places.end()));
    std::size_t rows = 0;
    for (const std::uint32_t group : groups_at(groups, places)) rows += sizes[group];
    CHECK(rows == places.size());  // a group of which one row is held out is held out whole
  }
  // Of equal groups the share can be met to half a group.
  const Groups equal = groups_of(std::vector<std::size_t>(20, 5));
  for (const double fraction : {0.1, 0.2, 0.33, 0.5}) {
    CHECK(std::abs(static_cast<double>(learn::whole_groups(equal, {}, fraction, 1).size()) - 100 * fraction) <= 2.5);
  }
  CHECK(learn::whole_groups(equal, {}, 0.2, 1) == learn::whole_groups(equal, {}, 0.2, 1));
  CHECK(learn::whole_groups(equal, {}, 0.2, 1) != learn::whole_groups(equal, {}, 0.2, 2));
  // Less than the smallest group was asked for: it is the smallest one.
  CHECK(learn::whole_groups(groups_of({50, 30, 40}), {}, 0.01, 0).size() == 30);
  // One group that is nearly all stays, and the others go as far as they may.
  CHECK(learn::whole_groups(groups_of({90, 5, 5}), {}, 0.2, 0).size() == 10);
  CHECK(learn::whole_groups(groups_of({7}), {}, 0.5, 0).empty());
  CHECK(learn::whole_groups({}, {}, 0.5, 0).empty());
}

TEST_CASE("row plan: a group with the last rows of a class is never held out") {
  const Groups groups = {0, 0, 1, 1, 2, 2, 3, 3};
  const std::vector<std::int32_t> classes = {0, 1, 0, 1, 0, 1, 2, 2};
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Places places = learn::whole_groups(groups, classes, 0.9, seed);
    CHECK(!groups_at(groups, places).contains(3));
    CHECK(groups_at(groups, places).size() == 2);  // of classes 0 and 1 one group is left
  }
  CHECK(learn::whole_groups({0, 0, 1, 1}, {0, 0, 1, 1}, 0.5, 0).empty());
}

TEST_CASE("row plan: the last rows, and never all or none") {
  CHECK(learn::last_rows(10, 0.3) == Places{7, 8, 9});
  CHECK(learn::last_rows(10, 0.001) == Places{9});
  CHECK(learn::last_rows(10, 0.999).size() == 9);
  CHECK(learn::last_rows(1, 0.5).empty());
  CHECK(learn::last_rows(0, 0.5).empty());
}

TEST_CASE("row plan: probabilities are fitted to groups that the machine has not learned from, each once") {
  std::mt19937_64 random(2);
  RowPlan plan{Drawing::kGrouped, {}};
  std::vector<std::int32_t> classes;
  for (int row = 0; row < 200; ++row) {
    plan.groups.push_back(static_cast<std::uint32_t>(random() % 17));
    classes.push_back(static_cast<std::int32_t>(random() % 2));
  }
  const Asked asked = ask(classes, plan);
  CHECK(asked.folds.size() == 5);
  Places all;
  for (const auto& [learned, others] : asked.folds) {
    const std::set<std::uint32_t> inside = groups_at(plan.groups, learned);
    for (const std::uint32_t group : groups_at(plan.groups, others)) CHECK(!inside.contains(group));
    all.insert(all.end(), others.begin(), others.end());
  }
  CHECK(std::set<std::size_t>(all.begin(), all.end()).size() == 200);
  CHECK(all.size() == 200);
  CHECK(asked.unseen.classes == classes);
  for (Eigen::Index row = 0; row < 200; ++row) CHECK(asked.unseen.scores(row, 0) == row);
}

TEST_CASE("row plan: of few groups there are as many folds; of one there is no other to calibrate by") {
  std::vector<std::int32_t> classes;
  for (int row = 0; row < 30; ++row) classes.push_back(row % 2);
  CHECK(ask(classes, {Drawing::kGrouped, groups_of({10, 10, 10})}).folds.size() == 3);
  CHECK_THROWS_WITH_AS(ask(classes, {Drawing::kGrouped, groups_of({30})}), doctest::Contains("one group only"),
                       std::runtime_error);
  // Class 1 is in one group, so that no machine of the others knows it.
  const std::vector<std::int32_t> apart = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1};
  CHECK_THROWS_WITH_AS(ask(apart, {Drawing::kGrouped, groups_of({4, 4, 2})}), doctest::Contains("lack a class"),
                       std::runtime_error);
}

TEST_CASE("row plan: in the order of time, probabilities are fitted to later rows than were learned from") {
  for (const int rows : {12, 13, 60, 101}) {
    std::vector<std::int32_t> classes;
    for (int row = 0; row < rows; ++row) classes.push_back(row % 2);
    const Asked asked = ask(classes, {Drawing::kTime, {}});
    CHECK(asked.folds.size() == 5);
    std::size_t next = static_cast<std::size_t>(rows) / 6;
    for (const auto& [learned, others] : asked.folds) {
      CHECK(learned.size() == next);
      CHECK(learned.back() + 1 == others.front());
      next += others.size();
    }
    CHECK(next == static_cast<std::size_t>(rows));
    CHECK(asked.unseen.classes.size() == static_cast<std::size_t>(rows - rows / 6));
  }
  // A class that comes late is calibrated by the folds after the first that has learned it.
  std::vector<std::int32_t> late(60, 0);
  for (std::size_t row = 20; row < 60; row += 2) late[row] = 1;
  CHECK(ask(late, {Drawing::kTime, {}}).folds.size() == 3);
  std::vector<std::int32_t> last(60, 0);
  last[59] = 1;
  CHECK_THROWS_WITH_AS(ask(last, {Drawing::kTime, {}}), doctest::Contains("later rows"), std::runtime_error);
}

}  // namespace nuthatch::trainer_test
