// The web server's event loop: listening sockets, connections and the threads that serve them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "exporter/adapters/file_descriptor.h"
#include "exporter/adapters/web_connection.h"
#include "exporter/adapters/web_server.h"

namespace cpaas {

// All threads wait on one epoll set, where each connection is armed for one event at a time: whichever thread
// is free serves it, so a slow handler holds up nobody but its own client.
class WebServer::Loop {
 public:
  Loop(std::vector<FileDescriptor> listeners, WebHandler handler, Log log, const WebServerOptions& options);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // False: errno says why. May throw std::system_error when no thread can be had.
  bool start();
  std::vector<std::uint16_t> ports() const;

 private:
  void run();
  void wait_and_serve(WebWorker& worker, int timeout);
  void finish_responses();
  bool any_unsent();

  bool watch(int operation, int socket, std::uint32_t events);
  bool is_listener(int socket) const;
  void accept_from(int listener);
  bool admit(FileDescriptor socket);
  void make_room();
  void serve(int socket, WebWorker& worker);
  WebConnection* find(int socket);
  void close(int socket);
  WebResponse answer(const WebRequest& request) const;

  int time_to_sweep();
  void sweep();
  bool overdue(const WebConnection::Progress& progress) const;
  std::int64_t limit(WebConnection::Phase phase) const;

  const WebHandler handler_;
  const WebHandler guarded_;  // the handler, but it does not throw
  const Log log_;
  const WebServerOptions options_;
  const std::int64_t sweep_interval_;  // milliseconds
  const FileDescriptor epoll_;
  const FileDescriptor stop_event_;
  const std::vector<FileDescriptor> listeners_;
  std::mutex mutex_;  // for the table; a connection itself belongs to the thread that serves it
  std::unordered_map<int, std::unique_ptr<WebConnection>> connections_;
  std::atomic<std::int64_t> next_sweep_ = 0;
  std::atomic<std::int64_t> stopped_at_ = 0;  // steady milliseconds; 0 while running
  std::vector<std::thread> threads_;
};

}  // namespace cpaas
