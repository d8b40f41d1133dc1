#include "tests/end_to_end/support/scene.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>

namespace cpaas::end_to_end {

std::string accounts_yaml(const std::string& url, std::string_view interval, std::string_view timeout) {
  const sandbox::Credentials keys{1};
  return "defaults: {interval: " + std::string(interval) + ", timeout: " + std::string(timeout) +
         ", stale_after: 100, requests_per_minute: 60000}\n"
         "accounts:\n"
         "  - name: campaigns\n    provider: tingting\n    base_url: " +
         url + "/tingting/api/v1\n    api_token: " + keys.tingting_token +
         "\n  - name: reseller\n    provider: vobiz\n    base_url: " + url +
         "/vobiz\n    scope: partner\n    auth_id: " + keys.vobiz_partner_id +
         "\n    auth_token: " + keys.vobiz_partner_token + "\n    endpoints: {analytics: false}" +
         "\n  - name: platform\n    provider: teli\n    base_url: " + url +
         "/teli\n    organization_ids: all\n    api_key: " + keys.teli_key +
         "\n  - name: agents\n    provider: agentphone\n    base_url: " + url +
         "/agentphone\n    api_key: " + keys.agentphone_key + "\n";
}

std::string accounts_yaml_with_window(const std::string& url, std::string_view interval,
                                      std::string_view window) {
  std::string text = accounts_yaml(url, interval);
  return text.insert(text.find("stale_after"), "window: " + std::string(window) + ", ");
}

sandbox::SandboxOptions sandbox_options(std::uint64_t seed) {
  sandbox::SandboxOptions options;
  options.seed = seed;
  options.customers = 6;
  options.history_days = 35;
  return options;
}

std::vector<std::string> customers_of(const Json& truth) {
  std::vector<std::string> ids;
  for (const auto& [id, customer] : truth.at("vobiz").at("customers").items()) ids.push_back(id);
  return ids;
}

void hold_top_ups(sandbox::Sandbox& sandbox) {
  sandbox.apply({.name = "hold_top_ups", .provider = "tingting"});
  for (const std::string& id : customers_of(sandbox.truth())) {
    sandbox.apply({.name = "hold_top_ups", .provider = "vobiz", .entity = id});
  }
}

namespace {

sandbox::ServerOptions server_options(std::uint64_t seed) {
  sandbox::ServerOptions options;
  options.sandbox = sandbox_options(seed);
  options.threads = 24;
  return options;
}

}  // namespace

Scene::Scene(std::uint64_t seed, std::string_view interval) : server_(server_options(seed)) {
  hold_top_ups(sandbox());
  write_file(config_file(), accounts_yaml(sandbox_url(), interval));
  set_exporters_clock();
}

void Scene::advance(std::chrono::seconds step) {
  sandbox().advance(step);
  set_exporters_clock();
}

// Written over the file, not into a new one: running exporters have it mapped.
void Scene::set_exporters_clock() {
  const auto real = std::chrono::system_clock::now().time_since_epoch();
  const std::chrono::nanoseconds shift = server_.sandbox().now().time_since_epoch() - real;
  const std::int64_t offset = shift.count();
  std::string bytes(sizeof offset, '\0');
  std::copy_n(reinterpret_cast<const char*>(&offset), sizeof offset, bytes.data());
  const std::filesystem::path file = folder() / "clock";
  if (!std::filesystem::exists(file)) write_file(file, std::string(sizeof offset, '\0'));
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary) << bytes;
}

std::vector<std::string> Scene::environment() const {
  return {"SHIFTED_CLOCK=" + (folder() / "clock").string(), "LD_PRELOAD=" + std::string(CPAAS_PRELOADED),
          "ASAN_OPTIONS=verify_asan_link_order=0"};
}

std::string exporter_program() {
  return std::string(CPAAS_BINARY_DIR) + "/cpaas_exporter";
}

std::unique_ptr<Process> run_exporter(const Scene& scene, const std::vector<std::string>& arguments,
                                      const std::vector<std::string>& environment) {
  std::vector<std::string> command{exporter_program()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = scene.environment();
  variables.insert(variables.end(), environment.begin(), environment.end());
  return std::make_unique<Process>(command, scene.folder() / "exporter", variables);
}

Exporter::Exporter(Scene& scene, const std::vector<std::string>& arguments, const std::string& state,
                   const std::vector<std::string>& environment, int port) {
  std::vector<std::string> all{"--config.file=" + scene.config_file().string(),
                               "--web.listen-address=127.0.0.1:" + std::to_string(port),
                               "--web.enable-lifecycle",
                               "--state.url=sqlite:" + (scene.folder() / state).string()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  scene.set_exporters_clock();
  process_ = run_exporter(scene, all, environment);
}

bool Exporter::wait_until_listening(milliseconds at_most) {
  return within(at_most,
                [&] {
                  const std::string log = process_->errors();
                  const auto line = log.find("listening");
                  const auto port = log.find_first_of("0123456789", log.find("port", line));
                  const auto end = log.find('\n', port);
                  if (line == std::string::npos || port == std::string::npos || end == std::string::npos) {
                    return process_->wait(std::chrono::microseconds(0)).has_value();
                  }
                  port_ = std::atoi(log.c_str() + port);
                  return true;
                }) &&
         port_ != 0;
}

Received Exporter::get(const std::string& path, const std::string& headers) const {
  return sandbox::test::request(port_, "GET", path, {}, headers);
}

Received Exporter::reload() const {
  return sandbox::test::request(port_, "POST", "/-/reload");
}

bool all_up(const Page& page) {
  const std::size_t endpoints = count_of(page, "cpaas_up");
  return endpoints > 0 && sum_of(page, "cpaas_up") == static_cast<double>(endpoints);
}

}  // namespace cpaas::end_to_end
