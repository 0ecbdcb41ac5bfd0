#include <cstdlib>

void violation() { std::abort(); }
