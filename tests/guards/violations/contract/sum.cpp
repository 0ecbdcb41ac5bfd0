// What a compiler may contract if nothing keeps it from that.
float sum(const float* a, const float* b, int count, float sum) {
  for (int i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}
