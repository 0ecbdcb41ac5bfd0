#include <doctest/doctest.h>

#include "report/footprint.hpp"

using namespace nuthatch;
using report::Watched;

namespace {

/// A regression of one feature, of the linear kind.
exporting::ModelContents linear_contents(quantize::Precision precision, quantize::Input input) {
  quantize::QuantizedLinear linear;
  linear.precision = precision;
  linear.encoding.input = input;
  exporting::ModelContents contents;
  contents.predictor = linear;
  contents.golden.rows = 1;
  return contents;
}

constexpr const char* kTable =
    "core,part,input,optimization,open,predict,self_test,monitor,snapshot,full_monitor,full_snapshot,stack_bound\n"
    "cortex-m0,linear,int16,fast,1,2,4,8,16,32,64,300\n"
    "cortex-m4,linear,int16,small,7,7,7,7,7,7,7,7\n"
    "cortex-m4,linear,int16,fast,100,200,400,800,1600,3200,6400,500\n"
    "cortex-m4,linear-float32,float32,fast,3,0,0,0,0,0,0,9\n"
    "cortex-m4,linear-preparation,int16,fast,5,0,0,0,0,0,0,9\n";

}  // namespace

TEST_CASE("flash is that of the stages a model's product links") {
  const auto contents = linear_contents(quantize::Precision::kInt8, quantize::Input::kInt16);
  const auto basic = report::find_footprint(kTable, "cortex-m4", contents, Watched::kBasic);
  REQUIRE(basic.has_value());
  CHECK(basic->parts.open == 100);
  CHECK(basic->parts.predict == 200);
  CHECK(basic->parts.self_test == 400);
  CHECK(basic->parts.monitor == 800);
  CHECK(basic->parts.snapshot == 1600);
  CHECK(basic->parts.total() == 3100);
  CHECK(basic->stack_bound == 500);
  CHECK(!basic->estimated);
  const auto full = report::find_footprint(kTable, "cortex-m4", contents, Watched::kFull);
  CHECK(full->parts.total() == 100 + 200 + 400 + 3200 + 6400);
  const auto unwatched = report::find_footprint(kTable, "cortex-m4", contents, Watched::kNot);
  CHECK(unwatched->parts.total() == 700);
  auto untested = contents;
  untested.golden.rows = 0;
  CHECK(report::find_footprint(kTable, "cortex-m4", untested, Watched::kNot)->parts.total() == 300);
  CHECK(report::find_footprint(kTable, "cortex-m0", contents, Watched::kBasic)->parts.total() == 31);
}

TEST_CASE("a part, an input or a core that the table has not is no figure") {
  const auto int8 = linear_contents(quantize::Precision::kInt8, quantize::Input::kFloat32);
  CHECK(!report::find_footprint(kTable, "cortex-m4", int8, Watched::kNot));
  const auto exact = linear_contents(quantize::Precision::kFloat32, quantize::Input::kFloat32);
  CHECK(report::find_footprint(kTable, "cortex-m4", exact, Watched::kNot)->parts.total() == 3);
  CHECK(!report::find_footprint(kTable, "cortex-m0", exact, Watched::kNot));
  CHECK(!report::find_footprint("", "cortex-m4", exact, Watched::kNot));
  auto prepared = linear_contents(quantize::Precision::kInt8, quantize::Input::kInt16);
  prepared.preparation.emplace();
  prepared.preparation->inputs.input = quantize::Input::kInt16;
  CHECK(report::find_footprint(kTable, "cortex-m4", prepared, Watched::kNot)->parts.total() == 5);
}

TEST_CASE("a table of another form is refused rather than read as zeros") {
  const auto contents = linear_contents(quantize::Precision::kInt8, quantize::Input::kInt16);
  CHECK_THROWS_AS(report::find_footprint("part,input,optimization,open\nlinear,int16,fast,12\n", "cortex-m4", contents,
                                         Watched::kBasic),
                  std::runtime_error);
}

TEST_CASE("the reviewed table has every core, kind and input") {
  for (const char* core : {"cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55"}) {
    for (const auto input : {quantize::Input::kFloat32, quantize::Input::kInt16}) {
      const auto contents = linear_contents(quantize::Precision::kInt8, input);
      const auto found = report::find_footprint(report::reviewed_footprints(), core, contents, Watched::kFull);
      REQUIRE(found.has_value());
      CHECK(found->parts.open > 1000);
      CHECK(found->parts.self_test > 0);
      CHECK(found->parts.monitor > found->parts.snapshot);
      CHECK(found->stack_bound > 100);
    }
  }
}
