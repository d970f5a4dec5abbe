// SPDX-License-Identifier: Apache-2.0
#include "container/http.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <mutex>

namespace slim::container {

namespace {

constexpr size_t kMostBody = 2u << 20;

// The rest of a long body is read, so that the server sees an ordinary client, and dropped.
size_t take_body(char* data, size_t size, size_t count, void* context) {
  auto* body = static_cast<std::string*>(context);
  const size_t bytes = size * count;
  body->append(data, std::min(bytes, kMostBody - std::min(kMostBody, body->size())));
  return bytes;
}

std::string text_of(CURL* easy, CURLINFO what) {
  const char* text = nullptr;
  curl_easy_getinfo(easy, what, &text);
  return text != nullptr ? text : "";
}

}  // namespace

struct HttpClient::State {
  CURLM* multi = nullptr;
  CURL* easy = nullptr;
  std::chrono::milliseconds longest_handshake{0};
  ~State() {
    if (easy != nullptr) curl_easy_cleanup(easy);
    if (multi != nullptr) curl_multi_cleanup(multi);
  }

  void set_up(const std::string& url, std::string& body) {
    curl_easy_reset(easy);
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "slim");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");  // the host's proxy knows nothing of this network
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(longest_handshake.count()));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }

  // Runs the transfer to its end or `until`; whether it ended.
  Result<bool> drive(const Interrupt& interrupt, std::chrono::steady_clock::time_point until) {
    for (;;) {
      int running = 0;
      curl_multi_perform(multi, &running);
      if (running == 0) return true;
      SLIM_CHECK(interrupt.check());
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(
          until - std::chrono::steady_clock::now());
      if (left.count() <= 0) return false;
      curl_waitfd extra = {interrupt.fd(), CURL_WAIT_POLLIN, 0};
      const auto timeout = static_cast<int>(std::min<int64_t>(left.count(), 60'000));
      curl_multi_poll(multi, &extra, interrupt.fd() >= 0 ? 1 : 0, timeout, nullptr);
    }
  }

  CURLcode outcome() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left))
      if (message->msg == CURLMSG_DONE) return message->data.result;
    return CURLE_OK;
  }
};

HttpClient::HttpClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

Result<HttpClient> HttpClient::create(std::chrono::milliseconds longest_handshake) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  auto state = std::make_unique<State>();
  state->multi = curl_multi_init();
  state->easy = curl_easy_init();
  state->longest_handshake = longest_handshake;
  if (state->multi == nullptr || state->easy == nullptr)
    return fail(ErrorCode::internal, "cannot set up an HTTP client");
  return HttpClient(std::move(state));
}

Result<HttpAnswer> HttpClient::get(const std::string& url, const Interrupt& interrupt,
                                   std::chrono::steady_clock::time_point until) {
  HttpAnswer answer;
  state_->set_up(url, answer.body);
  curl_multi_add_handle(state_->multi, state_->easy);
  const auto ended = state_->drive(interrupt, until);
  const CURLcode code = state_->outcome();
  if (ended) {
    answer.timed_out = !*ended;
    if (code != CURLE_OK) answer.error = curl_easy_strerror(code);
    if (answer.timed_out) answer.error = "timed out";
    curl_easy_getinfo(state_->easy, CURLINFO_RESPONSE_CODE, &answer.status);
    answer.content_type = text_of(state_->easy, CURLINFO_CONTENT_TYPE);
    answer.redirect = text_of(state_->easy, CURLINFO_REDIRECT_URL);
  }
  curl_multi_remove_handle(state_->multi, state_->easy);
  if (!ended) return tl::unexpected<Error>(ended.error());
  return answer;
}

}  // namespace slim::container
