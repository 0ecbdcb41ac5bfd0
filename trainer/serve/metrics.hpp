#ifndef NUTHATCH_TRAINER_SERVE_METRICS_HPP
#define NUTHATCH_TRAINER_SERVE_METRICS_HPP

#include <string>

#include "cloud/models.hpp"

namespace nuthatch::serve {

/// What /metrics says: the server's requests, and of each model what `nuthatch monitor` would say of its counters.
std::string metrics(const cloud::ServerCounters& server, const cloud::Catalog& catalog);

}  // namespace nuthatch::serve

#endif
