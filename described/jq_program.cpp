#include "described/jq_program.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <mutex>
#include <thread>

#include "described/jq_library.h"
#include "described/jq_text.h"
#include "described/jq_value.h"

namespace cpaas::described {
namespace {

using nlohmann::json;

// libjq reads ~/.jq, in which map or add may be something else. Where the variable exists, glibc replaces it
// without moving the environment that other threads may be reading.
class NoHome {
 public:
  NoHome() {
    const char* home = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe)
    if (home == nullptr) return;
    home_ = home;
    setenv("HOME", "/nonexistent", 1);  // NOLINT(concurrency-mt-unsafe)
  }
  ~NoHome() {
    if (!home_.empty()) setenv("HOME", home_.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
  }
  NoHome(const NoHome&) = delete;
  NoHome& operator=(const NoHome&) = delete;

 private:
  std::string home_{};
};

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  file >> all >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::chrono::nanoseconds cpu_of(clockid_t clock) {
  timespec time{};
  if (clock_gettime(clock, &time) != 0) return {};
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

// Halts a program that takes too much, from a thread of its own: libjq offers nothing else.
class Watch {
 public:
  Watch(const JqLibrary& jq, jq_state* state, const JqLimits& limits)
      : jq_(jq), state_(state), limits_(limits), memory_(resident_bytes()) {
    pthread_getcpuclockid(pthread_self(), &clock_);
    begun_ = cpu_of(clock_);
    thread_ = std::jthread([this](const std::stop_token& stop) { look(stop); });
  }

 private:
  void look(const std::stop_token& stop) {
    constexpr std::chrono::milliseconds between{5};
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any waiting;
    while (!waiting.wait_for(lock, stop, between, [&] { return stop.stop_requested(); })) {
      const bool late = cpu_of(clock_) - begun_ > limits_.cpu;
      const bool large = resident_bytes() > memory_ + limits_.memory;
      if (!late && !large) continue;
      jq_.jq_halt(state_, jq_.jv_null(), jq_.jv_null());
      return;  // once: a second time would be an error
    }
  }

  const JqLibrary& jq_;
  jq_state* state_;
  const JqLimits& limits_;
  std::size_t memory_;
  clockid_t clock_{};
  std::chrono::nanoseconds begun_{};
  std::jthread thread_{};  // last: it uses all others
};

// libjq's own words without what of the document they may show: "Cannot index number with (...)", "null
// (null) has no keys".
std::string without_data(std::string_view message) {
  if (message.empty()) return "an error";
  const std::string_view before = message.substr(0, message.find_first_of("(\""));
  const std::string_view begin = before.substr(0, before.find_last_not_of(' ') + 1);
  if (begin.starts_with("Cannot ")) return std::string(begin);
  constexpr std::array kinds{"null", "boolean", "number", "string", "array", "object"};
  const std::string_view end = message.substr(std::min(message.rfind(')'), message.size() - 1) + 1);
  const bool judges = end.starts_with(" has no keys") || end.starts_with(" cannot be ");
  return judges && std::ranges::count(kinds, begin) > 0 ? std::string(begin).append(end) : "an error";
}

}  // namespace

// A compiled program, which is made again after it had to be stopped: only so libjq gives its memory back.
class JqProgram::Machine {
 public:
  Machine(const JqLibrary& jq, std::string program) : jq_(jq), program_(std::move(program)) {}
  ~Machine() { drop(); }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  bool compiled() const { return state_ != nullptr; }

  // What is wrong with the program; it can run if nothing is.
  std::vector<std::string> compile() {
    std::vector<std::string> messages;
    state_ = jq_.jq_init();
    if (state_ == nullptr) return {"there is no memory for it"};
    jq_.jq_set_attr(state_, jq_.jv_string("JQ_LIBRARY_PATH"), jq_.jv_array());
    Listener listener{jq_, messages};
    jq_.jq_set_error_cb(state_, &Machine::listen, &listener);
    const NoHome no_home;
    const bool good = jq_.jq_compile(state_, program_.c_str()) != 0;
    jq_.jq_set_error_cb(state_, &Machine::ignore, const_cast<JqLibrary*>(&jq_));
    if (!good && messages.empty()) messages.emplace_back();
    if (!good) drop();
    return good ? std::vector<std::string>() : messages;
  }

  Result<JqRows> run(const json& document, TimePoint now, const JqLimits& limits) {
    const std::lock_guard lock(mutex_);
    if (state_ == nullptr && !compile().empty()) {
      return fail(Reason::internal, "the jq program cannot be compiled again");
    }
    jv input = jq_.jv_array_append(jq_.jv_array(), to_jq(jq_, document));
    input = jq_.jv_array_append(input, jq_.jv_number(unix_seconds(now)));
    jq_.jq_start(state_, input, 0);
    auto result = gather(limits);
    if (!result) drop();
    return result;
  }

 private:
  struct Listener {
    const JqLibrary& jq;
    std::vector<std::string>& messages;
  };

  static void listen(void* self, jv message) {
    auto& [jq, messages] = *static_cast<Listener*>(self);
    if (jq.jv_get_kind(message) == JV_KIND_STRING) messages.emplace_back(jq.jv_string_value(message));
    jq.jv_free(message);
  }
  static void ignore(void* jq, jv message) { static_cast<const JqLibrary*>(jq)->jv_free(message); }

  void drop() {
    if (state_ != nullptr) jq_.jq_teardown(&state_);
  }

  Result<JqRows> gather(const JqLimits& limits) {
    JqRows result;
    std::size_t values = limits.values;
    const Watch watch(jq_, state_, limits);
    while (true) {
      jv value = jq_.jq_next(state_);
      if (jq_.jv_get_kind(value) == JV_KIND_INVALID) return ended(value, std::move(result));
      auto row = from_jq(jq_, value, values);
      if (!row || result.rows.size() == limits.rows) {
        return fail(Reason::too_large, "the jq program gives too much");
      }
      result.rows.push_back(std::move(*row));
    }
  }

  Result<JqRows> ended(jv last, JqRows result) {
    if (jq_.jv_invalid_has_msg(jq_.jv_copy(last)) != 0) {
      jv message = jq_.jv_invalid_get_msg(last);
      const bool text = jq_.jv_get_kind(message) == JV_KIND_STRING;
      result = {json::array(), without_data(text ? jq_.jv_string_value(message) : "")};
      jq_.jv_free(message);
      return result;
    }
    jq_.jv_free(last);
    if (jq_.jq_halted(state_) != 0) {
      return fail(Reason::too_large, "the jq program takes too long or too much memory");
    }
    return result;
  }

  const JqLibrary& jq_;
  std::string program_;
  std::mutex mutex_{};
  jq_state* state_ = nullptr;
};

JqProgram::JqProgram(std::string text, const JqLimits& limits) : text_(std::move(text)), limits_(limits) {}
JqProgram::~JqProgram() = default;

std::shared_ptr<const JqProgram> JqProgram::compile(std::string_view text, std::vector<JqMistake>& mistakes,
                                                    const JqLimits& limits) {
  for (JqMistake& each : find_refused(text)) mistakes.push_back(std::move(each));
  if (!mistakes.empty()) return nullptr;
  const auto jq = load_jq();
  if (!jq) {
    mistakes.push_back({1, 1, jq.error().message});
    return nullptr;
  }
  std::shared_ptr<JqProgram> program(new JqProgram(std::string(text), limits));
  program->machine_ = std::make_unique<Machine>(**jq, wrapped(text));
  for (const std::string& message : program->machine_->compile()) {
    // The last message counts the ones before it.
    if (message.find("compile error") == std::string::npos) mistakes.push_back(mistake_of(text, message));
  }
  if (program->machine_->compiled()) return program;
  if (mistakes.empty()) mistakes.push_back({1, 1, "jq: this is no jq program"});
  return nullptr;
}

Result<JqRows> JqProgram::run(const json& document, TimePoint now) const {
  return machine_->run(document, now, limits_);
}

}  // namespace cpaas::described
