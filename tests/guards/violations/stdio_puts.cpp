#include <cstdio>

int violation() { return std::puts("text"); }
