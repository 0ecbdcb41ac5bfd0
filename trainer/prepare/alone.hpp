#ifndef NUTHATCH_TRAINER_PREPARE_ALONE_HPP
#define NUTHATCH_TRAINER_PREPARE_ALONE_HPP

#include <cstdint>
#include <vector>

namespace nuthatch::prepare {

/// A value of the one column, none missing, and what is to be told: a class index or a number.
struct Told {
  float value = 0;
  double target = 0;
};

/// How well one column alone tells the target of the rows `asked`: each is answered with what the rows `learned` of the
/// nearest value have, their commonest class or their mean. Of classes (class_count is not 0) the balanced accuracy, of
/// values R2. Neither is empty.
double score_alone(std::vector<Told> learned, const std::vector<Told>& asked, std::int32_t class_count);

}  // namespace nuthatch::prepare

#endif
