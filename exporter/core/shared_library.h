// A library that is loaded while the program runs, and stays loaded.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exporter/core/result.h"

namespace cpaas {

// Any thread, but one object is one thread's.
class SharedLibrary {
 public:
  // `file` as the loader looks for it: "libssl.so.3"; `title` as errors call it: "OpenSSL". Its symbols, and
  // those of the libraries that it brings, are not lent to others; lazy binding spares what is never called.
  // An error is internal and says what is missing.
  static Result<SharedLibrary> open(const char* file, std::string_view title);

  // Sets `function` to the library's function of that name; null if there is none, see missing().
  template <class Function>
  void find(const char* name, Function& function) {
    function = reinterpret_cast<Function>(address_of(name));
  }
  // The error of the first find() that failed.
  const std::optional<Error>& missing() const { return missing_; }

 private:
  SharedLibrary(void* library, std::string_view title) : library_(library), title_(title) {}
  void* address_of(const char* name);

  void* library_;
  std::string title_;
  std::optional<Error> missing_{};
};

}  // namespace cpaas
