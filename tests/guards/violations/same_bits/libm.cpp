// A function of which the C library has several implementations.
#include <cmath>

int main(int count, char**) { return std::exp(-static_cast<double>(count)) > 0.5 ? 1 : 0; }
