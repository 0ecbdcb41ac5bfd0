// Rare things among many rows: the classes are apart by construction, so a tree that can look between any two values
// finds every one of them, as scikit-learn's does; its forest of the same depth finds all at the end of the range.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <random>

#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {
namespace {

/// A fault is a temperature between two others; a column of noise beside it.
struct Faults {
  double from;
  double to;

  /// `every`: of so many rows one is a fault; of values a fault says 20, another row its share of a small slope.
  std::string csv(std::size_t rows, std::size_t every, bool classes) const {
    std::mt19937 random(static_cast<unsigned>(rows + every));
    const auto between = [&](double low, double high) {
      return low + (high - low) * (static_cast<double>(random()) / 4294967296.0);
    };
    std::string text = "temp,noise,label\n";
    for (std::size_t row = 0; row < rows; ++row) {
      const bool fault = row % every == 7;
      const double below = between(20, from);
      const bool above = to < 80 && random() % 2 == 0;
      const double temp = fault ? between(from, to) : above ? between(to, 80) : below;
      const double noise = between(-1, 1);
      const std::string label = classes ? (fault ? "fault" : "ok") : fmt::format("{}", (fault ? 20 : 0) + 0.1 * noise);
      text += fmt::format("{:.6f},{:.5f},{}\n", temp, noise, label);
    }
    return text;
  }
};

constexpr std::size_t kRows = 20000;
constexpr std::size_t kEvery = 1000;

const std::string& label_of(const data::Dataset& rows, std::size_t row) {
  return rows.target->labels[rows.target->ids[row]];
}

/// The share of the faults that are found, and how many other rows are called so.
struct Found {
  double recall = 0;
  std::size_t false_alarms = 0;
};

Found found_by(const exporting::LoadedModel& model, const data::Dataset& rows) {
  const exporting::Predictions predictions = model.predict(rows);
  const std::size_t fault = model.contents().classes[0] == "fault" ? 0 : 1;
  Found found;
  double faults = 0;
  double right = 0;
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    const bool is = label_of(rows, row) == "fault";
    const bool said = model.model().class_of(predictions.row(row)) == fault;
    faults += is ? 1 : 0;
    right += is && said ? 1 : 0;
    found.false_alarms += said && !is ? 1 : 0;
  }
  REQUIRE(faults > 0);
  found.recall = right / faults;
  return found;
}

}  // namespace

TEST_CASE("rare: a fault of one row in a thousand is found at the end and in the middle of a range, by 20,000 rows") {
  for (const Faults& faults : {Faults{75.5, 80}, Faults{20, 20.3}, Faults{50.5, 50.7}}) {
    CAPTURE(faults.from);
    const data::Dataset rows = parse(faults.csv(kRows, kEvery, true));
    const data::Dataset asked = parse(faults.csv(kRows / 4, 50, true));
    for (const char* family : {"tree", "boosting"}) {
      CAPTURE(family);
      const Flags flags = family == std::string("tree") ? Flags{} : Flags{{"rounds", "20"}};
      const Found found = found_by(train_and_load(rows, family, true, flags), asked);
      // A border lies between the outermost of 20 faults and the next row: 1/20 of the faults lie beyond, on average.
      CHECK(found.recall >= 0.85);
      CHECK(found.false_alarms <= 25);
    }
  }
  const Faults end{75.5, 80};
  const auto forest = train_and_load(parse(end.csv(kRows, kEvery, true)), "forest", true, {{"trees", "20"}});
  CHECK(found_by(forest, parse(end.csv(kRows / 4, 50, true))).recall >= 0.95);
}

TEST_CASE("rare: values far from all others are found, too") {
  const Faults faults{50.5, 50.7};
  const data::Dataset rows = parse(faults.csv(kRows, kEvery, false));
  for (const char* family : {"tree", "boosting"}) {
    CAPTURE(family);
    const Flags flags = family == std::string("tree") ? Flags{} : Flags{{"rounds", "50"}};
    const exporting::LoadedModel model = train_and_load(rows, family, false, flags);
    const exporting::Predictions predictions = model.predict(rows);
    double errors = 0;
    double squares = 0;
    for (std::size_t row = 0; row < rows.rows(); ++row) {
      const double truth = std::stod(label_of(rows, row));
      const double answer = std::ldexp(predictions.row(row)[0], -model.model().fraction_bits());
      errors += (truth - answer) * (truth - answer);
      squares += (truth - 0.02) * (truth - 0.02);  // the mean is 20 / 1000
    }
    // A code is 0.001 wide and has a third of a row: one of the 20 faults may share its code with another row.
    CHECK(1 - errors / squares >= 0.94);
  }
}

TEST_CASE("rare: two rare classes of three share the borders, and neither costs the other its own") {
  std::string text = "a,b,label\n";
  std::mt19937 random(3);
  for (int row = 0; row < 20000; ++row) {
    const bool left = row % 1000 == 3;
    const bool right = row % 1000 == 8;
    // Nobody else lies within these thousandths.
    const auto value = [&](bool is) {
      const auto step = static_cast<int>(random() % 999);
      return is ? 500.2 + 0.0006 * step : static_cast<int>(random() % 1000) + 0.999 * (step % 2);
    };
    text += fmt::format("{:.4f},{:.4f},{}\n", value(left), value(right), left ? "left" : right ? "right" : "none");
  }
  const data::Dataset rows = parse(text);
  const exporting::LoadedModel model = train_and_load(rows, "tree", true);
  const exporting::Predictions predictions = model.predict(rows);
  std::size_t wrong = 0;
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    wrong += model.contents().classes[model.model().class_of(predictions.row(row))] != label_of(rows, row) ? 1 : 0;
  }
  CHECK(wrong == 0);
}

}  // namespace nuthatch::trainer_test
