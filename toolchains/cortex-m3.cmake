# Armv7-M, no FPU. Emulated as mps2-an385.
set(NUTHATCH_CORE cortex-m3)
set(NUTHATCH_CORE_FLAGS "-mcpu=cortex-m3")
include(${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake)
