// Principal components against scikit-learn's (make_pca.py).

#include <doctest/doctest.h>

#include <filesystem>

#include "prepare/preparation.hpp"

namespace nuthatch::prepare {
namespace {

/// What a line of the golden file speaks of: a share, an element of a direction, a row's component.
double found_at(const Preparation& preparation, const data::Dataset& components, const std::string& what,
                std::size_t index, std::size_t k) {
  if (what == "share") return preparation.projection->shares[k];
  if (what == "row") return components.columns[k][index];
  return preparation.projection->directions(static_cast<Eigen::Index>(index), static_cast<Eigen::Index>(k));
}

}  // namespace

TEST_CASE("prepare: principal components are scikit-learn's, standardized and as they are") {
  const std::filesystem::path data = NUTHATCH_TEST_DATA;
  data::CsvOptions options;
  options.text = {"scale", "what"};
  const data::Dataset golden = data::read_csv(data / "golden" / "pca.csv", options);
  options = {};
  options.target = "label";
  const data::Dataset rows = data::read_csv(data / "data" / "wine.train.csv", options);
  std::size_t compared = 0;
  for (std::size_t place = 0; place < golden.names[0].size(); ++place) {
    const std::string& scale = golden.names[0][place];
    const Preparation preparation =
        learn_preparation(rows, parse_choices(R"({"pca": 4, "all": {"scale": ")" + scale + "\"}}", "p"));
    const data::Dataset components = columns_of(preparation, rows);
    for (std::size_t line = 0; line < golden.rows(); ++line) {
      if (golden.columns[0][line] != static_cast<float>(place)) continue;
      const std::string& what = golden.names[1][static_cast<std::size_t>(golden.columns[1][line])];
      const auto index = static_cast<std::size_t>(golden.columns[2][line]);
      for (std::size_t k = 0; k < 4; ++k, ++compared) {
        CAPTURE(scale + " " + what);
        CAPTURE(index);
        CAPTURE(k);
        // Both files are read as float32.
        const double wanted = golden.columns[3 + k][line];
        CHECK(found_at(preparation, components, what, index, k) == doctest::Approx(wanted).epsilon(2e-5));
      }
    }
  }
  CHECK(compared == 2 * (1 + 13 + 5) * 4);
}

}  // namespace nuthatch::prepare
