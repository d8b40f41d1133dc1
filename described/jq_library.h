// libjq, loaded only when a description has a jq program: linking it would cost every start the time to load
// it.
#pragma once

// The header's one function would be compiled, and want the library, wherever nothing is optimized away.
#define jv_is_valid inline jv_is_valid
extern "C" {
#include <jq.h>
}
#undef jv_is_valid

#include "exporter/core/result.h"

namespace cpaas::described {

// The functions that this program calls, under their own names.
#define CPAAS_JQ_FUNCTIONS(each)                                                                          \
  each(jq_init) each(jq_teardown) each(jq_set_attr) each(jq_set_error_cb) each(jq_compile) each(jq_start) \
      each(jq_next) each(jq_halt) each(jq_halted) each(jv_get_kind) each(jv_copy) each(jv_free)           \
          each(jv_invalid_has_msg) each(jv_invalid_get_msg) each(jv_null) each(jv_bool) each(jv_number)   \
              each(jv_number_value) each(jv_string) each(jv_string_sized) each(jv_string_value)           \
                  each(jv_string_length_bytes) each(jv_array) each(jv_array_sized) each(jv_array_append)  \
                      each(jv_array_get) each(jv_array_length) each(jv_object) each(jv_object_set)        \
                          each(jv_object_iter) each(jv_object_iter_next) each(jv_object_iter_valid)       \
                              each(jv_object_iter_key) each(jv_object_iter_value)

struct JqLibrary {
// NOLINTNEXTLINE(bugprone-macro-parentheses): a member's name
#define CPAAS_MEMBER(name) decltype(&::name) name;
  CPAAS_JQ_FUNCTIONS(CPAAS_MEMBER)
#undef CPAAS_MEMBER
};

// Loads libjq.so.1, which stays loaded; the next call gives the same. Any thread. An error is internal and
// says what is missing.
Result<const JqLibrary*> load_jq();

}  // namespace cpaas::described
