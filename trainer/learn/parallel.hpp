#ifndef NUTHATCH_TRAINER_LEARN_PARALLEL_HPP
#define NUTHATCH_TRAINER_LEARN_PARALLEL_HPP

#include <cstddef>
#include <functional>

namespace nuthatch::learn {

/// Calls work(0) to work(count - 1), each once, on as many threads as the machine has cores, or fewer where no more can
/// be started. What a call does must not depend on the others. The first exception of any of them is thrown again when
/// all threads are done. `done`, if there is one, hears of each call that ended, one at a time.
void parallel_for(std::size_t count, const std::function<void(std::size_t)>& work,
                  const std::function<void(std::size_t)>& done = {});

}  // namespace nuthatch::learn

#endif
