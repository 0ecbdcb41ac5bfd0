#ifndef NUTHATCH_TRAINER_REPORT_HEALTH_HPP
#define NUTHATCH_TRAINER_REPORT_HEALTH_HPP

#include <optional>
#include <string>
#include <vector>

#include "export/model_file.hpp"
#include "report/counters.hpp"
#include "report/drift.hpp"

/// What counters say of a deployed model.
namespace nuthatch::report {

struct FeatureHealth {
  Health health = Health::kOk;
  std::string reason;          ///< empty if ok
  std::optional<Drift> drift;  ///< where the feature has a histogram
};

struct Assessment {
  Health health = Health::kOk;
  std::string reason;
  std::vector<FeatureHealth> features;
  std::optional<Drift> class_mix;  ///< of the classes predicted, against those of training and test rows
  Health class_health = Health::kOk;
  std::optional<double>
      expected_accuracy;  ///< by the margins of the rows in range; where the model says how right each is
  std::optional<double> outside_share;
  std::optional<double> unsure_share;  ///< of the rows in range: answers less sure than training asked (--confidence)
};

/// How much is material, and how little chance must explain it. PSI beyond chance above 0.1 is the usual "look at it".
struct Tolerance {
  double p_value = 0.001;   ///< of all features together (Bonferroni)
  double psi = 0.1;         ///< beyond chance
  double share = 0.01;      ///< of rows out of range, or refused, because of a feature
  std::uint64_t rows = 10;  ///< fewer rows out of range, or refused, are no news; of rows that depend on each other, as
                            ///< out of range they come in runs, more by the root of what they are worth
};

Assessment assess(const Counters& counters, const exporting::ModelContents& model, const Tolerance& tolerance = {});

}  // namespace nuthatch::report

#endif
