/* Gaussian naive Bayes: each class's log(prior * density) but for a constant; means and variances are of the features
 * as they come. precision: 1 / (2 * variance). peak: the logarithm at the means. */

#include "model.h"
#include "plain.h"

void plain_predict(const float* features, float* scores) {
  for (int k = 0; k < PLAIN_OUTPUTS; ++k) {
    float sum = peak[k];
    for (int i = 0; i < PLAIN_FEATURES; ++i) {
      const float difference = features[i] - mean[k][i];
      sum -= difference * difference * precision[k][i];
    }
    scores[k] = sum;
  }
}
