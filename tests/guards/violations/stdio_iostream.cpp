#include <iostream>

void violation() { std::cout << 1; }
