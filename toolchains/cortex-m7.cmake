# Armv7E-M: DSP, double-precision FPU (the emulated one has it; parts without take fpv5-sp-d16).
# Emulated as mps2-an500.
set(NUTHATCH_CORE cortex-m7)
set(NUTHATCH_CORE_FLAGS "-mcpu=cortex-m7 -mfloat-abi=hard -mfpu=fpv5-d16")
include(${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake)
