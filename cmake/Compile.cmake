# What every target of this project is compiled with.
add_library(cpaas_compile INTERFACE)
target_compile_options(cpaas_compile INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wnull-dereference -Wimplicit-fallthrough
  $<$<BOOL:${CPAAS_WERROR}>:-Werror>)
target_compile_definitions(cpaas_compile INTERFACE JSON_USE_IMPLICIT_CONVERSIONS=0 SPDLOG_FMT_EXTERNAL
  CPAAS_VERSION="${PROJECT_VERSION}")
target_include_directories(cpaas_compile INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
if(CPAAS_SANITIZE)
  target_compile_options(cpaas_compile INTERFACE -fsanitize=${CPAAS_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(cpaas_compile INTERFACE -fsanitize=${CPAAS_SANITIZE})
endif()
if(CPAAS_FUZZ)
  target_compile_options(cpaas_compile INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(CPAAS_COVERAGE)
  target_compile_options(cpaas_compile INTERFACE --coverage)
  target_link_options(cpaas_compile INTERFACE --coverage)
endif()

# cpaas_library(NAME LINKS...): a static library of all .cpp files of the calling folder.
function(cpaas_library name)
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  if(NOT sources)
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE cpaas_compile ${ARGN})
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC cpaas_compile ${ARGN})
endfunction()
