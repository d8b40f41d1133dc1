#include "exporter/app/redact.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>

#include "exporter/core/calendar.h"
#include "exporter/core/http.h"

namespace cpaas::app {
namespace {

using Words = std::span<const std::string_view>;

// Of the words of a field's name.
constexpr std::array<std::string_view, 11> secret_words{"token",         "secret", "password",  "passwd",
                                                        "key",           "apikey", "signature", "session",
                                                        "authorization", "cookie", "credential"};
constexpr std::array<std::string_view, 7> paging_words{"page",       "next",  "previous", "cursor",
                                                       "pagination", "first", "last"};
constexpr std::array<std::string_view, 18> person_words{
    "name",   "firstname", "lastname", "username", "company", "address", "street", "city",    "zip",
    "postal", "postcode",  "contact",  "owner",    "person",  "email",   "mail",   "account", "login"};
// Names of things, not of people.
constexpr std::array<std::string_view, 16> thing_words{
    "plan", "product", "tariff", "currency", "resource", "event",  "model",   "type",
    "id",   "status",  "sid",    "service",  "endpoint", "metric", "billing", "code"};
constexpr std::array<std::string_view, 12> said_words{"body",          "text",    "content",   "transcript",
                                                      "transcription", "prompt",  "notes",     "comment",
                                                      "subject",       "summary", "recording", "description"};
constexpr std::array<std::string_view, 17> phone_words{
    "from",   "to",     "phone",  "number", "msisdn",    "caller", "callee", "called",   "destination",
    "mobile", "source", "sender", "cli",    "recipient", "fax",    "tel",    "telephone"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "numberOfCalls", "number_of-calls" -> number, of, calls.
std::vector<std::string> words_of(std::string_view field) {
  std::vector<std::string> words(1);
  char before = 0;
  for (const char c : field) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool starts = upper && before >= 'a' && before <= 'z';
    if (c == '_' || c == '-' || c == ' ' || starts) words.emplace_back();
    if (c != '_' && c != '-' && c != ' ')
      words.back().push_back(upper ? static_cast<char>(c - 'A' + 'a') : c);
    before = c;
  }
  return words;
}

bool any_of(const std::vector<std::string>& words, Words listed) {
  return std::ranges::any_of(words,
                             [&](const std::string& word) { return std::ranges::count(listed, word) > 0; });
}

// The digits of what is written like a phone number.
std::optional<std::string> phone_digits(std::string_view text) {
  if (parse_day(text)) return std::nullopt;  // `from` is the begin of a period as well
  std::string digits;
  for (const char c : text) {
    const bool between = std::string_view("+-(). ").find(c) != std::string_view::npos;
    if (!is_digit(c) && !between) return std::nullopt;
    if (is_digit(c)) digits.push_back(c);
  }
  return digits.size() >= 7 && digits.size() <= 15 ? std::optional(digits) : std::nullopt;
}

bool is_address_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("._-").find(c) != std::string_view::npos;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

}  // namespace

Redactor::Redactor(std::vector<std::string> secrets) : secrets_(std::move(secrets)) {
  for (std::size_t i = secrets_.size(); i-- > 0;) secrets_.push_back(percent_encode(secrets_[i]));
  std::erase_if(secrets_, [](const std::string& secret) { return secret.empty(); });
  std::ranges::sort(secrets_, std::ranges::greater{}, &std::string::size);
}

bool Redactor::has_secret(std::string_view text) const {
  return std::ranges::any_of(
      secrets_, [&](const std::string& secret) { return text.find(secret) != std::string_view::npos; });
}

std::string Redactor::substitute(std::string_view kind, const std::string& original) {
  const auto found = substitutes_.find(original);
  if (found != substitutes_.end()) return found->second;
  const std::size_t count = ++counts_.try_emplace(std::string(kind)).first->second;
  std::string made = kind == "mail" ? "person" + std::to_string(count) + "@example.com"
                                    : std::string(kind) + " " + std::to_string(count);
  return substitutes_.emplace(original, std::move(made)).first->second;
}

// Of the range that North America keeps for fiction and tests.
std::string Redactor::phone_for(const std::string& digits) {
  const auto found = substitutes_.find(digits);
  if (found != substitutes_.end()) return found->second;
  const std::string count = std::to_string(++counts_.try_emplace("phone").first->second);
  return substitutes_
      .emplace(digits, "1555" + std::string(count.size() < 7 ? 7 - count.size() : 0, '0') + count)
      .first->second;
}

std::string Redactor::without_addresses(std::string_view text) {
  std::string result;
  while (true) {
    const auto at = text.find('@');
    if (at == std::string_view::npos) return result.append(text);
    auto begin = at;
    while (begin > 0 && (is_address_char(text[begin - 1]) || text[begin - 1] == '+')) --begin;
    auto end = at + 1;
    while (end < text.size() && is_address_char(text[end])) ++end;
    const bool is_address = begin < at && text.substr(at, end - at).find('.') != std::string_view::npos;
    result.append(text.substr(0, is_address ? begin : end));
    if (is_address) result.append(substitute("mail", std::string(text.substr(begin, end - begin))));
    text.remove_prefix(end);
  }
}

std::string Redactor::without_phones(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t mark = text.starts_with("%2B") || text.starts_with("%2b") ? 3
                             : text.front() == '+'                              ? 1
                                                                                : 0;
    auto end = mark;
    while (mark > 0 && end < text.size() && is_digit(text[end])) ++end;
    const bool is_phone = end >= mark + 8 && end <= mark + 15;
    result.append(text.substr(0, std::max<std::size_t>(mark, 1)));
    if (is_phone) result.append(phone_for(std::string(text.substr(mark, end - mark))));
    text.remove_prefix(is_phone ? end : std::max<std::size_t>(mark, 1));
  }
  return result;
}

std::string Redactor::text(std::string_view text) {
  std::string result(text);
  for (const std::string& secret : secrets_) replace_all(result, secret, "secret");
  return without_phones(without_addresses(result));
}

std::string Redactor::redacted(std::string text, std::string_view field) {
  const auto words = words_of(field);
  if (text.empty()) return text;
  if (any_of(words, secret_words) && !any_of(words, paging_words)) return substitute("secret", text);
  if (any_of(words, said_words)) return substitute("text", text);
  if (any_of(words, phone_words)) {
    const auto digits = phone_digits(text);
    if (digits) return (text.front() == '+' ? "+" : "") + phone_for(*digits);
  }
  const bool is_mail = text.find('@') != std::string::npos;
  if (any_of(words, person_words) && !any_of(words, thing_words) && !is_mail) return substitute("name", text);
  return this->text(text);
}

void Redactor::redact(nlohmann::ordered_json& value, std::string_view field) {
  if (value.is_string()) {
    value = redacted(value.get<std::string>(), field);
  } else if (value.is_number_integer() && any_of(words_of(field), phone_words)) {
    const auto digits = phone_digits(value.dump());
    if (digits && digits->size() >= 9) value = std::stoull(phone_for(*digits));
  } else if (value.is_array()) {
    for (auto& each : value) redact(each, field);
  } else if (value.is_object()) {
    auto changed = nlohmann::ordered_json::object();
    for (auto& [key, inner] : value.items()) {
      redact(inner, key);
      changed[text(key)] = std::move(inner);
    }
    value = std::move(changed);
  }
}

std::string Redactor::body(std::string_view body) {
  auto document = nlohmann::ordered_json::parse(body, nullptr, false);
  if (document.is_discarded()) return text(body);
  redact(document, "");
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace cpaas::app
