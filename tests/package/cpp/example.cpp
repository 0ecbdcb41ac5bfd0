// example M.nhm <rows: each row's class, or -, and its scores. A program outside of the project's tree (C++17).

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nuthatch/nuthatch.hpp>
#include <vector>

int main(int count, char** arguments) {
  if (count != 2) return 2;
  std::ifstream file(arguments[1], std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());

  nuthatch::Model model;  // what it points to are our bytes: they stay
  nuthatch::Status status =
      nuthatch::EveryPart::open({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, model);
  if (status != nuthatch::Status::kOk) {
    std::fprintf(stderr, "%s: %s\n", arguments[1], nuthatch::status_text(status));
    return 1;
  }
  const nuthatch::Footprint footprint = model.footprint();
  std::vector<float> row(footprint.features);
  std::vector<std::int32_t> scores(footprint.outputs);
  std::vector<std::uint32_t> scratch(footprint.scratch_words);
  const nuthatch::Span<const float> features(row.data(), row.size());

  for (std::size_t i = 0; std::scanf(" %f%*[,]", &row[i]) == 1;) {
    if (++i < row.size()) continue;
    i = 0;
    status = model.predict(features, scores, scratch);
    if (status != nuthatch::Status::kOk) {
      std::printf("refused: %s\n", nuthatch::status_text(status));
      continue;
    }
    nuthatch::Text name = {"-", 1};
    if (footprint.classes > 0) (void)model.class_name(model.class_of({scores.data(), scores.size()}), name);
    std::printf("%.*s", static_cast<int>(name.size), name.data);
    for (const std::int32_t word : scores) std::printf(",%.17g", std::ldexp(word, -model.fraction_bits()));
    std::printf("\n");
  }
  return 0;
}
