// Where the serving program can be asked besides an address of its own: sockets that systemd opened, and a
// path.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "tests/end_to_end/support/scene.h"

namespace cpaas::end_to_end {
namespace {

using testing::HasSubstr;

// A socket on loopback that listens, for a child to inherit.
class Listening {
 public:
  Listening() : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(fd_, reinterpret_cast<const sockaddr*>(&address), size) != 0 || listen(fd_, 16) != 0 ||
        getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(address.sin_port);
  }
  ~Listening() { close(fd_); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

  int port() const { return port_; }
  std::string descriptor() const { return std::to_string(fd_); }

 private:
  int fd_;
  int port_ = 0;
};

// As systemd does it: descriptors from 3 on, and the variables, LISTEN_PID among them, which only the child
// knows. The first socket was opened first, so that it is not in the way of the second.
std::unique_ptr<Process> activated(const Scene& scene, const Listening& web, const Listening& health) {
  constexpr const char* as_systemd =
      R"(exec 3<&"$1" 4<&"$2"; shift 2; LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=web:health exec "$@")";
  return std::make_unique<Process>(
      std::vector<std::string>{"bash", "-c", as_systemd, "bash", web.descriptor(), health.descriptor(),
                               exporter_program(), "--config.file=" + scene.config_file().string(),
                               "--state.url=memory:", "--web.systemd-socket"},
      scene.folder(), scene.environment());
}

int health_of(const Scene& scene, const std::vector<std::string>& arguments, std::string* said = nullptr) {
  std::vector<std::string> all{"health"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const auto process = run_exporter(scene, all);
  const int status = process->wait(seconds(60)).value_or(-1);
  if (said != nullptr) *said = process->errors();
  return status;
}

TEST(Health, IsAskedWhereItListens) {
  Scene scene;
  const std::string path = "unix:" + (scene.folder() / "web.sock").string();
  Exporter exporter(scene, {"--web.listen-address=" + path});
  ASSERT_TRUE(exporter.wait_until_listening()) << exporter.process().errors();
  const std::string here = "127.0.0.1:" + std::to_string(exporter.port());
  ASSERT_TRUE(exporter.shows(all_up));
  EXPECT_EQ(health_of(scene, {"--web.listen-address=" + here}), 0);
  EXPECT_EQ(health_of(scene, {"--web.listen-address=:" + std::to_string(exporter.port()), "--ready"}), 0);
  EXPECT_EQ(health_of(scene, {"--web.listen-address=" + path}), 0);
  EXPECT_EQ(health_of(scene, {"--web.listen-address=127.0.0.1:1", "--web.health-address=" + here}), 0);
}

TEST(Health, TellsWhyItIsNotThere) {
  Scene scene;
  std::string said;
  EXPECT_EQ(health_of(scene, {"--web.listen-address=127.0.0.1:1"}, &said), 1);
  EXPECT_THAT(said, HasSubstr("127.0.0.1:1: Connection refused"));
  EXPECT_EQ(health_of(scene, {"--web.listen-address=unix:/nowhere/web.sock"}, &said), 1);
  EXPECT_THAT(said, HasSubstr("No such file"));
  EXPECT_EQ(health_of(scene, {"--web.listen-address=" + scene.sandbox_url().substr(7)}, &said), 1);
  EXPECT_THAT(said, HasSubstr("/-/healthy answered: HTTP/1.1 404"));
}

TEST(SystemdSockets, AreAnsweredOn) {
  Scene scene;
  const Listening web;
  const Listening health;
  const auto process = activated(scene, web, health);
  // The kernel took the connection before the program was there; nothing has to be waited for.
  const Received page = sandbox::test::request(web.port(), "GET", "/metrics");
  EXPECT_EQ(page.status, 200) << process->errors();
  EXPECT_THAT(page.body, HasSubstr("cpaas_exporter_build_info"));
  EXPECT_EQ(sandbox::test::request(health.port(), "GET", "/-/healthy").status, 200);
  EXPECT_EQ(sandbox::test::request(health.port(), "GET", "/metrics").status, 404);
  EXPECT_THAT(process->errors(), HasSubstr("systemd:web"));
  process->signal(SIGTERM);
  EXPECT_EQ(process->wait(seconds(10)), 0) << process->errors();
}

TEST(UnixSocket, IsAnsweredOn) {
  Scene scene;
  const std::string path = (scene.folder() / "s").string();
  Exporter exporter(scene, {"--web.listen-address=unix:" + path});
  ASSERT_TRUE(exporter.wait_until_listening()) << exporter.process().errors();
  const sandbox::test::Connection connection(path);
  connection.send_text(sandbox::test::request_text("GET", "/metrics"));
  const Received page = connection.receive();
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("cpaas_exporter_build_info"));
}

}  // namespace
}  // namespace cpaas::end_to_end
