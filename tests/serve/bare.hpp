#ifndef NUTHATCH_TESTS_SERVE_BARE_HPP
#define NUTHATCH_TESTS_SERVE_BARE_HPP

#include <cstddef>

namespace nuthatch::serve_test {

/// The HTTP library's own server, which answers every POST with as many bytes; prints its URL and serves until it is
/// ended.
int serve_a_constant(std::size_t bytes);

}  // namespace nuthatch::serve_test

#endif
