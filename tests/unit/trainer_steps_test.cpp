// What a usual row does of each step, beside the trees that were learned; and that it is never more than the worst.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "quantize/steps.hpp"
#include "report/cost.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {

namespace {

std::uint64_t count_of(const std::vector<quantize::Step>& steps, const std::string& name) {
  const auto found =
      std::find_if(steps.begin(), steps.end(), [&](const quantize::Step& step) { return step.name == name; });
  return found == steps.end() ? 0 : found->count;
}

}  // namespace

TEST_CASE("steps: a usual row compares as often as the learned trees ask on average") {
  for (const char* set : {"iris", "pima"}) {
    CAPTURE(set);
    const data::Dataset rows = load(std::string(set) + ".train");
    const Trained trained = train(rows, "forest", true, {{"trees", "7"}, {"max-depth", "5"}});
    const quantize::Encoding& encoding = quantize::common(trained.contents.predictor).encoding;
    const learn::CodeMatrix codes = quantize::codes_of(rows, prepare::describe(rows), encoding);
    double comparisons = 0;
    for (Eigen::Index row = 0; row < codes.rows(); ++row) {
      for (const learn::Tree& tree : std::get<learn::ForestModel>(trained.learned).trees) {
        std::size_t at = 0;
        for (; tree.nodes[at].feature >= 0; ++comparisons) {
          const learn::TreeNode& node = tree.nodes[at];
          at = static_cast<std::size_t>(codes(row, node.feature) <= node.threshold ? node.left : node.right);
        }
      }
    }
    const auto mean = static_cast<std::uint64_t>(std::lround(comparisons / static_cast<double>(codes.rows())));
    const std::vector<quantize::Step> usual = quantize::usual_steps(trained.contents.predictor, codes);
    CHECK(count_of(usual, "comparison") == mean);
    for (const quantize::Step& step : quantize::steps_of(trained.contents.predictor)) {
      CAPTURE(step.name);
      CHECK(count_of(usual, step.name) <= step.count);
    }
    for (const report::InstructionBound& expected : report::usual_instructions(trained.contents.predictor, codes)) {
      for (const report::InstructionBound& most : report::most_instructions(trained.contents.predictor)) {
        if (most.core == expected.core) CHECK(expected.instructions < most.instructions);
      }
    }
    CHECK(report::usual_instructions(trained.contents.predictor, codes).size() == 6);
  }
}

}  // namespace nuthatch::trainer_test
