#include "exporter/app/init.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/config.h"
#include "described/providers.h"
#include "exporter/core/families.h"

namespace cpaas::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace fs = std::filesystem;

std::vector<CollectorRef> shipped() {
  static described::Providers providers;
  return providers.shipped();
}

// A provider that needs nothing but an API key, and tells of quotas.
const std::string with_key = [] {
  for (const CollectorRef& each : shipped()) {
    const bool key_alone = std::ranges::all_of(each->options, [](const Option& option) {
      return !option.required || (option.kind == OptionKind::secret && option.name == "api_key");
    });
    const bool quotas = std::ranges::any_of(
        each->sources, [](const Source& source) { return source.family == &families::quota_used; });
    if (key_alone && quotas && !each->options.empty()) return std::string(each->name);
  }
  return std::string();
}();

// One with credentials of two kinds.
const std::string with_scope = [] {
  for (const CollectorRef& each : shipped()) {
    if (!each->options.empty() && each->options.front().name == "scope") return std::string(each->name);
  }
  return std::string();
}();

class Init : public testing::Test {
 protected:
  Init() : folder_(mkdtemp(std::string("/tmp/cpaas_init_XXXXXX").data())) {
    line_.action = Action::init;
    line_.config_file = (folder_ / "cpaas.yml").string();
  }
  ~Init() override { fs::remove_all(folder_); }

  bool run(const std::string& input, bool is_terminal = false) {
    std::istringstream in(input);
    std::ostringstream out;
    const bool done = init(line_, {in, out, is_terminal});
    said_ = out.str();
    return done;
  }
  std::string content(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(folder_ / name).rdbuf();
    return text.str();
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& each : fs::directory_iterator(folder_)) names.push_back(each.path().filename());
    return names;
  }
  unsigned mode(const std::string& name) const {
    struct stat status {};
    EXPECT_EQ(stat((folder_ / name).c_str(), &status), 0);
    return status.st_mode & 07777U;
  }
  config::Loaded loaded() const {
    static described::Providers providers;
    return config::load(line_.config_file, providers, config::system_environment());
  }

  fs::path folder_;
  CommandLine line_;
  std::string said_;
};

TEST_F(Init, WritesAFileThatIsGoodAndASecretForItsOwnerAlone) {
  line_.init_provider = with_key;
  line_.init_account = "acme voice";
  ASSERT_TRUE(run("  sk_12345 \r\n")) << said_;
  EXPECT_EQ(content("acme_voice.api_key"), "sk_12345\n");
  EXPECT_EQ(mode("acme_voice.api_key"), 0600U);
  const config::Loaded file = loaded();
  EXPECT_THAT(file.problems, IsEmpty());
  EXPECT_THAT(file.warnings, IsEmpty());
  EXPECT_EQ(file.config.accounts.at(0).settings.account, "acme voice");
  EXPECT_EQ(file.config.accounts.at(0).settings.secret("api_key").reveal(), "sk_12345");
  EXPECT_THAT(content("cpaas.yml"), AllOf(HasSubstr("# thresholds:\n"), HasSubstr("#   quota_ratio:"),
                                          Not(HasSubstr("#   runway:")), Not(HasSubstr("12345"))));
  EXPECT_THAT(said_, Not(HasSubstr("12345")));
}

// What is written for any provider is read without a mistake, once what it asks for is said.
TEST_F(Init, KnowsEveryProvider) {
  described::Providers providers;
  for (const CollectorRef& each : providers.shipped()) {
    line_.init_provider = std::string(each->name);
    line_.force = true;
    std::string answers;
    for (const Option& option : each->options) {
      if (!option.required || option.kind == OptionKind::secret) continue;
      const bool choice = !option.choices.empty();
      answers += (choice                                ? std::string(option.choices.front())
                  : option.kind == OptionKind::currency ? "EUR"
                                                        : "x1") +
                 "\n";
    }
    EXPECT_TRUE(run("\n" + answers + "key1\nkey2\nkey3\n", true)) << each->name << said_;
    EXPECT_THAT(loaded().problems, IsEmpty()) << each->name;
  }
}

TEST_F(Init, AsksForWhatIsNotSaid) {
  EXPECT_FALSE(run("nobody\n" + with_scope + "\nacme\n", true)) << "it ended before all was said";
  EXPECT_THAT(files(), IsEmpty());
  EXPECT_THAT(said_, AllOf(HasSubstr(with_key), HasSubstr("unknown provider 'nobody'"),
                           HasSubstr("Name of the account, for the `account` label [" + with_scope + "]: "),
                           HasSubstr("partner or account")));
}

TEST_F(Init, IsCompleteWithAnswersAlone) {
  ASSERT_TRUE(run(with_scope + "\n\naccount\nMA_1\ntoken\n", true)) << said_;
  const Account account = loaded().config.accounts.at(0);
  EXPECT_EQ(account.settings.account, with_scope);
  EXPECT_EQ(account.settings.text("scope"), "account");
  EXPECT_EQ(account.settings.secret("auth_token").reveal(), "token");
}

TEST_F(Init, TellsWhatIsMissingWhereNobodyCanBeAsked) {
  EXPECT_FALSE(run("key\n"));
  EXPECT_THAT(said_, AllOf(HasSubstr("--provider=NAME"), HasSubstr(with_key)));
  line_.init_provider = with_scope;
  EXPECT_FALSE(run("key\n"));
  EXPECT_THAT(said_, AllOf(HasSubstr("--set scope="), HasSubstr("--set auth_id=")));
  line_.init_provider = with_key + "e";
  EXPECT_FALSE(run("key\n"));
  EXPECT_THAT(said_, HasSubstr("did you mean '" + with_key + "'?"));
  line_.init_provider = with_key;
  EXPECT_FALSE(run(""));
  EXPECT_THAT(said_, AllOf(HasSubstr("api_key_file=FILE"), HasSubstr("standard input")));
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(Init, RefusesKeysThatArePastedWrongly) {
  line_.init_provider = with_key;
  const std::vector<std::pair<std::string, std::string>> pasted{
      {"Bearer sk_12345", "give the key alone, the rest is added"},
      {"\"sk_12345\"", "stands in quotes, which are sent with it; take them away"},
      {"sk_1 2345", "has a blank in it; give the key alone"},
      {"${KEY12345}", "looks like a placeholder"},
      {"", "is empty"},
      {"sk_\x01"
       "12345",
       "control character"},
  };
  for (const auto& [key, cure] : pasted) {
    EXPECT_FALSE(run(key + "\n")) << key;
    EXPECT_THAT(said_, AllOf(HasSubstr("'api_key"), HasSubstr(cure), Not(HasSubstr("2345")))) << key;
    EXPECT_THAT(files(), IsEmpty());
  }
}

TEST_F(Init, AsksAgainForAKeyThatIsPastedWrongly) {
  line_.init_provider = with_key;
  ASSERT_TRUE(run("\nBearer sk_12345\nsk_12345\n", true)) << said_;
  EXPECT_THAT(said_, HasSubstr("give the key alone"));
  EXPECT_EQ(content(with_key + ".api_key"), "sk_12345\n");
}

TEST_F(Init, TakesTheCredentialsPlaceInstead) {
  line_.init_provider = with_key;
  line_.init_keys = {"api_key_file=own.key", "interval=5m"};
  std::ofstream(folder_ / "own.key") << "sk_1\n";
  ASSERT_TRUE(run("")) << said_;
  EXPECT_EQ(loaded().config.accounts.at(0).settings.secret("api_key").reveal(), "sk_1");
  EXPECT_THAT(files(), testing::UnorderedElementsAre("cpaas.yml", "own.key"));
}

TEST_F(Init, TakesNoSecretFromTheCommandLine) {
  line_.init_provider = with_key;
  line_.init_keys = {"api_key=sk_12345"};
  EXPECT_FALSE(run("sk_12345\n"));
  EXPECT_THAT(said_,
              AllOf(HasSubstr("seen by others"), HasSubstr("api_key_file=FILE"), Not(HasSubstr("12345"))));
}

TEST_F(Init, TellsEveryMistakeBeforeItWrites) {
  line_.init_provider = with_key;
  line_.init_keys = {"intervall=5m", "timeout=1parsec"};
  EXPECT_FALSE(run("sk_1\n"));
  EXPECT_THAT(said_, AllOf(HasSubstr("intervall"), HasSubstr("'interval'"), HasSubstr("'timeout' must be")));
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(Init, WarnsOfAnIdOfAnotherScope) {
  line_.init_provider = with_scope;
  line_.init_keys = {"scope=account", "auth_id=PA_1"};
  ASSERT_TRUE(run("token\n"));
  EXPECT_THAT(said_, HasSubstr("begins with PA_, which belongs to scope partner"));
}

TEST_F(Init, OverwritesNothingUnlessForced) {
  line_.init_provider = with_key;
  ASSERT_TRUE(run("sk_1\n"));
  EXPECT_FALSE(run("sk_2\n"));
  EXPECT_THAT(said_, AllOf(HasSubstr("cpaas.yml is there already"), HasSubstr("--force")));
  fs::remove(folder_ / "cpaas.yml");
  EXPECT_FALSE(run("sk_2\n"));
  EXPECT_THAT(said_, HasSubstr(with_key + ".api_key is there already"));
  EXPECT_EQ(content(with_key + ".api_key"), "sk_1\n");
  line_.force = true;
  fs::permissions(folder_ / (with_key + ".api_key"), fs::perms::all);
  ASSERT_TRUE(run("sk_3\n"));
  EXPECT_EQ(content(with_key + ".api_key"), "sk_3\n");
  EXPECT_EQ(mode(with_key + ".api_key"), 0600U);
}

TEST_F(Init, WritesAllOrNothing) {
  line_.init_provider = with_key;
  line_.init_owner = "nobody-of-this-name";
  EXPECT_FALSE(run("sk_1\n"));
  EXPECT_THAT(said_, HasSubstr("there is no user 'nobody-of-this-name'"));
  line_.init_owner.clear();
  line_.config_file = "/proc/self/cpaas.yml";  // not even root may
  EXPECT_FALSE(run("sk_1\n"));
  EXPECT_THAT(said_, HasSubstr("cannot be written: "));
  line_.config_file = (folder_ / "missing/cpaas.yml").string();
  EXPECT_FALSE(run("sk_1\n"));
  EXPECT_THAT(said_, HasSubstr("make it: mkdir -p"));
  EXPECT_THAT(files(), IsEmpty());
}

}  // namespace
}  // namespace cpaas::app
