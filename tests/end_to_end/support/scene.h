// The stage of a test: a sandbox whose clock is moved by hand, and the real exporter in front of it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/server.h"
#include "tests/end_to_end/support/page.h"
#include "tests/end_to_end/support/process.h"
#include "tests/end_to_end/support/wait.h"
#include "tests/sandbox/http_client.h"

namespace cpaas::end_to_end {

using sandbox::Json;
using sandbox::test::Received;

// The accounts of accounts_yaml().
inline constexpr std::string_view campaigns = "campaigns";  // tingting
inline constexpr std::string_view reseller = "reseller";    // vobiz, scope partner
inline constexpr std::string_view platform = "platform";    // teli
inline constexpr std::string_view agents = "agents";        // agentphone

// A configuration of one account for each of the four providers of a sandbox at `url`, polled every
// `interval` ("1s") without a rate limit to speak of; values stay for long.
std::string accounts_yaml(const std::string& url, std::string_view interval,
                          std::string_view timeout = CPAAS_REQUEST_TIMEOUT);
// The same with a `window` ("7d").
std::string accounts_yaml_with_window(const std::string& url, std::string_view interval,
                                      std::string_view window);
inline constexpr std::array<std::string_view, 3> windows{"7d", "30d", "90d"};

// A small sandbox: few customers, no automatic top-ups where they can be held, clock at `start`.
sandbox::SandboxOptions sandbox_options(std::uint64_t seed = 1);
void hold_top_ups(sandbox::Sandbox& sandbox);
// The ids of the reseller's customers.
std::vector<std::string> customers_of(const Json& truth);

class Scene {
 public:
  explicit Scene(std::uint64_t seed = 1, std::string_view interval = "1s");

  sandbox::Sandbox& sandbox() { return server_.sandbox(); }
  std::string sandbox_url() const { return server_.url(); }
  const std::filesystem::path& folder() const { return folder_.path(); }
  std::filesystem::path config_file() const { return folder() / "cpaas.yml"; }

  void advance(std::chrono::seconds step);
  // Makes the exporter's wall clock show the sandbox's time from now on.
  void set_exporters_clock();
  // What the exporter's environment needs so that its clock is the sandbox's.
  std::vector<std::string> environment() const;

 private:
  TemporaryFolder folder_;
  sandbox::Server server_;
};

// The path of the program under test.
std::string exporter_program();

// `cpaas_exporter` with these arguments, at the scene's time. `environment` is added to the scene's.
std::unique_ptr<Process> run_exporter(const Scene& scene, const std::vector<std::string>& arguments,
                                      const std::vector<std::string>& environment = {});

// A serving exporter.
class Exporter {
 public:
  // `state` is the file of its ledger. `port`: that of an exporter before it; 0: any free one.
  explicit Exporter(Scene& scene, const std::vector<std::string>& arguments = {},
                    const std::string& state = "state.db", const std::vector<std::string>& environment = {},
                    int port = 0);

  // False if it ended or the time was over before it listened.
  bool wait_until_listening(milliseconds at_most = seconds(30));
  int port() const { return port_; }
  Received get(const std::string& path, const std::string& headers = {}) const;
  Received reload() const;
  Page scrape() const { return parse_page(get("/metrics").body); }
  // Scrapes until `condition(page)` holds.
  template <class Condition>
  bool shows(const Condition& condition, milliseconds at_most = seconds(30)) const {
    return within(at_most, [&] { return condition(scrape()); });
  }
  Process& process() { return *process_; }

 private:
  std::unique_ptr<Process> process_;
  int port_ = 0;
};

// Every endpoint's last poll worked.
bool all_up(const Page& page);

}  // namespace cpaas::end_to_end
