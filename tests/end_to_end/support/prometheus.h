// A real Prometheus that scrapes an exporter, and what it recorded of the ledger's counters.
#pragma once

#include <map>
#include <string>

#include "tests/end_to_end/support/page.h"
#include "tests/end_to_end/support/process.h"

namespace cpaas::end_to_end {

class Prometheus {
 public:
  // Scrapes 127.0.0.1:`exporters_port` five times a second from now on. Its files are in `folder`. Throws
  // when it does not start.
  Prometheus(const std::filesystem::path& folder, int exporters_port);

  // Waits until the newest samples are the page's ledger counters. False if that does not happen.
  bool follows(const Page& page) const;

  // By series, written as in a Page but with labels in order: how far the raw samples rose since it began.
  // As Prometheus does it, a sample below the one before is a reset and counts from 0.
  std::map<std::string, double> increases() const;
  // Series of ledger counters for which resets() over all time is not 0.
  std::size_t series_with_resets() const;

 private:
  std::string query(const std::string& expression) const;  // the JSON answer

  Process process_;
  int port_ = 0;
};

// The series' text with its labels in order.
std::string in_order(std::string_view series);

}  // namespace cpaas::end_to_end
