// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <deque>
#include <set>

#include "container/http.hpp"
#include "container/links.hpp"
#include "container/network.hpp"
#include "slim/container/probe.hpp"

namespace slim::container {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// A page takes no longer; a port that says nothing for that long does not speak HTTP.
constexpr seconds kLongestRequest{10};
// Who takes longer to be connected to, from the same machine, does not speak TLS, and waits for the end
// of a line.
constexpr seconds kLongestHandshake{2};
// Pauses before a server that says that it will serve later is asked again.
constexpr milliseconds kLater[] = {milliseconds(100),  milliseconds(200),  milliseconds(400),
                                   milliseconds(800),  milliseconds(1600), milliseconds(3200)};

bool is_temporary(long status) { return status >= 502 && status <= 504; }

class Crawler {
 public:
  Crawler(HttpClient client, const Container& container, const CrawlSpec& spec,
          const Interrupt& interrupt, Deadline deadline)
      : client_(std::move(client)),
        container_(container),
        patient_(spec.patient),
        left_(spec.max_requests),
        interrupt_(interrupt),
        deadline_(deadline) {}

  Result<void> port(uint16_t number) {
    const std::string place = "://localhost:" + std::to_string(number) + "/";
    SLIM_TRY(const HttpAnswer plain, get_when_ready("http" + place));
    // A server of TLS answers plain HTTP with an alert or with status 400 in clear text.
    if (!plain.timed_out && (plain.status == 0 || plain.status == 400)) {
      SLIM_TRY(const HttpAnswer tls, get_when_ready("https" + place));
      if (tls.status != 0) return follow("https" + place, tls);
    }
    if (plain.status != 0) return follow("http" + place, plain);
    return {};
  }

  CrawlResult take() { return std::move(result_); }

 private:
  bool is_over() const {
    return left_ == 0 || (deadline_ && steady_clock::now() >= *deadline_);
  }

  Result<HttpAnswer> get(const std::string& url) {
    if (is_over()) return HttpAnswer();
    --left_;
    auto until = steady_clock::now() + kLongestRequest;
    if (deadline_) until = std::min(until, *deadline_);
    return client_.get(url, interrupt_, until);
  }

  Result<HttpAnswer> get_when_ready(const std::string& url) {
    SLIM_TRY(HttpAnswer answer, get(url));
    for (const milliseconds pause : kLater) {
      if (!patient_ || !is_temporary(answer.status)) break;
      SLIM_TRY(const auto ended,
               wait_readable({container_.init_pidfd().get()}, interrupt_, steady_clock::now() + pause));
      if (ended || (deadline_ && steady_clock::now() >= *deadline_)) break;
      ++left_;  // it is the same request
      SLIM_TRY(answer, get(url));
    }
    return answer;
  }

  // Only what did speak HTTP is counted: other ports have no part in the crawl.
  void count(const std::string& url, const HttpAnswer& answer) {
    ++result_.requests;
    result_.any_http |= answer.status != 0;
    if (answer.status == 0 || answer.status >= 500 || !answer.error.empty()) ++result_.failures;
    result_.pages[url] = answer.error.empty() ? answer.status : 0;
  }

  void enqueue(const std::string& url) {
    if (seen_.insert(url).second) queue_.push_back(url);
  }

  void enqueue_links(const std::string& url, const HttpAnswer& answer) {
    if (!answer.redirect.empty()) {
      const std::string target = same_origin(answer.redirect, url);
      if (!target.empty()) enqueue(target);
    }
    if (answer.content_type.find("html") == std::string::npos) return;
    for (const auto& link : same_origin_links(answer.body, url)) enqueue(link);
  }

  Result<void> follow(const std::string& root, const HttpAnswer& first) {
    seen_.insert(root);
    count(root, first);
    enqueue_links(root, first);
    while (!queue_.empty() && !is_over()) {
      const std::string url = queue_.front();
      queue_.pop_front();
      SLIM_TRY(const HttpAnswer answer, get(url));
      count(url, answer);
      enqueue_links(url, answer);
    }
    queue_.clear();
    return {};
  }

  HttpClient client_;
  const Container& container_;
  const bool patient_;
  unsigned left_;
  const Interrupt& interrupt_;
  Deadline deadline_;
  CrawlResult result_;
  std::deque<std::string> queue_;
  std::set<std::string> seen_;
};

}  // namespace

Result<CrawlResult> crawl(const Container& container, const std::vector<uint16_t>& ports,
                          const CrawlSpec& spec, const Interrupt& interrupt, Deadline deadline) {
  CrawlResult result;
  SLIM_CHECK(in_network_namespace(container.network_namespace(), [&]() -> Result<void> {
    SLIM_TRY(HttpClient client, HttpClient::create(kLongestHandshake));
    Crawler crawler(std::move(client), container, spec, interrupt, deadline);
    for (const uint16_t port : ports) SLIM_CHECK(crawler.port(port));
    result = crawler.take();
    return {};
  }));
  return result;
}

}  // namespace slim::container
