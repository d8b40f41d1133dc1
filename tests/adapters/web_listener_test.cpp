#include "exporter/adapters/web_listener.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>

#include "tests/adapters/sockets.h"
#include "tests/adapters/tls.h"

namespace cpaas::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

FileDescriptor connect_to_v6(std::uint16_t port) {
  FileDescriptor socket(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  address.sin6_addr = in6addr_loopback;
  return connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0
             ? std::move(socket)
             : FileDescriptor{};
}

FileDescriptor connect_to_path(const std::string& path) {
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy(path, address.sun_path);
  return connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0
             ? std::move(socket)
             : FileDescriptor{};
}

bool has_ipv6() {
  return listen_on("[::1]:0").has_value();
}

TEST(ListenAddress, GoodOnesHaveNoProblem) {
  for (const char* each : {"127.0.0.1:0", ":10777", "localhost:80", "[::1]:65535", "[::]:1",
                           "[fe80::1%eth0]:80", "unix:/run/a.sock", "exporter-1.example.org:443"}) {
    EXPECT_EQ(listen_address_problem(each), std::nullopt) << each;
  }
}

TEST(ListenAddress, BadOnesAreExplained) {
  const std::vector<std::pair<std::string, std::string>> bad{
      {"", "it must be HOST:PORT"},
      {"10777", "it must be HOST:PORT"},
      {"localhost", "it must be HOST:PORT"},
      {"[::1]", "it must be HOST:PORT"},
      {"::1:10777", "must stand in brackets"},
      {"localhost:", "the port must be a number"},
      {"localhost:http", "the port must be a number"},
      {"localhost:80s", "the port must be a number"},
      {"localhost:-1", "the port must be a number"},
      {"localhost:+1", "the port must be a number"},
      {"localhost:65536", "the port must be a number"},
      {":99999999999999999999", "the port must be a number"},
      {":0,127.0.0.1:0", "must stand in brackets"},
      {"a,b:80", "a character that none has"},
      {"http://localhost:80", "must stand in brackets"},
      {"a b:80", "a character that none has"},
      {"unix:run/a.sock", "must be whole"},
      {"unix:", "must be whole"},
      {"unix:/" + std::string(200, 'a'), "too long"},
  };
  for (const auto& [address, why] : bad) {
    ASSERT_TRUE(listen_address_problem(address)) << address;
    EXPECT_THAT(*listen_address_problem(address), HasSubstr(why)) << address;
    EXPECT_THAT(listen_on(address).error().message, StartsWith("cannot listen on ")) << address;
  }
}

TEST(Listener, ListensOnOneIpv4Address) {
  const auto listener = listen_on("127.0.0.2:0").value();
  EXPECT_TRUE(connect_to(listener.port(), 0x7F000002));
  EXPECT_FALSE(connect_to(listener.port()));
}

TEST(Listener, WithoutAHostItTakesBothFamilies) {
  const auto listener = listen_on(":0").value();
  EXPECT_TRUE(connect_to(listener.port()));
  EXPECT_TRUE(!has_ipv6() || connect_to_v6(listener.port()));
}

TEST(Listener, ListensOnIpv6) {
  if (!has_ipv6()) GTEST_SKIP() << "this machine has no IPv6";
  const auto listener = listen_on("[::1]:0").value();
  EXPECT_TRUE(connect_to_v6(listener.port()));
  EXPECT_FALSE(connect_to(listener.port()));
}

TEST(Listener, AnAddressInUseIsNamed) {
  const auto first = listen_on("127.0.0.1:0").value();
  const std::string taken = "127.0.0.1:" + std::to_string(first.port());
  EXPECT_EQ(listen_on(taken).error().message, "cannot listen on " + taken + ": Address already in use");
}

TEST(Listener, APathThatIsLeftBehindIsTakenOver) {
  const TemporaryFolder folder;
  const std::string path = folder.file("s").string();
  {
    const auto first = listen_on("unix:" + path).value();
    EXPECT_EQ(first.port(), 0);
    EXPECT_TRUE(connect_to_path(path));
    EXPECT_THAT(listen_on("unix:" + path).error().message, HasSubstr("Address already in use"));
  }
  EXPECT_FALSE(connect_to_path(path));
  const auto second = listen_on("unix:" + path);
  ASSERT_TRUE(second);
  EXPECT_TRUE(connect_to_path(path));
}

TEST(Listener, AFileThatIsNoSocketStays) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("d"));
  EXPECT_FALSE(listen_on("unix:" + folder.file("d").string()));
  EXPECT_TRUE(std::filesystem::is_directory(folder.file("d")));
}

TEST(SystemdSockets, AreMissingWithoutSystemd) {
  EXPECT_THAT(take_systemd_sockets().error().message, AllOf(HasSubstr("systemd"), HasSubstr("LISTEN_FDS")));
}

}  // namespace
}  // namespace cpaas::test
