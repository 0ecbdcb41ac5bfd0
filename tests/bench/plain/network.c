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

static float activate(float x) {
#if defined(RELU)
  return x > 0 ? x : 0;
#elif defined(TANH)
  return tanhf(x);
#else
  return x;
#endif
}

void plain_predict(const float* features, float* scores) {
  float buffers[2][WIDEST];
  const float* in = features;
  for (int i = 0; i < LAYERS - 1; ++i) {
    float* out = buffers[i % 2];
    dense(&layers[i], in, out);
    for (int k = 0; k < layers[i].outputs; ++k) {
      out[k] = activate(out[k]);
    }
    in = out;
  }
  dense(&layers[LAYERS - 1], in, scores);
}
