#include "exporter/app/pages.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>

#include "exporter/exposition/negotiate.h"

namespace cpaas::app {
namespace {

WebResponse text_response(int status, std::string text) {
  return {.status = status, .body = std::make_shared<const std::string>(std::move(text))};
}

struct Wanted {
  exposition::Format format;
  bool gzip;
};

Wanted wanted(const WebRequest& request, const exposition::Snapshot& snapshot) {
  return {exposition::negotiate_format(request.accept),
          snapshot.has_gzip() && exposition::accepts_gzip(request.accept_encoding)};
}

WebResponse metrics_page(const WebRequest& request, const LatestSnapshot& latest) {
  const auto snapshot = latest.get();
  const auto [format, gzip] = wanted(request, *snapshot);
  return {.status = 200,
          .content_type = std::string(exposition::content_type(format)),
          .body = {snapshot, &snapshot->body(format, gzip)},  // shares the snapshot's ownership: no copy
          .gzipped = gzip,
          .headers = {{"Vary", "Accept, Accept-Encoding"}}};
}

WebResponse landing_page(const std::string& telemetry_path) {
  constexpr std::string_view page = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>cpaas_exporter</title>
<style>body{{font-family:sans-serif;margin:3rem auto;max-width:40rem;line-height:1.5;padding:0 1rem}}</style>
<h1>cpaas_exporter</h1>
<p>Usage, credits and limits of telephony providers for Prometheus. Version {}.</p>
<ul>
<li><a href="{}">Metrics</a></li>
<li><a href="/-/healthy">Healthy</a>: the program runs</li>
<li><a href="/-/ready">Ready</a>: every account was polled once</li>
</ul>
</html>
)";
  WebResponse response = text_response(200, fmt::format(page, CPAAS_VERSION, telemetry_path));
  response.content_type = "text/html; charset=utf-8";
  return response;
}

WebResponse not_allowed(const char* allowed) {
  WebResponse response = text_response(405, "Method not allowed\n");
  response.headers.emplace_back("Allow", allowed);
  return response;
}

// Browsers say so in one of two ways; other clients send neither.
bool from_another_site(const WebRequest& request) {
  if (!request.fetch_site.empty()) {
    return request.fetch_site != "same-origin" && request.fetch_site != "none";
  }
  const auto slashes = request.origin.find("//");
  return !request.origin.empty() &&
         (slashes == std::string_view::npos || request.origin.substr(slashes + 2) != request.host);
}

// Why the request may not change how the program runs; nothing if it may.
std::optional<WebResponse> lifecycle_refusal(const WebRequest& request, const PageSources& sources,
                                             const char* method, std::string_view what) {
  if (request.method != method) return not_allowed(method);
  if (!sources.lifecycle_allowed) {
    return text_response(403, fmt::format("{} by request is not enabled (--web.enable-lifecycle)\n", what));
  }
  if (from_another_site(request)) return text_response(403, "Refused: sent by a page of another site\n");
  return std::nullopt;
}

WebResponse reload_page(const WebRequest& request, const PageSources& sources) {
  if (auto refusal = lifecycle_refusal(request, sources, "POST", "Reloading")) return *refusal;
  const auto problems = sources.reload();
  if (problems.empty()) return text_response(200, "Reloaded\n");
  return text_response(400, fmt::format("{}\n", fmt::join(problems, "\n")));
}

// From "level=debug" in the query or, without one, in the body; nothing else may stand there.
std::optional<LogLevel> wanted_log_level(const WebRequest& request) {
  constexpr std::string_view key = "level=";
  std::string_view text = request.query.empty() ? request.body : request.query;
  text = text.substr(0, text.find_last_not_of("\r\n") + 1);
  if (!text.starts_with(key)) return std::nullopt;
  return log_level_of(text.substr(key.size()));
}

WebResponse log_level_page(const WebRequest& request, const PageSources& sources) {
  if (auto refusal = lifecycle_refusal(request, sources, "PUT", "Another log level")) return *refusal;
  const auto level = wanted_log_level(request);
  if (!level) {
    return text_response(400, fmt::format("Say level=NAME in the query or the body; NAME is one of {}\n",
                                          fmt::join(log_level_names, ", ")));
  }
  sources.set_log_level(*level);
  return text_response(200, fmt::format("Log level: {}\n", name_of(*level)));
}

WebResponse ready_page(const PageSources& sources) {
  return sources.ready() ? text_response(200, "Ready\n")
                         : text_response(503, "Not ready: not every account was polled yet\n");
}

WebResponse answer(const WebRequest& request, const PageSources& sources) {
  if (request.path == "/-/reload") return reload_page(request, sources);
  if (request.path == "/-/log-level") return log_level_page(request, sources);
  const bool known = request.path == sources.telemetry_path || request.path == "/" ||
                     request.path == "/-/healthy" || request.path == "/-/ready";
  if (!known) return text_response(404, "Not found\n");
  if (request.method != "GET") return not_allowed("GET, HEAD");
  if (request.path == sources.telemetry_path) return metrics_page(request, sources.snapshot);
  if (request.path == "/-/healthy") return text_response(200, "Healthy\n");
  return request.path == "/" ? landing_page(sources.telemetry_path) : ready_page(sources);
}

}  // namespace

void LatestSnapshot::set(std::shared_ptr<const exposition::Snapshot> snapshot) {
  const std::lock_guard lock(mutex_);
  snapshot_.swap(snapshot);  // the old one is destroyed after the lock is gone
  first_.notify_all();
}

std::shared_ptr<const exposition::Snapshot> LatestSnapshot::get() const {
  std::unique_lock lock(mutex_);
  first_.wait(lock, [this] { return snapshot_ != nullptr; });
  return snapshot_;
}

bool LatestSnapshot::is_set() const {
  const std::lock_guard lock(mutex_);
  return snapshot_ != nullptr;
}

std::function<bool(const WebRequest&)> slow_pages(const PageSources& sources) {
  return [&sources](const WebRequest& request) {
    if (request.method != "GET") return request.path == "/-/reload";
    if (request.path != sources.telemetry_path) return false;
    if (!sources.snapshot.is_set()) return true;
    const auto snapshot = sources.snapshot.get();
    const auto [format, gzip] = wanted(request, *snapshot);
    return !snapshot->is_quick(format, gzip);
  };
}

WebHandler make_pages(const PageSources& sources) {
  return [&sources](const WebRequest& request) {
    WebResponse response = answer(request, sources);
    const bool known = response.status != 404;
    sources.own_metrics.http_request(known ? request.path : "other", response.status);
    return response;
  };
}

}  // namespace cpaas::app
