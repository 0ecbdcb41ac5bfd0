/* A multi-layer perceptron; standardization is folded into the first layer, that of a regression's target into the
 * last. */

#include <math.h>

#include "plain.h"

typedef struct layer {
  const float* weights; /* outputs x inputs */
  const float* bias;
  int inputs, outputs;
} layer;

#include "model.h"

static void dense(const layer* l, const float* in, float* out) {
  const float* weights = l->weights;
  for (int k = 0; k < l->outputs; ++k) {
    float sum = l->bias[k];
    for (int i = 0; i < l->inputs; ++i) {
      sum += weights[i] * in[i];
    }
    out[k] = sum;
    weights += l->inputs;
  }
}

static void activate(float* values, int count) {
  for (int i = 0; i < count; ++i) {
#if defined(RELU)
    values[i] = values[i] > 0 ? values[i] : 0;
#elif defined(TANH)
    values[i] = tanhf(values[i]);
#endif
  }
}

void plain_predict(const float* features, float* scores) {
  float buffers[2][WIDEST];
  const float* in = features;
  for (int i = 0; i < LAYERS - 1; ++i) {
    float* out = buffers[i % 2];
    dense(&layers[i], in, out);
    activate(out, layers[i].outputs);
    in = out;
  }
  dense(&layers[LAYERS - 1], in, scores);
}
