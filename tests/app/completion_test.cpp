// The scripts that complete the command line; bash's in a real bash.
#include "exporter/app/completion.h"

#include <gmock/gmock.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "exporter/app/command_line.h"

namespace cpaas::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string script_for(const char* shell) {
  const std::array arguments{"cpaas_exporter", "completion", shell};
  testing::internal::CaptureStdout();
  const auto parsed = parse_command_line(static_cast<int>(arguments.size()), arguments.data());
  std::string script = testing::internal::GetCapturedStdout();
  EXPECT_EQ(std::get<Exit>(parsed).status, 0);
  return script;
}

std::string output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer{};
  while (const std::size_t size = fread(buffer.data(), 1, buffer.size(), pipe))
    output.append(buffer.data(), size);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return output;
}

// What bash offers for the last of the words; as bash splits them, "=" is one.
std::string offered(const std::string& words) {
  const std::filesystem::path folder(mkdtemp(std::string("/tmp/cpaas_completion_XXXXXX").data()));
  std::ofstream(folder / "script") << script_for("bash");
  std::ofstream(folder / "run")
      << "set -euo pipefail\nsource \"$1\"\ncompopt() { :; }\nCOMP_WORDS=(cpaas_exporter " << words
      << ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
      << "_cpaas_exporter\necho \" ${COMPREPLY[*]} \"\n";
  std::string output = output_of("bash " + (folder / "run").string() + " " + (folder / "script").string());
  std::filesystem::remove_all(folder);
  return output;
}

TEST(CompletionInBash, OffersCommandsAndOptions) {
  EXPECT_THAT(offered("''"), AllOf(HasSubstr(" serve "), HasSubstr(" check "), HasSubstr(" --config.file "),
                                   Not(HasSubstr(" --strict "))));
  EXPECT_EQ(offered("cat"), " catalogue \n");
}

TEST(CompletionInBash, OffersACommandsOwnOptionsAfterIt) {
  EXPECT_EQ(offered("--log.level = info check --str"), " --strict \n");
  EXPECT_EQ(offered("completion f"), " fish \n");
  EXPECT_THAT(offered("check ''"), Not(HasSubstr(" serve ")));
}

TEST(CompletionInBash, OffersValues) {
  EXPECT_EQ(offered("--log.level ="), " debug info warn error \n");
  EXPECT_EQ(offered("--log.level = w"), " warn \n");
  EXPECT_EQ(offered("--log.level w"), " warn \n");
  EXPECT_EQ(offered("--config.file = /proc/self/cmdl"), " /proc/self/cmdline \n");
  EXPECT_EQ(offered("--web.max-connections = ''"), "  \n");
}

TEST(Completion, QuotesForEveryShell) {
  EXPECT_THAT(script_for("zsh"),
              HasSubstr(R"('*--web.listen-address=[HOST\:PORT, \:PORT, \[IPV6\]\:PORT or)"));
  EXPECT_THAT(script_for("zsh"), HasSubstr(R"(Prometheus'\'' exporter-toolkit]:FILE:_files')"));
  EXPECT_THAT(script_for("fish"),
              HasSubstr(R"(-l web.config.file -r -F -d 'TLS, users, headers and rate limit, in )"
                        R"(the format of Prometheus\' exporter-toolkit')"));
  EXPECT_THAT(script_for("fish"), HasSubstr("-n '__fish_seen_subcommand_from check' -l strict"));
}

}  // namespace
}  // namespace cpaas::app
