#ifndef NUTHATCH_SERIAL_IMAGE_H
#define NUTHATCH_SERIAL_IMAGE_H

/* What lies at the beginning of a flashed board's space for a model: this, then the model. A program without a model
 * has it too, with no magic. */

#include <stdint.h>

#define NUTHATCH_MODEL_MAGIC 0x464d484eu /* "NHMF" */

typedef struct nuthatch_model_head {
  uint32_t magic;
  uint32_t bytes; /* of the model behind it */
} nuthatch_model_head;

#endif
