# Armv8.1-M Mainline: DSP, FPU, Helium. Emulated as mps3-an547.
set(NUTHATCH_CORE cortex-m55)
set(NUTHATCH_CORE_FLAGS "-mcpu=cortex-m55 -mfloat-abi=hard")
include(${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake)
