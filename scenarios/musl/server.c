// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
// A small HTTP server for musl: who it runs as, what time it is, and a library loaded on demand.
#include <arpa/inet.h>
#include <dlfcn.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int greet(char* out, unsigned long size, const char* who);

static const char* page(const char* path, char* body, unsigned long size) {
  if (strcmp(path, "/") == 0) {
    const struct passwd* user = getpwuid(getuid());
    greet(body, size, user != NULL ? user->pw_name : "nobody");
    return "200 OK";
  }
  if (strcmp(path, "/shout") == 0) {
    void* library = dlopen("libshout.so.1", RTLD_NOW);
    void (*shout)(char*) = library != NULL ? (void (*)(char*))dlsym(library, "shout") : NULL;
    if (shout == NULL) {
      snprintf(body, size, "%s\n", dlerror());
      return "500 Internal Server Error";
    }
    greet(body, size, "world");
    shout(body);
    return "200 OK";
  }
  if (strcmp(path, "/zone") == 0) {
    const time_t zero = 0;
    struct tm there;
    localtime_r(&zero, &there);
    strftime(body, size, "%Z\n", &there);
    return "200 OK";
  }
  snprintf(body, size, "not found\n");
  return "404 Not Found";
}

static void serve(int client) {
  char request[4096] = "", path[256] = "", body[512] = "", reply[1024];
  const ssize_t got = read(client, request, sizeof request - 1);
  if (got <= 0) return;
  sscanf(request, "GET %255s", path);
  const char* status = page(path, body, sizeof body);
  const int length = snprintf(reply, sizeof reply,
                              "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nConnection: close\r\n"
                              "Content-Length: %zu\r\n\r\n%s", status, strlen(body), body);
  if (write(client, reply, (size_t)length) != length) perror("greeting-server: write");
}

static void stop(int number) {
  (void)number;
  _exit(0);
}

int main(void) {
  // PID 1 has no default action for signals.
  signal(SIGTERM, stop);
  signal(SIGPIPE, SIG_IGN);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(8080)};
  if (bind(listener, (struct sockaddr*)&address, sizeof address) != 0 ||
      listen(listener, 64) != 0) {
    perror("greeting-server: cannot listen on port 8080");
    return 1;
  }
  for (;;) {
    const int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0) continue;
    serve(client);
    close(client);
  }
}
