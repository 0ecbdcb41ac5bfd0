# Armv8-M Mainline: DSP, single-precision FPU, in secure state. Emulated as mps2-an505.
set(NUTHATCH_CORE cortex-m33)
set(NUTHATCH_CORE_FLAGS "-mcpu=cortex-m33 -mfloat-abi=hard -mfpu=fpv5-sp-d16")
include(${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake)
