# Armv7E-M: DSP, single-precision FPU. Emulated as mps2-an386.
set(NUTHATCH_CORE cortex-m4)
set(NUTHATCH_CORE_FLAGS "-mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16")
include(${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake)
