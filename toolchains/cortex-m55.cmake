# Armv8.1-M Mainline: DSP, FPU, Helium. Emulated as mps3-an547.
# nomve.fp: integer Helium and the scalar FPU, but no floating-point Helium. That always flushes
# denormals to zero, and a compiler may vectorize float loops with it (GCC does, at -O3): scores
# would no longer have the same bits as everywhere else.
set(NUTHATCH_CORE cortex-m55)
set(NUTHATCH_CORE_FLAGS "-mcpu=cortex-m55+nomve.fp -mfloat-abi=hard")
include(${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake)
