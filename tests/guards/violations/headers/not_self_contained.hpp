// Lacks <cstdint>.
inline std::uint32_t violation() { return 7; }
