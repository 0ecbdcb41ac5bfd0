int* violation() { return new int[7]; }
