#ifndef VIOLATION_NOT_C99_H
#define VIOLATION_NOT_C99_H

inline bool violation() { return true; }

#endif
