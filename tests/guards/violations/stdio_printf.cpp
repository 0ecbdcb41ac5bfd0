#include <cstdio>

int violation(int number) { return std::printf("%d\n", number); }
