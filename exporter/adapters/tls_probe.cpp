#include "exporter/adapters/tls_probe.h"

#include <algorithm>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>
#include <string_view>

namespace cpaas {
namespace {

// As OpenSSL writes it: "Nov 27 23:59:59 2026 GMT". The epoch if it is not such.
TimePoint time_of(std::string_view text) {
  std::istringstream in{std::string(text)};
  in.imbue(std::locale::classic());
  std::tm parts{};
  in >> std::get_time(&parts, "%b %d %H:%M:%S %Y");
  if (in.fail()) return TimePoint{};
  return TimePoint{std::chrono::seconds{timegm(&parts)}};
}

// "Subject:CN = x" and so on, one a line.
SeenCertificate certificate_of(const curl_slist* lines) {
  SeenCertificate seen;
  for (; lines != nullptr; lines = lines->next) {
    const std::string_view line(lines->data);
    const auto value = [&](std::string_view name) {
      const bool is_it = line.starts_with(name) && line.substr(name.size()).starts_with(':');
      return is_it ? line.substr(name.size() + 1) : std::string_view{};
    };
    if (const auto text = value("Subject"); !text.empty()) seen.subject = text;
    if (const auto text = value("Issuer"); !text.empty()) seen.issuer = text;
    if (const auto text = value("Start date"); !text.empty()) seen.from = time_of(text);
    if (const auto text = value("Expire date"); !text.empty()) seen.until = time_of(text);
  }
  return seen;
}

class Probe {
 public:
  explicit Probe(const CurlLibrary& curl) : curl_(curl), multi_(curl.multi_init()) {}
  ~Probe() {
    for (CURL* easy : handles_) {
      if (easy == nullptr) continue;
      curl_.multi_remove_handle(multi_, easy);
      curl_.easy_cleanup(easy);
    }
    if (multi_ != nullptr) curl_.multi_cleanup(multi_);
  }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  void add(const TlsTarget& target, Duration timeout) {
    CURL* easy = multi_ == nullptr ? nullptr : curl_.easy_init();
    handles_.push_back(easy);
    if (easy == nullptr) return;
    const std::string proxy = target.connection ? target.connection->proxy_url.reveal() : std::string{};
    curl_.easy_setopt(easy, CURLOPT_URL, target.url.c_str());
    curl_.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
    curl_.easy_setopt(easy, CURLOPT_PROXY, proxy.c_str());
    curl_.easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_.easy_setopt(easy, CURLOPT_CERTINFO, 1L);
    curl_.easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);  // to see one that has expired
    curl_.easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_.easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_.easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
    curl_.multi_add_handle(multi_, easy);
  }

  void run() {
    int running = 0;
    constexpr int longest_wait = 1000;
    do {
      if (curl_.multi_perform(multi_, &running) != CURLM_OK) return;
      if (running > 0) curl_.multi_poll(multi_, nullptr, 0, longest_wait, nullptr);
    } while (running > 0);
  }

  std::vector<std::vector<SeenCertificate>> chains() const {
    std::vector<std::vector<SeenCertificate>> result;
    for (CURL* easy : handles_) {
      auto& chain = result.emplace_back();
      curl_certinfo* seen = nullptr;
      if (easy == nullptr || curl_.easy_getinfo(easy, CURLINFO_CERTINFO, &seen) != CURLE_OK) continue;
      for (int i = 0; seen != nullptr && i < seen->num_of_certs; ++i) {
        chain.push_back(certificate_of(seen->certinfo[i]));
      }
    }
    return result;
  }

 private:
  const CurlLibrary& curl_;
  CURLM* multi_;
  std::vector<CURL*> handles_;
};

}  // namespace

std::vector<std::vector<SeenCertificate>> certificates_of(const CurlLibrary& curl,
                                                          const std::vector<TlsTarget>& targets,
                                                          Duration timeout) {
  Probe probe(curl);
  for (const TlsTarget& target : targets) probe.add(target, timeout);
  if (!targets.empty()) probe.run();
  return probe.chains();
}

}  // namespace cpaas
