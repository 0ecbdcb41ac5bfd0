#ifndef VIOLATION_NEEDS_CPP20_HPP
#define VIOLATION_NEEDS_CPP20_HPP

template <class Number>
concept Violation = sizeof(Number) > 1;

#endif
