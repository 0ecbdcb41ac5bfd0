/* Trees, forests and boosting; thresholds are of the features as they come. */

#include <stdint.h>

#include "plain.h"

typedef struct node {
  float value;          /* features[feature] <= value goes left; of a leaf: what it adds */
  int16_t feature;      /* -1: a leaf */
  uint16_t left, right; /* within the tree; of a leaf with shares: left is their row */
} node;

#include "model.h"

static const node* leaf_of(const node* tree, const float* features) {
  const node* at = tree;
  while (at->feature >= 0) {
    at = &tree[features[at->feature] <= at->value ? at->left : at->right];
  }
  return at;
}

void plain_predict(const float* features, float* scores) {
  for (int k = 0; k < PLAIN_OUTPUTS; ++k) {
    scores[k] = bias[k];
  }
  for (int t = 0; t < TREES; ++t) {
    const node* leaf = leaf_of(&nodes[trees[t].root], features);
#ifdef SHARES /* a leaf has a share of each class */
    for (int k = 0; k < PLAIN_OUTPUTS; ++k) {
      scores[k] += shares[leaf->left][k];
    }
#else
    scores[trees[t].output] += leaf->value;
#endif
  }
}
