#include <cstdlib>

void* violation(std::size_t size) { return std::malloc(size); }
