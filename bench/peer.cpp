// A program to compare scrapes with: as many gauges as it is told in prometheus-cpp's registry, behind its
// own web server. usage: peer SERIES HOST:PORT
#include <prometheus/exposer.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const auto registry = std::make_shared<prometheus::Registry>();
  constexpr std::size_t family_count = 20;
  std::array<prometheus::Family<prometheus::Gauge>*, family_count> families{};
  for (std::size_t i = 0; i < family_count; ++i) {
    families[i] = &prometheus::BuildGauge()
                       .Name("peer_family_" + std::to_string(i))
                       .Help("A sentence about what this family counts")
                       .Register(*registry);
  }
  const std::size_t series = std::strtoul(arguments[1], nullptr, 10);
  for (std::size_t i = 0; i < series; ++i) {
    const std::string user = std::to_string(i / family_count);
    families[i % family_count]
        ->Add({{"provider", "peer"}, {"account", "main"}, {"direction", "inbound"}, {"user_id", user}})
        .Set(static_cast<double>(i) * 0.5);
  }
  prometheus::Exposer exposer(arguments[2], 2);
  exposer.RegisterCollectable(registry);
  pause();
}
