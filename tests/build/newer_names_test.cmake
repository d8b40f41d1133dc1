# cmake -DSOURCE=DIR -DSCRATCH=DIR -P newer_names_test.cmake: configures presets with the targets of newer packages, and looks at the
# commands that would build the exporter. Nothing is compiled.
cmake_minimum_required(VERSION 3.25)

function(commands_of preset result)
  file(REMOVE_RECURSE ${SCRATCH}/${preset})
  execute_process(
    COMMAND ${CMAKE_COMMAND} --preset ${preset} -S ${SOURCE} -B ${SCRATCH}/${preset} -DCPAAS_TESTS=OFF
            -Dyaml-cpp_DIR=${CMAKE_CURRENT_LIST_DIR}/newer_yaml_cpp
    WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE said ERROR_VARIABLE said RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "preset ${preset} cannot be configured:\n${said}")
  endif()
  execute_process(COMMAND ninja -C ${SCRATCH}/${preset} -t commands cpaas_exporter OUTPUT_VARIABLE commands COMMAND_ERROR_IS_FATAL ANY)
  set(${result} "${commands}" PARENT_SCOPE)
endfunction()

function(expect preset commands verb text)
  string(FIND "${commands}" "${text}" at)
  if((verb STREQUAL has AND at EQUAL -1) OR (verb STREQUAL lacks AND NOT at EQUAL -1))
    message(SEND_ERROR "the build of preset ${preset} should be one that ${verb} ${text}")
  endif()
endfunction()

commands_of(dev dev)
expect(dev "${dev}" has -Werror)
expect(dev "${dev}" has libyaml-cpp.so)
commands_of(release release)
expect(release "${release}" has -Wall)
expect(release "${release}" lacks -Werror)
expect(release "${release}" has libyaml-cpp.a)
expect(release "${release}" lacks libyaml-cpp.so)
