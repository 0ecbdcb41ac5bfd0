int violation = 7;

int count() { return ++violation; }
