/* example M.nhm <rows: each row's class, or -, and its scores. A program outside of the project's tree (C99). */

#include <math.h>
#include <nuthatch.h>
#include <stdio.h>
#include <stdlib.h>

/* The file at an address that is a multiple of 8, as malloc gives it. */
static void* read_file(const char* path, size_t* size) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) return NULL;
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  void* bytes = malloc(*size);
  if (bytes != NULL && fread(bytes, 1, *size, file) != *size) *size = 0;
  fclose(file);
  return bytes;
}

static void print_row(const nuthatch_model* model, const int32_t* scores, size_t outputs) {
  const char* name = "-";
  size_t length = 1;
  if (nuthatch_footprint(model).classes > 0) {
    (void)nuthatch_class_name(model, nuthatch_class_of(model, scores, outputs), &name, &length);
  }
  printf("%.*s", (int)length, name);
  for (size_t i = 0; i < outputs; ++i) printf(",%.17g", ldexp(scores[i], -nuthatch_fraction_bits(model)));
  printf("\n");
}

int main(int count, char** arguments) {
  if (count != 2) return 2;
  size_t size = 0;
  void* bytes = read_file(arguments[1], &size);
  const nuthatch_part* parts[] = {nuthatch_float32_input(), nuthatch_linear(), nuthatch_forest()};
  nuthatch_model model;
  nuthatch_status status = nuthatch_open(bytes, size, parts, sizeof parts / sizeof parts[0], &model);
  if (status != NUTHATCH_OK) {
    fprintf(stderr, "%s: %s\n", arguments[1], nuthatch_status_text(status));
    return 1;
  }
  const nuthatch_footprint_t footprint = nuthatch_footprint(&model);
  float* row = calloc(footprint.features, sizeof *row);
  int32_t* scores = calloc(footprint.outputs, sizeof *scores);
  uint32_t* scratch = calloc(footprint.scratch_words, sizeof *scratch);
  if (row == NULL || scores == NULL || scratch == NULL) return 1;

  for (size_t i = 0; scanf(" %f%*[,]", &row[i]) == 1;) {
    if (++i < footprint.features) continue;
    i = 0;
    status = nuthatch_predict_float32(&model, row, footprint.features, scores, footprint.outputs, scratch,
                                      footprint.scratch_words);
    if (status == NUTHATCH_OK) {
      print_row(&model, scores, footprint.outputs);
    } else {
      printf("refused: %s\n", nuthatch_status_text(status));
    }
  }
  free(scratch);
  free(scores);
  free(row);
  free(bytes);
  return 0;
}
