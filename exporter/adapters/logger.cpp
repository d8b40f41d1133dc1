#include "exporter/adapters/logger.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "exporter/core/utf8.h"

namespace cpaas {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

bool control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

bool needs_quotes(std::string_view text) {
  return text.empty() || std::ranges::any_of(text, [](char c) {
           return c == ' ' || c == '=' || c == '"' || c == '\\' || control(c);
         });
}

void append_escaped(std::string& out, char c) {
  if (c == '"' || c == '\\') {
    out.append({'\\', c});
  } else if (c == '\n') {
    out.append("\\n");
  } else if (c == '\r') {
    out.append("\\r");
  } else if (c == '\t') {
    out.append("\\t");
  } else if (control(c)) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
  } else {
    out.push_back(c);
  }
}

void append_pair(std::string& out, std::string_view key, const std::string& value) {
  const std::string text = valid_utf8(value);
  out.append(" ").append(key).append("=");
  if (!needs_quotes(text)) {
    out.append(text);
    return;
  }
  out.push_back('"');
  for (const char c : text) append_escaped(out, c);
  out.push_back('"');
}

// What follows the time stamp in the line.
std::string logfmt_rest(LogLevel level, std::string_view message, const LogFields& fields) {
  std::string line = fmt::format("level={}", name_of(level));
  append_pair(line, "msg", std::string(message));
  for (const auto& [key, value] : fields) append_pair(line, key, value);
  return line;
}

std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string json_rest(LogLevel level, std::string_view message, const LogFields& fields) {
  std::string line = fmt::format(R"("level":"{}","msg":{})", name_of(level), json_text(message));
  for (const auto& [key, value] : fields) line += fmt::format(",{}:{}", json_text(key), json_text(value));
  return line;
}

const char* pattern_of(LogFormat format) {
  return format == LogFormat::json ? R"({"ts":"%Y-%m-%dT%H:%M:%S.%eZ",%v})" : "ts=%Y-%m-%dT%H:%M:%S.%eZ %v";
}

}  // namespace

Log make_logger(std::shared_ptr<const std::atomic<LogLevel>> least, LogFormat format) {
  const auto logger = std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(spdlog::level::trace);  // `least` alone decides
  logger->set_pattern(pattern_of(format), spdlog::pattern_time_type::utc);
  return [logger, format, least = std::move(least)](LogLevel level, std::string_view message,
                                                    const LogFields& fields) {
    if (level < *least) return;
    logger->log(spdlog_level(level), format == LogFormat::json ? json_rest(level, message, fields)
                                                               : logfmt_rest(level, message, fields));
  };
}

Log make_logger(LogLevel least, LogFormat format) {
  return make_logger(std::make_shared<const std::atomic<LogLevel>>(least), format);
}

}  // namespace cpaas
