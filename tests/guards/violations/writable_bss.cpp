static int violation;

int count() { return ++violation; }
