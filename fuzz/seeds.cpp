// fuzz_seeds FOLDER: writes the first inputs of each target: the tests' documents, and a few by hand.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "collectors/registry.h"

namespace {

using namespace cpaas;
namespace fs = std::filesystem;

const fs::path source = CPAAS_SOURCE_DIR;

std::string read_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class Corpus {
 public:
  explicit Corpus(fs::path folder) : folder_(std::move(folder)) { fs::create_directories(folder_); }
  void add(const std::string& text) {
    std::ofstream(folder_ / ("seed" + std::to_string(count_++)), std::ios::binary) << text;
  }

 private:
  fs::path folder_;
  int count_ = 0;
};

// Each document of a provider, to the endpoint that its name begins with.
void write_collectors(Corpus corpus) {
  char index = 0;
  for (const Collector* collector : collectors()) {
    for (const Endpoint& endpoint : collector->endpoints) {
      for (const auto& file :
           fs::directory_iterator(source / "tests/collectors/testdata" / collector->name)) {
        const std::string name = file.path().filename().string();
        const bool fits = name.starts_with(endpoint.name) && name.ends_with(".json");
        for (const char variant : {'\0', '\1'}) {
          if (fits) corpus.add(std::string{index, variant} + read_file(file.path()));
        }
      }
      ++index;
    }
  }
}

void write_config(Corpus corpus) {
  corpus.add(read_file(source / "config/example.yml"));
  for (const auto& file : fs::directory_iterator(source / "tests/config/invalid")) {
    if (file.path().extension() == ".yml") corpus.add(read_file(file.path()));
  }
}

// Each description that is shipped, with one of its answers.
void write_description(Corpus corpus) {
  for (const ShippedDescription& each : shipped_descriptions()) {
    for (const auto& file : fs::directory_iterator(source / "tests/collectors/testdata" / each.name)) {
      if (file.path().extension() == ".json")
        corpus.add(std::string(each.text) + '\0' + read_file(file.path()));
    }
  }
}

void write_response(Corpus corpus) {
  corpus.add(std::string{'\0'} + "\n{\"data\":[]}");
  corpus.add(std::string{'\x0c', '\2'} + "120\n\n{\"error\":{\"message\":\"slow down\"}}");
  corpus.add(std::string{'\x0e', '\2'} + "Wed, 21 Oct 2026 07:28:00 GMT\n" + std::string{'\0'} +
             "Wed, 21 Oct 2026 07:00:00 GMT\n\n<html>");
  corpus.add(std::string{'\0', '\5'} + "12\n" + std::string{'\6'} + "1780000000\n\n[1,2.5,\"a\",null]");
}

void write_web(Corpus corpus) {
  corpus.add(
      "GET\nmetrics\napplication/openmetrics-text;version=1.0.0;q=0.6,text/plain;q=0.5,*/"
      "*;q=0.1\ngzip;q=0.5");
  corpus.add("GET\n\n*/*\nidentity");
  corpus.add("POST\n-/reload\n\n");
  corpus.add("GET\n-/ready\ntext/plain\ngzip, deflate, br");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const fs::path folder = argv[1];
  write_collectors(Corpus(folder / "collectors_fuzz"));
  write_config(Corpus(folder / "config_fuzz"));
  write_description(Corpus(folder / "description_fuzz"));
  write_response(Corpus(folder / "response_fuzz"));
  write_web(Corpus(folder / "web_fuzz"));
  Corpus(folder / "ledger_fuzz").add(std::string("\4\3\x01\5\2\6\1\7\0\0\x31\x05\x09\1\x02", 15));
  return 0;
}
