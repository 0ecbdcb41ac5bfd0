// The elementary functions of the whole program, its libraries (LIBSVM, LIBLINEAR) included: a definition in the
// program goes before the C library's. glibc has several of each and takes one by what the processor can do; their last
// bits differ, and so did the models that were learned with them. SLEEF's "cinz" functions give the same bits on every
// machine (Shibata and Petrogalli, IEEE Transactions on Parallel and Distributed Systems 31(6), 2020); their errors are
// below one unit in the last place. tests/guards/same_bits.sh says which functions of the C library may still be
// called.
#include <sleef.h>

extern "C" {

double cos(double x) { return Sleef_cinz_cosd1_u10purec(x); }
double erfc(double x) { return Sleef_cinz_erfcd1_u15purec(x); }
double exp(double x) { return Sleef_cinz_expd1_u10purec(x); }
double exp2(double x) { return Sleef_cinz_exp2d1_u10purec(x); }
double expm1(double x) { return Sleef_cinz_expm1d1_u10purec(x); }
double lgamma(double x) { return Sleef_cinz_lgammad1_u10purec(x); }
double log(double x) { return Sleef_cinz_logd1_u10purec(x); }
double log10(double x) { return Sleef_cinz_log10d1_u10purec(x); }
double log1p(double x) { return Sleef_cinz_log1pd1_u10purec(x); }
double log2(double x) { return Sleef_cinz_log2d1_u10purec(x); }
double pow(double x, double y) { return Sleef_cinz_powd1_u10purec(x, y); }
double lgamma_r(double x, int* sign) {
  const bool has_fraction = x < 0 && x > -0x1p52 && static_cast<double>(static_cast<long long>(x)) != x;
  *sign = has_fraction && (static_cast<long long>(x) & 1) == 0 ? -1 : 1;
  return lgamma(x);
}
double sin(double x) { return Sleef_cinz_sind1_u10purec(x); }
void sincos(double x, double* sine, double* cosine) {
  *sine = Sleef_cinz_sind1_u10purec(x);
  *cosine = Sleef_cinz_cosd1_u10purec(x);
}
double tanh(double x) { return Sleef_cinz_tanhd1_u10purec(x); }
float expf(float x) { return Sleef_cinz_expf1_u10purec(x); }

float tanhf(float x) { return Sleef_cinz_tanhf1_u10purec(x); }

}  // extern "C"
