# One object per row of the table. Its programs, one per stage, are linked and measured by link_stages.cmake.
set(folder ${CMAKE_CURRENT_BINARY_DIR}/footprint)
function(nuthatch_footprint part input optimization parts)
  set(name footprint-${optimization}-${part}-${input})
  set(runtime nuthatch_runtime)
  if(optimization STREQUAL small)
    set(runtime nuthatch_runtime_small)
  endif()
  add_library(${name} OBJECT footprint.cpp)
  target_link_libraries(${name} PRIVATE nuthatch_port ${runtime})
  target_compile_definitions(${name} PRIVATE "FOOTPRINT_PARTS=${${input}_part},${parts}" FOOTPRINT_FEATURE=${${input}_type} ${ARGN})
  string(TOUPPER "${CMAKE_BUILD_TYPE}" configuration)
  separate_arguments(flags NATIVE_COMMAND "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${configuration}}")
  set(row ${folder}/${name}.csv)
  add_custom_command(
    OUTPUT ${row}
    COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DSIZE=${CMAKE_SIZE} -DFOLDER=${folder}
            -DGRAPHS=${CMAKE_BINARY_DIR}/runtime/CMakeFiles -DAWK=${CMAKE_CURRENT_SOURCE_DIR}/stack_bound.awk
            -P ${CMAKE_CURRENT_SOURCE_DIR}/link_stages.cmake --
            ${CMAKE_CXX_COMPILER} ${flags} ${firmware_link_options} $<TARGET_OBJECTS:nuthatch_startup>
            $<TARGET_OBJECTS:${name}> $<TARGET_FILE:nuthatch_port> $<TARGET_FILE:${runtime}>
    DEPENDS ${name} $<TARGET_OBJECTS:${name}> nuthatch_startup nuthatch_port ${runtime} nuthatch_linker_script ${script}
            link_stages.cmake stack_bound.awk
    COMMAND_EXPAND_LISTS VERBATIM)
  set_property(GLOBAL APPEND PROPERTY nuthatch_footprints ${row})
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
foreach(input float32 int16)
  foreach(optimization fast small)
    foreach(part ${parts} all)
      nuthatch_footprint(${part} ${input} ${optimization} ${${part}})
    endforeach()
    # With probabilities; and with the stack of a monitor that has histograms.
    nuthatch_footprint(linear-probability ${input} ${optimization} ${linear} FOOTPRINT_PROBABILITY)
    nuthatch_footprint(linear-histograms ${input} ${optimization} ${linear})
  endforeach()
  # Kinds that work on what a preparation makes of the features.
  foreach(part ${parts})
    nuthatch_footprint(${part}-preparation ${input} fast "${${part}},nuthatch::Preparation")
  endforeach()
  # Blends, by the kinds of their members.
  foreach(blend linear svm forest network linear-svm linear-forest linear-network svm-forest svm-network forest-network
                linear-svm-forest linear-svm-network linear-forest-network svm-forest-network linear-svm-forest-network)
    set(list nuthatch::Blend)
    string(REPLACE "-" ";" members ${blend})
    foreach(member ${members})
      list(APPEND list ${${member}})
    endforeach()
    string(REPLACE ";" "," list "${list}")
    nuthatch_footprint(blend-${blend} ${input} fast "${list}")
    nuthatch_footprint(blend-${blend}-preparation ${input} fast "${list},nuthatch::Preparation")
  endforeach()
endforeach()

# footprint.csv lies beside the runner, where `--on` looks for it.
get_property(rows GLOBAL PROPERTY nuthatch_footprints)
set(table ${CMAKE_BINARY_DIR}/ports/footprint.csv)
add_custom_command(
  OUTPUT ${table}
  COMMAND ${CMAKE_COMMAND} "-DROWS=${rows}" -DOUTPUT=${table} -P ${CMAKE_CURRENT_SOURCE_DIR}/join_footprints.cmake
  DEPENDS ${rows} join_footprints.cmake
  COMMENT "measuring what the runtime adds"
  VERBATIM)
add_custom_target(nuthatch_footprint ALL DEPENDS ${table})
