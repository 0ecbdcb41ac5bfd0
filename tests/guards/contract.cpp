// contract MODEL...: the score words of each model to 500 rows of every size that a float32 has, a line a row, so that
// two builds of the runtime can be compared. MODEL: a file of tests/fuzz/corpus/open, whose first byte is the fuzzer's.

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "nuthatch/nuthatch.hpp"

namespace {

using namespace nuthatch;

/// Mostly near the training range, now and then anything.
float draw(std::uint32_t& state) {
  state = state * 1664525 + 1013904223;
  const float small = static_cast<float>(static_cast<std::int32_t>(state) >> 8) * 0x1p-17F;
  if (state % 16 != 0) return small;
  const std::uint32_t bits = state * 0x9E3779B1;
  float any = 0;
  std::memcpy(&any, &bits, sizeof any);
  return any;
}

Status predict(const Model& model, std::uint32_t& state, std::vector<std::int32_t>& outputs,
               std::vector<std::uint32_t>& scratch) {
  const std::size_t features = model.footprint().features;
  std::vector<float> row(features);
  for (float& value : row) value = draw(state);
  if (model.input() == Input::kFloat32) return model.predict({row.data(), features}, outputs, scratch);
  std::vector<std::int16_t> counts;
  for (std::size_t i = 0; i < features; ++i) {
    static_cast<void>(draw(state));
    counts.push_back(static_cast<std::int16_t>(state >> 16));
  }
  return model.predict({counts.data(), features}, outputs, scratch);
}

bool print_words(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.empty()) return false;
  const std::size_t size = bytes.size() - 1;
  std::vector<std::uint64_t> aligned(size / 8 + 1);
  std::memcpy(aligned.data(), bytes.data() + 1, size);
  Model model;
  const Status opened = EveryPart::open({reinterpret_cast<const std::uint8_t*>(aligned.data()), size}, model);
  std::printf("%s %d\n", path, static_cast<int>(opened));
  if (opened != Status::kOk) return true;
  std::vector<std::int32_t> outputs(model.footprint().outputs);
  std::vector<std::uint32_t> scratch(model.footprint().scratch_words);
  std::printf("self-test %d\n", static_cast<int>(model.self_test(outputs, scratch)));
  std::uint32_t state = 1;
  for (int row = 0; row < 500; ++row) {
    std::printf("%d", static_cast<int>(predict(model, state, outputs, scratch)));
    for (const std::int32_t word : outputs) std::printf(" %d", static_cast<int>(word));
    std::printf(" %a\n", static_cast<double>(model.value_of(outputs[0])));
  }
  return true;
}

}  // namespace

int main(int count, char** paths) {
  for (int i = 1; i < count; ++i) {
    if (!print_words(paths[i])) return 1;
  }
  return count > 1 ? 0 : 1;
}
