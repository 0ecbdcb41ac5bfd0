/// Two programs that break on purpose, to show that the fault handler says so and exits with 2.

#ifdef NUTHATCH_OVERFLOW
/// Recurses until the stack is used up, long before the depth is; volatile, so that every call
/// needs its frame.
[[gnu::noinline]] static int recurse(volatile int* depth) {
  volatile int mine = *depth + 1;
  return mine == 1000000 ? 0 : recurse(&mine) + mine;
}

int main() {
  volatile int depth = 0;
  return recurse(&depth);
}
#else
int main() {
  __asm__ volatile("udf #0");
  return 0;
}
#endif
