#ifndef NUTHATCH_TESTS_BENCH_PLAIN_H
#define NUTHATCH_TESTS_BENCH_PLAIN_H

/* A learned model as an engineer would write it by hand: float C99, arrays and loops. A kind is one file; its numbers
 * are in the model.h that export_plain writes, which also says PLAIN_FEATURES and PLAIN_OUTPUTS. */

/* What the runner must know of the model. */
extern const unsigned plain_features, plain_outputs;

/* Features in the CSV's units and order -> scores, as Model::predict gives them: no argmax, no probabilities. One score
 * of two classes is positive for class 1. */
void plain_predict(const float* features, float* scores);

#endif
