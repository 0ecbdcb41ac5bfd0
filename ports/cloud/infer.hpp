#ifndef NUTHATCH_PORTS_CLOUD_INFER_HPP
#define NUTHATCH_PORTS_CLOUD_INFER_HPP

#include "cloud/request.hpp"
#include "cloud/response.hpp"
#include "cloud/served_model.hpp"

namespace nuthatch::cloud {

/// The name of the one tensor that holds all features; else there is a tensor a feature.
constexpr const char* kFeatures = "features";

/// A tensor that a model gives: metadata lists them in this order, and what is `usual` comes unasked.
struct OutputKind {
  const char* name;
  const char* datatype;
  std::size_t width;  ///< elements a row; 0: the tensor has one dimension only
  bool usual;
};
std::vector<OutputKind> outputs_of(const ServedModel& model);

/// Answers a request; `rows` says how many it had. Throws RequestError.
Body infer(const ServedModel& model, const InferRequest& request, std::size_t& rows);

}  // namespace nuthatch::cloud

#endif
