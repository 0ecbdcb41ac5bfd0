# What can be checked without a model: the counter, and that each guard fires.
find_program(NUTHATCH_QEMU qemu-system-arm)
if(NOT NUTHATCH_QEMU)
  message(STATUS "qemu-system-arm is not installed: the firmware is built, not run")
  return()
endif()
enable_testing()

file(STRINGS boards.h row REGEX "X\\(.*\"${NUTHATCH_CORE}\"")
list(GET row 0 row)  # the emulated board's: those that people own come behind
string(REGEX REPLACE ".*\"${NUTHATCH_CORE}\", \"([^\"]+)\".*" "\\1" machine "${row}")
set(emulate ${NUTHATCH_QEMU} -M ${machine} -display none -serial null -monitor none
            -semihosting-config enable=on,target=native)

add_test(NAME ${NUTHATCH_CORE}.counter
         COMMAND ${emulate} -icount shift=6,align=off
                 -kernel $<TARGET_FILE:counter_check>)

# Deliberate violations: a wrong length of an instruction, and no fixed length at all, must be
# refused.
add_test(NAME ${NUTHATCH_CORE}.counter_refuses_another_icount
         COMMAND ${emulate} -icount shift=5,align=off -kernel $<TARGET_FILE:counter_check>)
add_test(NAME ${NUTHATCH_CORE}.counter_refuses_no_icount
         COMMAND ${emulate} -kernel $<TARGET_FILE:counter_check>)
foreach(icount another_icount no_icount)
  set_tests_properties(${NUTHATCH_CORE}.counter_refuses_${icount}
                       PROPERTIES PASS_REGULAR_EXPRESSION "FAIL calibrated: 0")
endforeach()

# RAM that startup does not clear, over resets.
add_test(NAME ${NUTHATCH_CORE}.survival COMMAND ${emulate} -kernel $<TARGET_FILE:survival_check>)
set_tests_properties(${NUTHATCH_CORE}.survival PROPERTIES PASS_REGULAR_EXPRESSION "^survived" TIMEOUT 60)

# A fault says so, and exits with 2.
foreach(program fault_check overflow_check)
  add_test(NAME ${NUTHATCH_CORE}.${program}
           COMMAND sh -c "said=$(\"$@\" 2>&1); code=$?; echo \"$said, exit $code\"" sh
                   ${emulate} -kernel $<TARGET_FILE:${program}>)
endforeach()
set_tests_properties(${NUTHATCH_CORE}.fault_check PROPERTIES
                     PASS_REGULAR_EXPRESSION "^hard fault: pc [^,]*, exit 2")
set_tests_properties(${NUTHATCH_CORE}.overflow_check PROPERTIES
                     PASS_REGULAR_EXPRESSION "^hard fault: pc .*the stack overflowed, exit 2")
