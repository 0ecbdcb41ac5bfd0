# One program a row of the table, and one with nothing of the runtime to compare with.
function(nuthatch_footprint name runtime parts feature)
  nuthatch_firmware(${name} footprint.cpp)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/footprint)
  target_link_libraries(${name} PRIVATE ${runtime})
  if(parts)
    target_compile_definitions(${name} PRIVATE "FOOTPRINT_PARTS=${parts}" FOOTPRINT_FEATURE=${feature} ${ARGN})
  endif()
endfunction()

set(float32_type float)
set(int16_type std::int16_t)
set(float32_part nuthatch::Float32Input)
set(int16_part nuthatch::Int16Input)
set(linear nuthatch::Linear)
set(linear-float32 nuthatch::LinearFloat32)
set(svm nuthatch::Svm)
set(bayes nuthatch::Bayes)
set(forest nuthatch::Forest)
set(network nuthatch::Network)
set(parts linear linear-float32 svm bayes forest network)
# Every kind in one image.
set(all "")
foreach(part ${parts})
  list(APPEND all ${${part}})
endforeach()
string(REPLACE ";" "," all "${all};nuthatch::Blend")
set(programs footprint-none)
nuthatch_footprint(footprint-none nuthatch_runtime "" "")
foreach(part ${parts} all)
  foreach(input float32 int16)
    foreach(optimization fast small)
      set(runtime nuthatch_runtime)
      if(optimization STREQUAL small)
        set(runtime nuthatch_runtime_small)
      endif()
      set(base footprint-${optimization}-${part}-${input})
      set(list "${${input}_part},${${part}}")
      nuthatch_footprint(${base} ${runtime} "${list}" ${${input}_type})
      nuthatch_footprint(${base}-monitor ${runtime} "${list}" ${${input}_type} FOOTPRINT_MONITOR)
      list(APPEND programs ${base} ${base}-monitor)
    endforeach()
  endforeach()
endforeach()

# What probabilities add to linear models, and what a monitor with histograms does, which decides on drift.
foreach(input float32 int16)
  foreach(optimization fast small)
    set(runtime nuthatch_runtime)
    if(optimization STREQUAL small)
      set(runtime nuthatch_runtime_small)
    endif()
    set(base footprint-${optimization}-linear-probability-${input})
    nuthatch_footprint(${base} ${runtime} "${${input}_part},${linear}" ${${input}_type} FOOTPRINT_PROBABILITY)
    set(watched footprint-${optimization}-linear-histograms-${input}-monitor)
    nuthatch_footprint(${watched} ${runtime} "${${input}_part},${linear}" ${${input}_type} FOOTPRINT_MONITOR FOOTPRINT_HISTOGRAMS)
    list(APPEND programs ${base} ${watched})
  endforeach()
endforeach()

# Kinds that work on what a preparation makes of the features.
foreach(part ${parts})
  foreach(input float32 int16)
    set(base footprint-fast-${part}-preparation-${input})
    nuthatch_footprint(${base} nuthatch_runtime "${${input}_part},${${part}},nuthatch::Preparation" ${${input}_type})
    list(APPEND programs ${base})
  endforeach()
endforeach()

# Blends, by the kinds of their members.
set(blends linear svm forest network linear-svm linear-forest linear-network svm-forest svm-network forest-network
           linear-svm-forest linear-svm-network linear-forest-network svm-forest-network linear-svm-forest-network)
foreach(blend ${blends})
  set(list nuthatch::Blend)
  string(REPLACE "-" ";" members ${blend})
  foreach(member ${members})
    list(APPEND list ${${member}})
  endforeach()
  string(REPLACE ";" "," list "${list}")
  foreach(input float32 int16)
    set(base footprint-fast-blend-${blend})
    nuthatch_footprint(${base}-${input} nuthatch_runtime "${${input}_part},${list}" ${${input}_type})
    nuthatch_footprint(${base}-preparation-${input} nuthatch_runtime "${${input}_part},${list},nuthatch::Preparation" ${${input}_type})
    list(APPEND programs ${base}-${input} ${base}-preparation-${input})
  endforeach()
endforeach()

# footprint.csv lies beside the runner, where `--on` looks for it.
set(table ${CMAKE_BINARY_DIR}/ports/footprint.csv)
add_custom_command(
  OUTPUT ${table}
  COMMAND ${CMAKE_COMMAND} -DSIZE=${CMAKE_SIZE} -DFOLDER=${CMAKE_CURRENT_BINARY_DIR}/footprint "-DPROGRAMS=${programs}"
          -DGRAPHS=${CMAKE_BINARY_DIR}/runtime/CMakeFiles -DAWK=${CMAKE_CURRENT_SOURCE_DIR}/stack_bound.awk
          -DOUTPUT=${table} -P ${CMAKE_CURRENT_SOURCE_DIR}/measure_footprint.cmake
  DEPENDS ${programs} measure_footprint.cmake stack_bound.awk
  COMMENT "measuring what the runtime adds"
  VERBATIM)
add_custom_target(nuthatch_footprint ALL DEPENDS ${table})
