#include "exporter/adapters/web_stream.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace cpaas {
namespace {

Moved moved(ssize_t count, Moved::Kind otherwise) {
  if (count > 0) return {Moved::Kind::bytes, static_cast<std::size_t>(count)};
  const bool wait = count < 0 && (errno == EAGAIN || errno == EINTR);
  return {wait ? otherwise : Moved::Kind::over};
}

}  // namespace

Moved PlainStream::read(char* to, std::size_t size) {
  return moved(recv(socket_, to, size, 0), Moved::Kind::wait_to_read);
}

Moved PlainStream::write(std::string_view first, std::string_view second) {
  constexpr std::size_t at_once = 1024 * 1024;  // so that one large page holds nobody else up
  second = second.substr(0, at_once);
  // The system's interface lacks a const.
  std::array<iovec, 2> parts{
      {{const_cast<char*>(first.data()), first.size()}, {const_cast<char*>(second.data()), second.size()}}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  return moved(sendmsg(socket_, &message, MSG_NOSIGNAL), Moved::Kind::wait_to_write);
}

void PlainStream::end_of_output() {
  shutdown(socket_, SHUT_WR);
}

}  // namespace cpaas
