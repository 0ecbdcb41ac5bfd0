#ifndef VIOLATION_NEEDS_EXCEPTIONS_HPP
#define VIOLATION_NEEDS_EXCEPTIONS_HPP

inline void violation() { throw 1; }

#endif
