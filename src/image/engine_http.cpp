// SPDX-License-Identifier: Apache-2.0
#include "image/engine_http.hpp"

#include <curl/curl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "slim/base/fd.hpp"

namespace slim::image {
namespace {

constexpr std::string_view kOurVersion = "1.44";  // of the API; what this code was written against
constexpr size_t kReplyLimit = 64u << 20;         // of a body that is kept in memory

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Multi = std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

std::string percent_encoded(std::string_view text, std::string_view kept) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       kept.find(c) != std::string_view::npos;
    if (plain)
      result += c;
    else
      result += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return result;
}

// "1.41" < "1.9" the right way round.
std::pair<int, int> version_number(std::string_view text) {
  int major = 0, minor = 0;
  if (sscanf(std::string(text).c_str(), "%d.%d", &major, &minor) != 2) return {0, 0};
  return {major, minor};
}

Result<void> check_reachable(const std::string& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path)
    return fail(ErrorCode::unsupported, "the Docker engine's socket path is too long: " + socket);
  std::memcpy(address.sun_path, socket.c_str(), socket.size() + 1);
  // Not blocking: a backlog that is full must not hang slim where no interrupt can end it.
  const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail_errno("socket");
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return {};
  const int error = errno;
  const std::string at = " at unix://" + socket + ": ";
  if (error == EACCES || error == EPERM)
    return fail(ErrorCode::permission, "no right to use the Docker engine" + at + strerror(error) +
                                           " (be root or in the socket's group)");
  return fail(ErrorCode::unsupported, "no Docker engine is reachable" + at + strerror(error) +
                                          " (is it running? DOCKER_HOST names another socket)");
}

}  // namespace

// One request on its way. libcurl's callbacks are C: they leave an error here and stop the
// transfer.
struct EngineHttp::Transfer {
  Sink sink;
  Producer producer;
  uint64_t upload_size = 0;
  std::string content_type;

  CURL* easy = nullptr;
  HttpReply reply;
  std::optional<Error> error;

  static size_t on_body(char* data, size_t, size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    long status = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    if (transfer.sink && status >= 200 && status < 300) {
      auto taken = transfer.sink(std::as_bytes(std::span(data, size)));
      if (taken) return size;
      transfer.error = std::move(taken).error();
      return 0;
    }
    if (transfer.reply.body.size() + size > kReplyLimit) {
      transfer.error = Error(ErrorCode::io, "the Docker engine's answer is too long");
      return 0;
    }
    transfer.reply.body.append(data, size);
    return size;
  }

  static size_t on_upload(char* data, size_t, size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    auto produced = transfer.producer(std::as_writable_bytes(std::span(data, size)));
    if (produced) return *produced;
    transfer.error = std::move(produced).error();
    return CURL_READFUNC_ABORT;
  }
};

namespace {

// Runs the transfer, and gives up the moment the interrupt fires.
Result<CURLcode> drive(CURL* easy, const Interrupt& interrupt) {
  const Multi multi(curl_multi_init(), &curl_multi_cleanup);
  if (!multi || curl_multi_add_handle(multi.get(), easy) != CURLM_OK)
    return fail(ErrorCode::internal, "libcurl cannot be set up");
  struct Detach {
    CURLM* multi;
    CURL* easy;
    ~Detach() { curl_multi_remove_handle(multi, easy); }
  } const detach{multi.get(), easy};

  curl_waitfd stop{};
  stop.fd = interrupt.fd();
  stop.events = CURL_WAIT_POLLIN;
  for (;;) {
    int running = 0;
    if (const CURLMcode code = curl_multi_perform(multi.get(), &running); code != CURLM_OK)
      return fail(ErrorCode::io, curl_multi_strerror(code));
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left))
      if (message->msg == CURLMSG_DONE) return message->data.result;
    SLIM_CHECK(interrupt.check());
    if (curl_multi_poll(multi.get(), &stop, stop.fd >= 0 ? 1 : 0, 60'000, nullptr) != CURLM_OK)
      return fail(ErrorCode::io, "libcurl cannot wait");
  }
}

}  // namespace

Result<HttpReply> EngineHttp::perform(const char* method, const std::string& path,
                                      Transfer& transfer) const {
  // Once in a process and before its first handle: initialisation is not safe from several threads.
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  const Easy easy(initialised == CURLE_OK ? curl_easy_init() : nullptr, &curl_easy_cleanup);
  if (!easy) return fail(ErrorCode::internal, "libcurl cannot be set up");
  transfer.easy = easy.get();
  const std::string version = api_version_.empty() ? "" : "/v" + api_version_;
  const std::string url = "http://docker" + version + path;
  Headers headers(nullptr, &curl_slist_free_all);
  const auto add_header = [&](const std::string& line) {
    headers.reset(curl_slist_append(headers.release(), line.c_str()));
  };
  curl_easy_setopt(easy.get(), CURLOPT_UNIX_SOCKET_PATH, socket_.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy.get(), CURLOPT_BUFFERSIZE, 512L << 10);
  curl_easy_setopt(easy.get(), CURLOPT_UPLOAD_BUFFERSIZE, 512L << 10);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &transfer);
  if (transfer.producer) {
    curl_easy_setopt(easy.get(), CURLOPT_READFUNCTION, &Transfer::on_upload);
    curl_easy_setopt(easy.get(), CURLOPT_READDATA, &transfer);
    curl_easy_setopt(easy.get(), CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_INFILESIZE_LARGE,
                     static_cast<curl_off_t>(transfer.upload_size));
    add_header("Content-Type: " + transfer.content_type);
    // The engine never answers 100-continue; waiting for it costs a second.
    add_header("Expect:");
  } else if (std::string_view(method) == "POST") {
    curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDSIZE, 0L);
    curl_easy_setopt(easy.get(), CURLOPT_POST, 1L);
  }
  curl_easy_setopt(easy.get(), CURLOPT_CUSTOMREQUEST, method);
  if (headers) curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());

  SLIM_TRY(const CURLcode code, drive(easy.get(), *interrupt_));
  if (transfer.error) return tl::unexpected<Error>(std::move(*transfer.error));
  if (code != CURLE_OK)
    return fail(ErrorCode::io, "the Docker engine at unix://" + socket_ + " broke off " + method +
                                   " " + path + ": " + curl_easy_strerror(code));
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &transfer.reply.status);
  return std::move(transfer.reply);
}

std::string HttpReply::message() const {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_object())
    if (const auto found = json.find("message"); found != json.end() && found->is_string())
      return found->get<std::string>();
  return body.empty() ? "HTTP status " + std::to_string(status) : body.substr(0, 1000);
}

Result<std::string> engine_socket() {
  constexpr std::string_view kUnix = "unix://";
  if (const char* host = getenv("DOCKER_HOST"); host && *host) {
    const std::string_view text(host);
    if (text.starts_with(kUnix)) return std::string(text.substr(kUnix.size()));
    if (text.starts_with('/')) return std::string(text);
    return fail(ErrorCode::unsupported, "DOCKER_HOST=" + std::string(text) +
                                            " is not a unix socket; slim talks to local engines "
                                            "(docker save makes a file of a remote image)");
  }
  const std::string standard = "/var/run/docker.sock";
  const char* runtime = getenv("XDG_RUNTIME_DIR");
  if (::access(standard.c_str(), F_OK) != 0 && runtime && *runtime) {
    const std::string rootless = std::string(runtime) + "/docker.sock";
    if (::access(rootless.c_str(), F_OK) == 0) return rootless;
  }
  return standard;
}

Result<EngineHttp> EngineHttp::connect(const std::string& socket, const Interrupt& interrupt) {
  SLIM_CHECK(check_reachable(socket));
  EngineHttp engine(socket, interrupt);
  SLIM_TRY(const HttpReply reply, engine.get("/version"));
  const auto json = nlohmann::json::parse(reply.body, nullptr, false);
  const auto field = [&](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (!reply.ok() || !json.is_object() || field("ApiVersion").empty())
    return fail(ErrorCode::unsupported,
                "what listens at unix://" + socket + " is not a Docker engine");
  const std::string newest = field("ApiVersion"), oldest = field("MinAPIVersion");
  engine.api_version_ = kOurVersion;
  if (version_number(newest) < version_number(engine.api_version_)) engine.api_version_ = newest;
  if (version_number(oldest) > version_number(engine.api_version_)) engine.api_version_ = oldest;
  return engine;
}

Result<HttpReply> EngineHttp::get(const std::string& path) const {
  Transfer transfer;
  return perform("GET", path, transfer);
}

Result<HttpReply> EngineHttp::post(const std::string& path) const {
  Transfer transfer;
  return perform("POST", path, transfer);
}

Result<HttpReply> EngineHttp::download(const std::string& path, const Sink& sink) const {
  Transfer transfer;
  transfer.sink = sink;
  return perform("GET", path, transfer);
}

Result<HttpReply> EngineHttp::upload(const std::string& path, const std::string& content_type,
                                     uint64_t size, const Producer& producer) const {
  Transfer transfer;
  transfer.producer = producer;
  transfer.upload_size = size;
  transfer.content_type = content_type;
  return perform("POST", path, transfer);
}

std::string url_path(std::string_view text) { return percent_encoded(text, "-._~/:@"); }
std::string url_value(std::string_view text) { return percent_encoded(text, "-._~/:@"); }

}  // namespace slim::image
