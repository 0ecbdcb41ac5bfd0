#include "work.hpp"

namespace nuthatch::detail {

Status check_work(const ModelView& view) {
  constexpr std::uint32_t kAlways = 65536;  // steps that any file may take
  return view.work <= kAlways || view.work / 4 <= view.bytes.size() ? Status::kOk : Status::kWork;
}

}  // namespace nuthatch::detail
