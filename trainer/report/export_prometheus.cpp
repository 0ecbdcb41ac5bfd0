#include <fmt/format.h>

#include <iterator>

#include "report/exporters.hpp"
#include "report/latency.hpp"

namespace nuthatch::report {
namespace {

constexpr Health kStates[] = {Health::kOk, Health::kWatch, Health::kDrift, Health::kBroken};

/// As a label's value wants it: a backslash before a backslash and a quote, \n for a new line.
std::string escaped(const std::string& value) {
  std::string text;
  for (const char character : valid_utf8(value)) {
    if (character == '\n') {
      text += "\\n";
      continue;
    }
    if (character == '\\' || character == '"') text += '\\';
    text += character;
  }
  return text;
}

std::string label(const char* name, const std::string& value) { return fmt::format("{}=\"{}\"", name, escaped(value)); }

/// What Prometheus reads; nothing where there is no number.
struct AsNumber {
  std::string operator()(std::monostate /*unknown*/) const { return ""; }
  std::string operator()(bool value) const { return value ? "1" : "0"; }
  std::string operator()(std::uint64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return fmt::format("{}", value); }
  std::string operator()(const std::string& /*word*/) const { return ""; }
};

/// Findings with the labels that tell them apart: none, or the device's.
struct Part {
  const Findings* findings;
  std::string labels;
};

/// A metric with its samples: HELP and TYPE come with the first of them, as a family without samples has none.
class Family {
 public:
  Family(std::string name, const char* type, std::string help, std::string& text)
      : name_(std::move(name)), type_(type), help_(std::move(help)), text_(text) {}

  /// suffix: of a histogram's samples.
  void sample(const Part& part, const std::string& labels, const std::string& value, const char* suffix = "") {
    if (value.empty()) return;
    if (!named_) text_ += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name_, help_, type_);
    named_ = true;
    const bool both = !labels.empty() && !part.labels.empty();
    const std::string all = part.labels + (both ? "," : "") + labels;
    text_ += name_ + suffix + (all.empty() ? "" : "{" + all + "}") + " " + value + "\n";
  }

 private:
  std::string name_;
  const char* type_;
  std::string help_;
  std::string& text_;
  bool named_ = false;
};

class Exposition {
 public:
  explicit Exposition(std::vector<Part> parts) : parts_(std::move(parts)) {}

  std::string write() {
    info();
    health();
    for (const Figure& figure : figures()) write(figure);
    classes();
    for (const Column& column : feature_columns()) write(column);
    latency();
    return std::move(text_);
  }

 private:
  Family family(const std::string& name, const char* type, std::string help) {
    return {"nuthatch_" + name, type, std::move(help), text_};
  }
  Family family(const std::string& name, Kind kind, const char* help) {
    const bool counts = kind == Kind::kCount;
    return family(name + (counts ? "_total" : ""), counts ? "counter" : "gauge", help);
  }

  void info() {
    Family samples = family("model_info", "gauge", "The model that the devices run: 1");
    for (const Part& part : parts_) {
      const Findings& findings = *part.findings;
      std::string labels = label("model", exporting::hex(findings.history.model));
      if (findings.model != nullptr) {
        labels +=
            "," + label("kind", findings.model->lineage.model) + "," + label("target", findings.model->lineage.target);
      }
      samples.sample(part, labels, "1");
    }
  }

  void health() {
    Family samples = family("health", "gauge", "1 for the state that the model is in, 0 for the others");
    for (const Part& part : parts_) {
      if (!part.findings->assessment) continue;
      for (const Health state : kStates) {
        samples.sample(part, label("state", text_of(state)), part.findings->health() == state ? "1" : "0");
      }
    }
  }

  void write(const Figure& figure) {
    Family samples = family(figure.name, figure.kind, figure.help);
    for (const Part& part : parts_) samples.sample(part, "", std::visit(AsNumber(), figure.value(*part.findings)));
  }

  void classes() {
    Family samples = family("class_rows", Kind::kCount, "Rows predicted as the class");
    for (const Part& part : parts_) {
      const History& history = part.findings->history;
      for (std::size_t k = 0; k < history.classes; ++k) {
        samples.sample(part, label("class", part.findings->class_name(k)), fmt::format("{}", history.total.classes[k]));
      }
    }
  }

  using Read = Value (*)(const Findings& findings, std::size_t feature);
  void write(Family samples, Read value) {
    for (const Part& part : parts_) {
      for (std::size_t i = 0; i < part.findings->history.features; ++i) {
        samples.sample(part, label("feature", part.findings->feature_name(i)),
                       std::visit(AsNumber(), value(*part.findings, i)));
      }
    }
  }

  void write(const Column& column) {
    const std::string name = fmt::format("feature_{}", column.name);
    write(family(name, column.kind, column.help), column.value);
    if (column.threshold == nullptr) return;
    write(family(name + "_threshold", "gauge", fmt::format("What nuthatch_{} is compared with", name)),
          column.threshold);
  }

  /// Without a sum, which buckets do not tell; nothing where a small monitor has none (`train --monitor-bytes`).
  void latency() {
    Family samples = family("latency_ticks", "histogram",
                            "How long a prediction took, in the port's ticks; no sum, as devices count buckets only");
    for (const Part& part : parts_) {
      const History& history = part.findings->history;
      const std::vector<std::uint64_t>& buckets = history.total.latency;
      if (buckets.empty()) continue;
      std::uint64_t rows = 0;
      for (std::size_t bucket = 0; bucket + 1 < buckets.size(); ++bucket) {
        rows += buckets[bucket];
        const std::uint64_t end = bucket_start(bucket + 1, history.latency_shift) - 1;
        samples.sample(part, label("le", fmt::format("{}", end)), fmt::format("{}", rows), "_bucket");
      }
      rows += buckets.back();
      samples.sample(part, label("le", "+Inf"), fmt::format("{}", rows), "_bucket");
      samples.sample(part, "", fmt::format("{}", rows), "_count");
    }
  }

  std::vector<Part> parts_;
  std::string text_;
};

}  // namespace

std::string to_prometheus(const Findings& findings, bool device_label) {
  if (!device_label) return Exposition({{&findings, ""}}).write();
  const std::vector<Findings> devices = judge_devices(findings);
  std::vector<Part> parts;
  for (const Findings& device : devices) {
    const std::uint64_t id = device.history.latest.front().context.device_id;
    parts.push_back({&device, label("device", fmt::format("{}", id))});
  }
  return Exposition(std::move(parts)).write();
}

std::string to_prometheus(const std::vector<ServedFindings>& models) {
  std::vector<Part> parts;
  parts.reserve(models.size());
  for (const ServedFindings& model : models) {
    parts.push_back({&model.findings, label("name", model.name) + "," + label("version", model.version)});
  }
  return parts.empty() ? "" : Exposition(std::move(parts)).write();
}

}  // namespace nuthatch::report
