# Armv6-M: no division, no unaligned access, no FPU. Emulated as microbit.
set(NUTHATCH_CORE cortex-m0)
set(NUTHATCH_CORE_FLAGS "-mcpu=cortex-m0")
include(${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake)
