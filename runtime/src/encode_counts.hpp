#ifndef NUTHATCH_ENCODE_COUNTS_HPP
#define NUTHATCH_ENCODE_COUNTS_HPP

#include "nuthatch/view.hpp"

namespace nuthatch::detail {

/// int16 input without an encoding: the code is the raw count. A kind that can work on raw counts calls accept_counts
/// when it is read, so that only firmware with such a kind links this.
extern const Part counts_input;

inline void accept_counts(ModelView& view) {
  if (view.input_type == Input::kInt16 && view.encoding_count == 0) view.input = &counts_input;
}

}  // namespace nuthatch::detail

#endif
