int make();
extern const int kViolation;
const int kViolation = make();
