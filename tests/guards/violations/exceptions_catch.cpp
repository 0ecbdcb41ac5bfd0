void might_throw();

bool violation() {
  try {
    might_throw();
  } catch (...) {
    return false;
  }
  return true;
}
