// What `train` and `tune` say about the data: a line each, and a list in their JSON.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/program.hpp"

namespace nuthatch::cli {

using nlohmann::json;

TEST_CASE("findings: train and tune list them, with the rows of --test that --data has") {
  std::string rows = "x,y,copy,label\n";
  for (int i = 0; i < 30; ++i) rows += fmt::format("{0}.5,{1},{0}.5,{2}\n", i * 7 % 30, i % 4, i % 3 == 0 ? "a" : "b");
  write("odd.csv", rows);
  write("odd.test.csv", "x,y,copy,label\n7.5,1,7.5,b\n7.5,2,7.5,b\n");
  const std::string flags = "--data odd.csv --target label -o odd.nhm ";
  const json findings = json_of("train --model tree --test odd.test.csv --json " + flags)["findings"];
  REQUIRE(findings.size() == 3);
  CHECK(findings[0]["kind"] == "test_overlap");
  CHECK(findings[0]["columns"] == json::array());
  CHECK(findings[0]["count"] == 1);
  CHECK(findings[1]["kind"] == "equal_columns");
  CHECK(findings[1]["columns"] == json({"x", "copy"}));
  CHECK(findings[2]["kind"] == "unscored_classes");
  const std::string text = done("train --model tree " + flags);
  CHECK(text.find("\n  equal_columns: " + findings[1]["text"].get<std::string>() + "\n") != std::string::npos);
  const json tuned = json_of("tune --models tree --trials 2 --json " + flags)["findings"];
  REQUIRE(tuned.size() == 1);
  CHECK(tuned[0] == findings[1]);
}

}  // namespace nuthatch::cli
