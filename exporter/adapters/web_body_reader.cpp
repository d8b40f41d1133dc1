#include "exporter/adapters/web_body_reader.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace cpaas {
namespace {

bool is_printable(char c) {
  return (c >= ' ' || c == '\t' || static_cast<signed char>(c) < 0) && c != '\x7f';
}

// Hexadecimal digits and nothing else but blanks and extensions behind a semicolon.
std::optional<std::size_t> chunk_size(std::string_view line) {
  const auto digits = line.find_first_not_of("0123456789abcdefABCDEF");
  const std::string_view number = line.substr(0, digits);
  const std::string_view rest = line.substr(number.size());
  const auto mark = rest.find_first_not_of(" \t");
  constexpr std::size_t most_digits = 8;
  if (number.empty() || number.size() > most_digits) return std::nullopt;
  if (!rest.empty() && (mark == std::string_view::npos || rest[mark] != ';')) return std::nullopt;
  std::size_t size = 0;
  std::from_chars(number.data(), number.data() + number.size(), size, 16);
  return size;
}

bool is_field(std::string_view line) {
  const auto colon = line.find(':');
  return colon != std::string_view::npos && colon > 0 && line.find_first_of(" \t") > colon;
}

}  // namespace

WebBodyReader WebBodyReader::of_length(std::size_t length) {
  WebBodyReader reader;
  reader.at_ = length == 0 ? At::over : At::data;
  reader.left_ = length;
  reader.data_ = length;
  return reader;
}

WebBodyReader WebBodyReader::of_chunks() {
  WebBodyReader reader;
  reader.at_ = At::chunk_head;
  reader.chunked_ = true;
  return reader;
}

WebBodyReader::State WebBodyReader::read(std::string& input) {
  while (at_ != At::over) {
    if (data_ > max_size || lines_ > max_size) return State::too_long;
    if (input.empty()) return State::more;
    if (at_ == At::data) {
      const std::size_t taken = std::min(left_, input.size());
      kept_.append(input, 0, std::min(taken, max_kept - kept_.size()));
      input.erase(0, taken);
      left_ -= taken;
      if (left_ == 0) at_ = chunked_ ? At::chunk_end : At::over;
    } else if (const State state = read_line(input); state != State::over) {
      return state;
    }
  }
  return State::over;
}

// `over`: the line is.
WebBodyReader::State WebBodyReader::read_line(std::string& input) {
  constexpr std::size_t longest = 4096;
  const auto end = input.find('\n');
  const std::string_view line = std::string_view(input).substr(0, end);
  if (line.size() > longest) return State::bad;
  if (end == std::string::npos) {
    const bool good = std::ranges::all_of(line, [](char c) { return is_printable(c) || c == '\r'; });
    return good && line.find('\r') >= line.size() - 1 ? State::more : State::bad;
  }
  if (!line.ends_with('\r')) return State::bad;
  const State state = take_line(line.substr(0, line.size() - 1));
  lines_ += end + 1;
  input.erase(0, end + 1);
  return state;
}

WebBodyReader::State WebBodyReader::take_line(std::string_view line) {
  if (!std::ranges::all_of(line, is_printable)) return State::bad;
  switch (at_) {
    case At::chunk_head: {
      const auto size = chunk_size(line);
      if (!size) return State::bad;
      left_ = *size;
      data_ += *size;
      at_ = *size == 0 ? At::trailer : At::data;
      return State::over;
    }
    case At::chunk_end:
      at_ = At::chunk_head;
      return line.empty() ? State::over : State::bad;
    case At::trailer:
      if (line.empty()) at_ = At::over;
      return line.empty() || is_field(line) ? State::over : State::bad;
    case At::data:
    case At::over:
      break;
  }
  return State::bad;
}

}  // namespace cpaas
