// SPDX-License-Identifier: Apache-2.0
// The smallest server that speaks HTTP: one thread, one answer a connection.
#include <arpa/inet.h>
#include <csignal>
#include <cstdio>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace {

std::string answer(const std::string& request) {
  const bool found = request.starts_with("GET / ");
  const std::string body = found ? "hello, world\n" : "not found\n";
  return std::string("HTTP/1.1 ") + (found ? "200 OK" : "404 Not Found") +
         "\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

void serve(int client) {
  std::string request;
  char buffer[4096];
  while (request.find("\r\n\r\n") == std::string::npos && request.size() < 65536) {
    const ssize_t got = read(client, buffer, sizeof buffer);
    if (got <= 0) return;
    request.append(buffer, static_cast<size_t>(got));
  }
  const std::string reply = answer(request);
  for (size_t sent = 0; sent < reply.size();) {
    const ssize_t put = write(client, reply.data() + sent, reply.size() - sent);
    if (put <= 0) return;
    sent += static_cast<size_t>(put);
  }
}

}  // namespace

int main() {
  // PID 1 has no default action for signals: without a handler `docker stop` would have to kill it.
  struct sigaction stop {};
  stop.sa_handler = [](int) { _exit(0); };
  sigaction(SIGTERM, &stop, nullptr);
  signal(SIGPIPE, SIG_IGN);

  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(8080);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 64) != 0) {
    std::perror("hello-server: cannot listen on port 8080");
    return 1;
  }
  for (;;) {
    const int client = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    serve(client);
    close(client);
  }
}
