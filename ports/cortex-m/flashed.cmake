# nuthatch_flashed_board(NAME STACK): with so many bytes of stack (tests/size/boards.sh proves that they are enough), the program that `nuthatch flash` joins with a model, ports/<NAME>.elf.
function(nuthatch_flashed_board name stack_bytes)
  string(TOUPPER ${name} macro)
  set(script ${CMAKE_CURRENT_BINARY_DIR}/${name}.ld)
  add_custom_command(
    OUTPUT ${script}
    COMMAND ${CMAKE_C_COMPILER} -E -P -x c -I ${CMAKE_CURRENT_SOURCE_DIR} -DNUTHATCH_BOARD=NUTHATCH_BOARD_${macro}
            -DNUTHATCH_STACK_BYTES=${stack_bytes} ${CMAKE_CURRENT_SOURCE_DIR}/board.ld -o ${script}
    DEPENDS board.ld sections.ld boards.h
    VERBATIM)
  add_custom_target(${name}_linker_script DEPENDS ${script})
  add_executable(${name} ../serial/firmware.cpp ../${name}/board.c startup.c stack.S)
  target_compile_features(${name} PRIVATE c_std_11 cxx_std_17)
  target_compile_definitions(${name} PRIVATE NUTHATCH_BOARD_NAME="${name}")
  target_include_directories(${name} PRIVATE .. .)
  target_link_libraries(${name} PRIVATE nuthatch_serial nuthatch_runtime_flags)
  set_target_properties(${name} PROPERTIES SUFFIX .elf LINK_DEPENDS ${script})
  add_dependencies(${name} ${name}_linker_script)
  target_link_options(${name} PRIVATE -nostartfiles --specs=nano.specs --specs=nosys.specs
                      -T ${script} LINKER:--gc-sections,--fatal-warnings
                      LINKER:-Map=$<TARGET_FILE:${name}>.map)
endfunction()

if(NUTHATCH_CORE STREQUAL "cortex-m0")
  nuthatch_flashed_board(microbit 1280)
elseif(NUTHATCH_CORE STREQUAL "cortex-m4")
  nuthatch_flashed_board(stm32f405 2048)
endif()
