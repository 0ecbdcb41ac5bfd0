// No include guard.
inline int violation() { return 7; }
