// A root by an instruction that approximates it, as Eigen takes them where EIGEN_FAST_MATH is 1.
int main() {
#if defined(__x86_64__)
  asm volatile("rsqrtps %%xmm0, %%xmm1" ::: "xmm1");
#elif defined(__aarch64__)
  asm volatile("frsqrte v1.4s, v0.4s" ::: "v1");
#endif
  return 0;
}
