#include <new>

#include "nuthatch.h"
#include "nuthatch/explain.hpp"

namespace {

using nuthatch::ContributionCounters;
using nuthatch::Explanation;
using nuthatch::Model;
using nuthatch::detail::ExplanationPart;

static_assert(sizeof(Explanation) <= sizeof(nuthatch_explanation) &&
                  alignof(Explanation) <= alignof(nuthatch_explanation),
              "nuthatch.h");
static_assert(sizeof(ContributionCounters) <= sizeof(nuthatch_contribution_counters) &&
                  alignof(ContributionCounters) <= alignof(nuthatch_contribution_counters),
              "nuthatch.h");
static_assert(NUTHATCH_CONTRIBUTION_WORDS(5) == nuthatch::contribution_words(5), "nuthatch.h");
static_assert(NUTHATCH_CONTRIBUTION_SNAPSHOT_BYTES(5) == nuthatch::contribution_snapshot_bytes(5), "nuthatch.h");

const Model& of(const nuthatch_model* model) { return *reinterpret_cast<const Model*>(model); }
const Explanation& of(const nuthatch_explanation* explanation) {
  return *reinterpret_cast<const Explanation*>(explanation);
}
const ContributionCounters& of(const nuthatch_contribution_counters* counters) {
  return *reinterpret_cast<const ContributionCounters*>(counters);
}
const nuthatch_explanation_part* of(const ExplanationPart& part) {
  return reinterpret_cast<const nuthatch_explanation_part*>(&part);
}
nuthatch_status of(nuthatch::Status status) { return static_cast<nuthatch_status>(status); }

}  // namespace

const nuthatch_explanation_part* nuthatch_explain_linear(void) { return of(nuthatch::ExplainLinear::part); }
const nuthatch_explanation_part* nuthatch_explain_forest(void) { return of(nuthatch::ExplainForest::part); }

nuthatch_status nuthatch_explanation_attach(nuthatch_explanation* explanation, const nuthatch_model* model,
                                            const nuthatch_explanation_part* const* parts, size_t part_count) {
  if (explanation == nullptr) return NUTHATCH_NULL;
  auto* attached = new (explanation) Explanation;
  if (model == nullptr || parts == nullptr) return NUTHATCH_NULL;
  const auto* list = reinterpret_cast<const ExplanationPart* const*>(parts);
  return of(attached->attach(of(model), nuthatch::Span<const ExplanationPart* const>(list, part_count)));
}

nuthatch_status nuthatch_explanation_contributions(const nuthatch_explanation* explanation, const int32_t* outputs,
                                                   size_t output_count, const uint32_t* scratch, size_t scratch_words,
                                                   int32_t* contributions, size_t contribution_count, int32_t* base) {
  return of(of(explanation)
                .contributions({outputs, output_count}, {scratch, scratch_words}, {contributions, contribution_count},
                               *base));
}

nuthatch_status nuthatch_explanation_contributions_to(const nuthatch_explanation* explanation, size_t output,
                                                      const uint32_t* scratch, size_t scratch_words,
                                                      int32_t* contributions, size_t contribution_count,
                                                      int32_t* base) {
  return of(
      of(explanation).contributions_to(output, {scratch, scratch_words}, {contributions, contribution_count}, *base));
}

bool nuthatch_explanation_is_exact(const nuthatch_explanation* explanation) { return of(explanation).is_exact(); }

nuthatch_status nuthatch_contribution_counters_attach(nuthatch_contribution_counters* counters,
                                                      const nuthatch_model* model, uint32_t* words, size_t word_count) {
  if (counters == nullptr) return NUTHATCH_NULL;
  auto* attached = new (counters) ContributionCounters;
  if (model == nullptr) return NUTHATCH_NULL;
  return of(attached->attach(of(model), {words, word_count}));
}

nuthatch_status nuthatch_contribution_counters_observe(nuthatch_contribution_counters* counters,
                                                       const int32_t* contributions, size_t contribution_count) {
  return of(reinterpret_cast<ContributionCounters*>(counters)->observe({contributions, contribution_count}));
}

uint32_t nuthatch_contribution_counters_rows(const nuthatch_contribution_counters* counters) {
  return of(counters).rows();
}

uint64_t nuthatch_contribution_counters_sum(const nuthatch_contribution_counters* counters, size_t feature) {
  return of(counters).sum(feature);
}

nuthatch_status nuthatch_contribution_counters_snapshot(const nuthatch_contribution_counters* counters,
                                                        const nuthatch_snapshot_context* context, bool exact,
                                                        uint8_t* bytes, size_t size, size_t* written) {
  nuthatch::SnapshotContext who;
  who.device_id = context->device_id;
  who.epoch = context->epoch;
  who.sequence = context->sequence;
  return of(of(counters).snapshot(who, exact, {bytes, size}, *written));
}
