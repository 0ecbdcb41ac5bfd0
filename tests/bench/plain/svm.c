/* Support vector machines with a kernel, classes one against one. model.h:
 *   KERNEL                LINEAR, POLYNOMIAL, RBF or SIGMOID; GAMMA, COEF0 and DEGREE of it
 *   mean, scale           of each feature: z = (x - mean) * scale; the vectors are of z
 *   vectors               VECTORS x PLAIN_FEATURES; classes lie one after the other
 *   CLASSES, first        0 for regression; the first vector of each class, and after the last VECTORS
 *   coefficients          CLASSES - 1 (regression: 1) rows of VECTORS, as LIBSVM's sv_coef
 *   rho                   one a pair of classes (0-1, 0-2, ..., 1-2, ...); regression: one
 * Scores: regression and two classes one, for more each class's votes, and among equals the sum of what its decisions
 * were, squashed to less than a third of a vote. */

#include <math.h>

#include "plain.h"

#define LINEAR 0
#define POLYNOMIAL 1
#define RBF 2
#define SIGMOID 3

#include "model.h"

static float kernel(const float* a, const float* b) {
  float sum = 0;
#if KERNEL == RBF
  for (int i = 0; i < PLAIN_FEATURES; ++i) {
    const float difference = a[i] - b[i];
    sum += difference * difference;
  }
  return expf(-GAMMA * sum);
#else
  for (int i = 0; i < PLAIN_FEATURES; ++i) {
    sum += a[i] * b[i];
  }
#if KERNEL == LINEAR
  return sum;
#elif KERNEL == SIGMOID
  return tanhf(GAMMA * sum + COEF0);
#else
  float power = 1;
  for (int d = 0; d < DEGREE; ++d) {
    power *= GAMMA * sum + COEF0;
  }
  return power;
#endif
#endif
}

static float dot(const float* coefficient, const float* value, int from, int to) {
  float sum = 0;
  for (int v = from; v < to; ++v) {
    sum += coefficient[v] * value[v];
  }
  return sum;
}

#if CLASSES > 0
/* Positive: class a. */
static float decide(const float* values, int a, int b, int pair) {
  return dot(coefficients[b - 1], values, first[a], first[a + 1]) +
         dot(coefficients[a], values, first[b], first[b + 1]) - rho[pair];
}
#endif

void plain_predict(const float* features, float* scores) {
  float z[PLAIN_FEATURES];
  float values[VECTORS];
  for (int i = 0; i < PLAIN_FEATURES; ++i) {
    z[i] = (features[i] - mean[i]) * scale[i];
  }
  for (int v = 0; v < VECTORS; ++v) {
    values[v] = kernel(vectors[v], z);
  }
#if CLASSES == 0
  scores[0] = dot(coefficients[0], values, 0, VECTORS) - rho[0];
#elif CLASSES == 2
  scores[0] = -decide(values, 0, 1, 0);
#else
  float sums[CLASSES] = {0};
  int pair = 0;
  for (int k = 0; k < CLASSES; ++k) {
    scores[k] = 0;
  }
  for (int a = 0; a < CLASSES; ++a) {
    for (int b = a + 1; b < CLASSES; ++b) {
      const float decision = decide(values, a, b, pair++);
      scores[decision > 0 ? a : b] += 1;
      sums[a] += decision;
      sums[b] -= decision;
    }
  }
  for (int k = 0; k < CLASSES; ++k) {
    scores[k] += sums[k] / (3 * (fabsf(sums[k]) + 1));
  }
#endif
}
