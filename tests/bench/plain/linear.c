/* Scores that are affine in the features; standardization is folded into the weights. */

#include "model.h"
#include "plain.h"

void plain_predict(const float* features, float* scores) {
  for (int k = 0; k < PLAIN_OUTPUTS; ++k) {
    float sum = bias[k];
    for (int i = 0; i < PLAIN_FEATURES; ++i) {
      sum += weights[k][i] * features[i];
    }
    scores[k] = sum;
  }
}
