#include <ctime>

long violation() { return static_cast<long>(std::time(nullptr)); }
