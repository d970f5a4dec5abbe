// SPDX-License-Identifier: Apache-2.0
// Which traces go together, and which are enough to make something of.
#include "cli/traces.hpp"

#include <catch2/catch.hpp>

using namespace slim;
using namespace slim::cli;

TEST_CASE("an image is the same by its config, wherever it is kept") {
  const ImageIdentity registry{"sha256:a", "sha256:c"}, engine{"sha256:c", "sha256:c"};
  const ImageIdentity other{"sha256:a", "sha256:d"}, old{"sha256:a", ""}, unknown;
  CHECK(same_image(registry, engine));
  CHECK_FALSE(same_image(registry, other));
  CHECK(same_image(registry, old));
  CHECK_FALSE(same_image(engine, old));
  CHECK_FALSE(same_image(unknown, unknown));
  CHECK_FALSE(same_image(unknown, registry));
}

TEST_CASE("a trace of another image, or of nobody knows which, is refused with the reason") {
  trace::Trace trace;
  trace.image_digest = "sha256:a";
  CHECK(require_image(trace, "t.json", {"sha256:a", ""}, "app:1"));
  const auto other = require_image(trace, "t.json", {"sha256:b", ""}, "app:1");
  REQUIRE_FALSE(other);
  CHECK(other.error().text().find("t.json is of another image (sha256:a)") != std::string::npos);
  trace.image_digest.clear();
  const auto unknown = require_image(trace, "t.json", {"sha256:b", ""}, "app:1");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code() == ErrorCode::usage);
  CHECK(unknown.error().text().find("does not say") != std::string::npos);
}

TEST_CASE("a trace without the start is enough where only a part is asked for") {
  trace::Trace trace;
  Options options;
  CHECK(accept_trace(options, trace, Coverage::whole).value() == "");
  trace.covers_start = false;
  CHECK(accept_trace(options, trace, Coverage::part).value() == "");
  const auto whole = accept_trace(options, trace, Coverage::whole);
  REQUIRE_FALSE(whole);
  CHECK(whole.error().code() == ErrorCode::trace_incomplete);
  CHECK(whole.error().text().find("lacks the start") != std::string::npos);
  trace.incomplete = {"events were lost"};
  CHECK_FALSE(accept_trace(options, trace, Coverage::part));
  options.allow_incomplete = true;
  const auto warning = accept_trace(options, trace, Coverage::whole).value();
  CHECK(warning.find("events were lost; it lacks the start") != std::string::npos);
}
