int make();

int violation() {
  static const int once = make();
  return once;
}
