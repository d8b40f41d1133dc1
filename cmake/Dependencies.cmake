# Everything comes from Debian packages; ./dev installs them.

# Each shared library takes the loader some 0.15 ms of every start.
option(CPAAS_FEW_LIBRARIES "Take libraries into the program that Debian has as archives or headers" OFF)
if(CPAAS_FEW_LIBRARIES)
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a .so)
  set(CPAAS_FMT fmt::fmt-header-only)
  set(CPAAS_SPDLOG spdlog::spdlog_header_only)
else()
  set(CPAAS_FMT fmt::fmt)
  set(CPAAS_SPDLOG spdlog::spdlog)
endif()
find_package(nlohmann_json 3.11 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)  # its headers; tests link it, to make certificates and TLS servers
find_library(CRYPT_LIBRARY crypt REQUIRED)  # bcrypt
find_path(NETTLE_INCLUDE_DIR nettle/hmac.h REQUIRED)  # signatures of requests
find_library(NETTLE_LIBRARY nettle REQUIRED)
# The exporter's allocator, of which Debian has an archive that can be part of any program.
if(CPAAS_FEW_LIBRARIES)
  find_library(JEMALLOC_LIBRARY jemalloc_pic REQUIRED)
else()
  find_library(JEMALLOC_LIBRARY jemalloc REQUIRED)
endif()
find_path(JQ_INCLUDE_DIR jq.h REQUIRED)  # described/jq_library.h says why its headers only
find_package(Boost 1.74 REQUIRED CONFIG)  # headers only
find_package(CLI11 2.1 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(prometheus-cpp REQUIRED CONFIG COMPONENTS core)
find_package(Threads REQUIRED)
set(CPAAS_YAML_CPP yaml-cpp::yaml-cpp)
if(NOT TARGET yaml-cpp::yaml-cpp)  # until 0.7
  set(CPAAS_YAML_CPP yaml-cpp)
endif()
set(CPAAS_SQLITE SQLite3::SQLite3)
if(NOT TARGET SQLite3::SQLite3)  # before CMake 4.3
  set(CPAAS_SQLITE SQLite::SQLite3)
endif()
find_package(absl REQUIRED)  # time zones, which the C++ library of Debian 12 does not have
if(CPAAS_FEW_LIBRARIES)  # its package has an archive, but its target names the shared library only
  find_library(YAML_CPP_LIBRARY yaml-cpp REQUIRED)
  set_target_properties(${CPAAS_YAML_CPP} PROPERTIES IMPORTED_LOCATION_NONE ${YAML_CPP_LIBRARY})
endif()
if(CPAAS_FEW_LIBRARIES)  # the same
  foreach(part time time_zone civil_time strings strings_internal string_view int128 base raw_logging_internal log_severity
          spinlock_wait throw_delegate)
    if(TARGET absl::${part})
      get_target_property(ABSL_TYPE absl::${part} TYPE)
      if(ABSL_TYPE STREQUAL SHARED_LIBRARY)
        find_library(ABSL_${part}_LIBRARY absl_${part} REQUIRED)
        set_target_properties(absl::${part} PROPERTIES IMPORTED_LOCATION_NONE ${ABSL_${part}_LIBRARY})
      endif()
    endif()
  endforeach()
endif()
