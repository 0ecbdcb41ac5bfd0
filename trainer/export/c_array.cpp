#include "export/c_array.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <set>

namespace nuthatch::exporting {
namespace {

/// Of C99 and C++17, in any order; those that no lower-case name can be are left out.
constexpr const char* kKeywords[] = {
    "alignas",  "alignof", "and",          "and_eq",    "asm",          "auto",     "bitand",        "bitor",
    "bool",     "break",   "case",         "catch",     "char",         "char16_t", "char32_t",      "class",
    "compl",    "const",   "const_cast",   "constexpr", "continue",     "decltype", "default",       "delete",
    "do",       "double",  "dynamic_cast", "else",      "enum",         "explicit", "export",        "extern",
    "false",    "float",   "for",          "friend",    "goto",         "if",       "inline",        "int",
    "long",     "mutable", "namespace",    "new",       "noexcept",     "not",      "not_eq",        "nullptr",
    "operator", "or",      "or_eq",        "private",   "protected",    "public",   "register",      "reinterpret_cast",
    "restrict", "return",  "short",        "signed",    "sizeof",       "static",   "static_assert", "static_cast",
    "struct",   "switch",  "template",     "this",      "thread_local", "throw",    "true",          "try",
    "typedef",  "typeid",  "typename",     "union",     "unsigned",     "using",    "virtual",       "void",
    "volatile", "wchar_t", "while",        "xor",       "xor_eq"};

std::string upper(std::string text) {
  for (char& letter : text) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  return text;
}

/// The type that firmware names for a part: "linear-float32" -> "LinearFloat32".
std::string type_of(const std::string& part) {
  std::string type;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] == '-') continue;
    const bool first = i == 0 || part[i - 1] == '-';
    type += first ? static_cast<char>(std::toupper(static_cast<unsigned char>(part[i]))) : part[i];
  }
  return type;
}

/// "Forest", or "Blend, Forest, Network".
std::string parts_of(const ModelContents& contents) {
  const std::vector<std::string> members = member_kinds(contents.predictor);
  if (members.empty()) return type_of(part_of(contents));
  std::string parts = type_of(kind_of(contents.predictor));
  for (const std::string& kind : members) parts += ", " + type_of(kind);
  return parts;
}

/// A text in a C comment: nothing in it ends that, and it stays one line.
std::string in_comment(std::string text) {
  for (char& letter : text) {
    if (letter == '*' || static_cast<unsigned char>(letter) < ' ' || letter == '\\') letter = '_';
  }
  return text;
}

std::string array_of(const std::vector<std::uint8_t>& bytes) {
  constexpr std::size_t kLine = 16;
  std::string text;
  const auto out = std::back_inserter(text);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    fmt::format_to(out, "{}0x{:02x},", i % kLine == 0 ? "\n    " : " ", bytes[i]);
  }
  return text;
}

/// A name's letters and digits, the others as _: "Borg & Sons" -> BORG___SONS.
std::string as_macro(const std::string& name) {
  std::string macro = upper(name);
  for (char& letter : macro) {
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
  }
  return macro;
}

/// What firmware passes for the categories of features that are text; names that look alike get their index behind.
std::string category_names(const ModelContents& contents, const std::string& big) {
  std::string text;
  std::set<std::string> given;
  for (std::size_t i = 0; i < contents.categories.size(); ++i) {
    const std::vector<std::string>& names = contents.categories[i];
    if (names.empty()) continue;
    text += fmt::format("\n/* Values of {}; any other number is a category that training never saw. */\n",
                        in_comment(contents.feature_names[i]));
    for (std::size_t k = 0; k < names.size(); ++k) {
      std::string macro = fmt::format("{}_{}_{}", big, as_macro(contents.feature_names[i]), as_macro(names[k]));
      if (!given.insert(macro).second) given.insert(macro += fmt::format("_{}", k));
      text += fmt::format("#define {} {} /* {} */\n", macro, k, in_comment(names[k]));
    }
  }
  return text;
}

}  // namespace

std::string why_no_identifier(const std::string& text) {
  const auto fits = [](char letter) { return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_'; };
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) != 0 ||
      !std::all_of(text.begin(), text.end(), fits)) {
    return fmt::format("{} is no name for an array: letters, digits and _, no digit first", text);
  }
  if (text[0] == '_' || text.find("__") != std::string::npos) {
    return fmt::format("{} is a name that C++ keeps for itself: no _ first, and no two in a row", text);
  }
  const bool keyword = std::find(std::begin(kKeywords), std::end(kKeywords), text) != std::end(kKeywords);
  return keyword ? fmt::format("{} is a word of C or C++", text) : "";
}

std::string c_array(const LoadedModel& model, const std::string& name) {
  const Footprint need = model.model().footprint();
  const ModelContents& contents = model.contents();
  const std::string big = upper(name);
  std::string text = fmt::format(
      "/* A model of nuthatch {}: {} of {}, {} -> {}.\n"
      " * SHA-256 {}\n"
      " * open<{}, {}{}> takes it. Include it once: the array is static. */\n",
      contents.lineage.trainer_version, in_comment(contents.lineage.model), in_comment(contents.lineage.target),
      need.features == 1 ? "1 feature" : fmt::format("{} features", need.features),
      need.outputs == 1 ? "1 output" : fmt::format("{} outputs", need.outputs), hex({model.model().identity(), 32}),
      model.model().input() == Input::kInt16 ? "Int16Input" : "Float32Input", parts_of(contents),
      contents.preparation ? ", Preparation" : "");
  text += fmt::format("#ifndef {0}_H\n#define {0}_H\n\n#include <stdint.h>\n\n", big);
  const auto define = [&](const char* what, std::size_t value, const char* unit) {
    text += fmt::format("#define {}_{} {} /* {} */\n", big, what, value, unit);
  };
  define("BYTES", model.bytes().size(), "of the array");
  define("FEATURES", need.features, "a row");
  define("OUTPUTS", need.outputs, "int32_t a row");
  define("CLASSES", need.classes, "0: regression");
  define("SCRATCH_WORDS", need.scratch_words, "uint32_t for one prediction");
  define("MONITOR_WORDS", need.monitor_words, "uint32_t for a monitor with histograms");
  define("SNAPSHOT_BYTES", need.snapshot_bytes, "of a monitor");
  text += category_names(contents, big);
  text += fmt::format(
      "\n/* At a multiple of 8, as opening it asks for. */\n"
      "#if defined(__cplusplus)\nalignas(8)\n"
      "#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L\n_Alignas(8)\n"
      "#elif defined(__GNUC__)\n__attribute__((aligned(8)))\n"
      "#else\n#error \"your compiler's way to align {0} to 8 bytes goes here\"\n#endif\n"
      "static const uint8_t {0}[{1}_BYTES] = {{{2}\n}};\n\n#endif\n",
      name, big, array_of(model.bytes()));
  return text;
}

}  // namespace nuthatch::exporting
