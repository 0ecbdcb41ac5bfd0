#ifndef NUTHATCH_TRAINER_LEARN_DENORMALS_HPP
#define NUTHATCH_TRAINER_LEARN_DENORMALS_HPP

#include <cstdint>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace nuthatch::learn {

/// While it lives, this thread's float arithmetic takes and gives 0 for denormal numbers. A penalized weight that no
/// row moves shrinks, with its moments, to denormals and stays there, and processors take a hundred cycles for each
/// operation on them: a network of 128 units was learned 30 times more slowly. Does nothing where it is not known how.
class FlushDenormals {
 public:
  FlushDenormals() : before_(read()) { write(before_ | kFlush); }
  ~FlushDenormals() { write(before_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__SSE2__)
  static constexpr std::uint64_t kFlush = 0x8040;  // MXCSR: flush to zero, denormals are zeros
  static std::uint64_t read() { return _mm_getcsr(); }
  static void write(std::uint64_t control) { _mm_setcsr(static_cast<unsigned>(control)); }
#elif defined(__aarch64__)
  static constexpr std::uint64_t kFlush = std::uint64_t{1} << 24;  // FPCR: FZ
  static std::uint64_t read() {
    std::uint64_t control = 0;
    asm volatile("mrs %0, fpcr" : "=r"(control));
    return control;
  }
  static void write(std::uint64_t control) { asm volatile("msr fpcr, %0" : : "r"(control)); }
#else
  static constexpr std::uint64_t kFlush = 0;
  static std::uint64_t read() { return 0; }
  static void write(std::uint64_t) {}
#endif

  std::uint64_t before_;
};

}  // namespace nuthatch::learn

#endif
