// Log lines on standard error, as logfmt or JSON.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "exporter/core/log.h"

namespace cpaas {

enum class LogFormat : std::uint8_t {
  logfmt,  // ts=2026-04-15T10:00:00.123Z level=info msg="poll failed" account=acme
  json,    // {"ts":"2026-04-15T10:00:00.123Z","level":"info","msg":"poll failed","account":"acme"}
};

// A log that writes each line whole, by one write, and drops those below `least`, which any thread may change
// at any time. Whatever a value holds, a line stays one line of valid UTF-8. Thread-safe, and so are its
// copies.
Log make_logger(std::shared_ptr<const std::atomic<LogLevel>> least, LogFormat format);
Log make_logger(LogLevel least, LogFormat format);

}  // namespace cpaas
