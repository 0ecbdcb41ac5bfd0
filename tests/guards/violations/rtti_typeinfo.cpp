#include <typeinfo>

struct Violation {
  int number;
};

const char* violation() { return typeid(Violation).name(); }
