#undef NDEBUG
#include <cassert>

void violation(int number) { assert(number > 0); }
