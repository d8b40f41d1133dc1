# The package as Debian 13 has it: since 0.8 the target has a namespace, and the old name is gone.
find_library(NEWER_YAML_CPP NAMES libyaml-cpp.so REQUIRED)
add_library(yaml-cpp::yaml-cpp SHARED IMPORTED)
set_target_properties(yaml-cpp::yaml-cpp PROPERTIES IMPORTED_CONFIGURATIONS NONE IMPORTED_LOCATION_NONE ${NEWER_YAML_CPP})
