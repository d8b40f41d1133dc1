// Reloads, and when secret files are read again, with files in a folder of the test's own and a clock that is
// moved by hand.
#include "exporter/app/reloader.h"

#include <gmock/gmock.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "described/providers.h"

namespace cpaas::app {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::span<const Collector* const> collectors() {
  static const std::array options{
      Option{.name = "api_key", .kind = OptionKind::secret, .help = "the key", .required = true}};
  static const std::array endpoints{
      Endpoint{.name = "usage",
               .help = "Usage",
               .default_interval = 1min,
               .start = [](const Settings&, const PollStart&) { return std::vector<Call>(1); }}};
  static const Collector acme{"acme", "Acme", "https://api.acme.example", options, endpoints, {}};
  static const std::array all{&acme};
  return all;
}

class HandClock : public Clock {
 public:
  TimePoint now() const override { return TimePoint{time}; }
  SteadyPoint steady() const override { return SteadyPoint{time}; }
  Duration time{1h};
};

// A new file in the place of the old one, as editors and deployments put it there: the inode is another.
void replace(const std::filesystem::path& file, const std::string& text) {
  const std::filesystem::path next = file.string() + ".new";
  std::ofstream(next) << text;
  std::filesystem::rename(next, file);
}

class ReloaderTest : public testing::Test {
 protected:
  ReloaderTest() {
    std::string name = testing::TempDir() + "cpaas_reloader_XXXXXX";
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder = name;
    replace(folder / "key", "first\n");
    replace(config_file(), config("key"));
  }
  ~ReloaderTest() override { std::filesystem::remove_all(folder); }

  std::filesystem::path config_file() const { return folder / "cpaas.yml"; }
  static std::string config(const std::string& key_file, const std::string& more = "") {
    return "accounts: [{name: one, provider: acme, api_key_file: " + key_file + more + "}]\n";
  }
  Reloader reloader() {
    FilesRead files;
    const auto loaded =
        config::load(config_file().string(), collectors(), files.environment(config::system_environment()));
    EXPECT_THAT(loaded.problems, IsEmpty());
    return Reloader(
        {config_file().string(), providers, clock, own_metrics,
         [this](LogLevel, std::string_view message, const LogFields&) { log.emplace_back(message); },
         [this](const std::vector<Account>& accounts) {
           keys.push_back(accounts.front().settings.secret("api_key").reveal());
           intervals.push_back(accounts.front().endpoints.front().interval);
         }},
        std::move(files));
  }

  std::filesystem::path folder;
  config::ListedProviders providers{collectors()};
  HandClock clock;
  OwnMetrics own_metrics{"0"};
  std::vector<std::string> log;
  std::vector<std::string> keys;  // of each configuration that was taken over
  std::vector<std::chrono::seconds> intervals;
};

TEST_F(ReloaderTest, SeesAChangedConfigurationOnce) {
  Reloader reloader = this->reloader();
  EXPECT_FALSE(reloader.files_changed());
  replace(config_file(), config("key", ", interval: 7m"));
  EXPECT_TRUE(reloader.files_changed());
  EXPECT_THAT(reloader.reload(), IsEmpty());
  EXPECT_FALSE(reloader.files_changed());
  EXPECT_THAT(intervals, ElementsAre(7min));
}

TEST_F(ReloaderTest, SeesAnotherDescriptionInAFolder) {
  std::filesystem::create_directory(folder / "described");
  replace(config_file(), "providers: [described]\n" + config("key"));
  described::Providers described;
  FilesRead files;
  const auto environment = files.environment(config::system_environment());
  EXPECT_THAT(config::load(config_file().string(), described, environment).problems, SizeIs(1));
  EXPECT_FALSE(files.folders_changed());
  replace(folder / "described/journal", "");
  EXPECT_FALSE(files.folders_changed());
  replace(folder / "described/more.yml", "");
  EXPECT_TRUE(files.folders_changed());
  std::filesystem::remove(folder / "described/more.yml");
  EXPECT_FALSE(files.folders_changed());
}

TEST_F(ReloaderTest, SeesARotatedSecret) {
  Reloader reloader = this->reloader();
  replace(folder / "key", "again\n");
  EXPECT_TRUE(reloader.files_changed());
  EXPECT_THAT(reloader.reload(), IsEmpty());
  EXPECT_THAT(keys, ElementsAre("again"));
  EXPECT_FALSE(reloader.files_changed());
}

TEST_F(ReloaderTest, SeesALinkThatLeadsElsewhere) {
  // As Kubernetes does it: key -> ..data/key, ..data -> ..version; only ..data is replaced.
  for (const char* version : {"..1", "..2"}) {
    std::filesystem::create_directory(folder / version);
    replace(folder / version / "key", version == std::string_view("..1") ? "first" : "again");
  }
  std::filesystem::remove(folder / "key");
  std::filesystem::create_symlink("..1", folder / "..data");
  std::filesystem::create_symlink("..data/key", folder / "key");
  Reloader reloader = this->reloader();
  EXPECT_FALSE(reloader.files_changed());
  std::filesystem::create_symlink("..2", folder / "..data_tmp");
  std::filesystem::rename(folder / "..data_tmp", folder / "..data");
  EXPECT_TRUE(reloader.files_changed());
  EXPECT_THAT(reloader.reload(), IsEmpty());
  EXPECT_THAT(keys, ElementsAre("again"));
}

TEST_F(ReloaderTest, TriesABadFileOnce) {
  Reloader reloader = this->reloader();
  replace(config_file(), "nonsense");
  EXPECT_THAT(reloader.reload(), SizeIs(1));
  EXPECT_FALSE(reloader.files_changed());
  EXPECT_THAT(keys, IsEmpty());
}

TEST_F(ReloaderTest, SeesASecretThatWasMissing) {
  Reloader reloader = this->reloader();
  replace(config_file(), config("other"));
  EXPECT_THAT(reloader.reload(), ElementsAre(HasSubstr("the file cannot be read")));
  EXPECT_FALSE(reloader.files_changed());
  replace(folder / "other", "there\n");
  EXPECT_TRUE(reloader.files_changed());
  EXPECT_THAT(reloader.reload(), IsEmpty());
  EXPECT_THAT(keys, ElementsAre("there"));
}

TEST_F(ReloaderTest, ReadsSecretsAloneAgain) {
  Reloader reloader = this->reloader();
  reloader.read_secrets();
  EXPECT_THAT(keys, IsEmpty());  // nothing changed
  replace(folder / "key", "again\n");
  replace(config_file(), config("key", ", interval: 7m"));  // not yet to be used
  reloader.read_secrets();
  EXPECT_THAT(keys, ElementsAre("again"));
  EXPECT_NE(intervals.back(), 7min);
  EXPECT_TRUE(reloader.files_changed());  // the configuration, for whoever wants it
}

TEST_F(ReloaderTest, ReadsSecretsOnceAMinuteAtMost) {
  Reloader reloader = this->reloader();
  for (const char* key : {"1", "2", "3"}) {
    replace(folder / "key", key);
    reloader.read_secrets();
    clock.time += 59s;
    reloader.read_secrets();
    clock.time += 1s;
  }
  EXPECT_THAT(keys, ElementsAre("1", "2", "3"));
  replace(folder / "key", "4");
  reloader.read_secrets();
  replace(folder / "key", "5");
  reloader.read_secrets();
  EXPECT_EQ(keys.back(), "4");
  clock.time += 1min;
  reloader.read_secrets();
  EXPECT_EQ(keys.back(), "5");
}

TEST_F(ReloaderTest, GoesOnWithTheOldSecretsWhereTheNewAreBad) {
  Reloader reloader = this->reloader();
  replace(folder / "key", "\n");
  reloader.read_secrets();
  EXPECT_THAT(keys, IsEmpty());
  EXPECT_THAT(log, ElementsAre("the secrets were not read again"));
  reloader.read_secrets();
  EXPECT_THAT(log, SizeIs(1));  // once
  replace(folder / "key", "good");
  reloader.read_secrets();
  EXPECT_THAT(keys, ElementsAre("good"));
}

TEST_F(ReloaderTest, ReadsTheSecretsOfTheConfigurationThatRunsAfterABadOne) {
  Reloader reloader = this->reloader();
  replace(config_file(), "nonsense");
  EXPECT_THAT(reloader.reload(), SizeIs(1));
  replace(folder / "key", "again");
  reloader.read_secrets();
  EXPECT_THAT(keys, ElementsAre("again"));
}

}  // namespace
}  // namespace cpaas::app
