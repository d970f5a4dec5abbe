// SPDX-License-Identifier: Apache-2.0
#include "slim/verify/reduce.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace slim;
using namespace slim::verify;

namespace {

using Names = std::set<std::string>;

// A thing of parts that works as a predicate over the names of those left says.
struct Thing {
  ReduceRequest request;
  std::function<bool(const Names& left)> predicate;
  unsigned asked = 0;

  void part(const std::string& name, std::vector<std::string> groups = {}) {
    request.parts.push_back({name, std::move(groups)});
  }
  Names left_of(const std::vector<bool>& without) const {
    Names left;
    for (size_t i = 0; i < without.size(); ++i)
      if (!without[i]) left.insert(request.parts[i].name);
    return left;
  }
  // The names of those that stay.
  Names reduced(bool complete = true) {
    request.works = [this](const std::vector<bool>& without) -> Result<bool> {
      ++asked;
      return predicate(left_of(without));
    };
    const auto result = reduce(request);
    REQUIRE(result);
    CHECK(result->complete == complete);
    Names left;
    for (size_t i = 0; i < request.parts.size(); ++i)
      if (result->verdicts[i] != Verdict::removed) left.insert(request.parts[i].name);
    return left;
  }
};

bool has(const Names& left, const Names& wanted) {
  return std::includes(left.begin(), left.end(), wanted.begin(), wanted.end());
}

}  // namespace

TEST_CASE("what is needed stays and the rest goes", "[reduce]") {
  Thing thing;
  for (int i = 0; i < 40; ++i) thing.part("part" + std::to_string(i), {i < 20 ? "a" : "b"});
  thing.predicate = [](const Names& left) { return has(left, {"part3", "part17", "part31"}); };
  CHECK(thing.reduced() == Names{"part3", "part17", "part31"});
}

TEST_CASE("a group that nobody needs costs one question", "[reduce]") {
  Thing thing;
  for (int i = 0; i < 1000; ++i) thing.part("doc" + std::to_string(i), {"doc"});
  thing.predicate = [](const Names&) { return true; };
  CHECK(thing.reduced().empty());
  CHECK(thing.asked == 1);
}

TEST_CASE("groups are split where they end, whatever the order they are given in", "[reduce]") {
  Thing thing;
  for (int i = 0; i < 8; ++i) {
    thing.part("used" + std::to_string(i), {"package", "used"});
    thing.part("never" + std::to_string(i), {"package", "never"});
  }
  std::set<Names> tried;
  thing.predicate = [&](const Names& left) {
    tried.insert(left);
    return has(left, {"used0", "used1", "used2", "used3", "used4", "used5", "used6", "used7"});
  };
  CHECK(thing.reduced().size() == 8);
  // All of "never" at once, before any part of it.
  CHECK(tried.contains({"used0", "used1", "used2", "used3", "used4", "used5", "used6", "used7"}));
  CHECK(thing.asked <= 2 + 16);
}

TEST_CASE("what was needed only for another goes after it", "[reduce]") {
  Thing thing;
  thing.part("library", {"0"});
  thing.part("plugin", {"1"});
  thing.part("program", {"2"});
  // The plugin is not needed, but once there it needs the library.
  thing.predicate = [](const Names& left) {
    return left.contains("program") && (!left.contains("plugin") || left.contains("library"));
  };
  CHECK(thing.reduced() == Names{"program"});
}

TEST_CASE("either of two alternatives is enough", "[reduce]") {
  Thing thing;
  for (const char* name : {"a", "b", "c"}) thing.part(name);
  thing.predicate = [](const Names& left) { return left.contains("a") || left.contains("b"); };
  CHECK(thing.reduced().size() == 1);
}

TEST_CASE("a set that failed is not asked about again", "[reduce]") {
  Thing thing;
  for (int i = 0; i < 30; ++i) thing.part(std::to_string(i));
  std::set<Names> failed;
  thing.predicate = [&](const Names& left) {
    CHECK_FALSE(failed.contains(left));
    const bool works = has(left, {"7", "8", "9", "22"});
    if (!works) failed.insert(left);
    return works;
  };
  CHECK(thing.reduced() == Names{"7", "8", "9", "22"});
}

TEST_CASE("when time runs out, what is not decided stays", "[reduce]") {
  Thing thing;
  for (int i = 0; i < 16; ++i) thing.part(std::to_string(i));
  thing.predicate = [](const Names& left) { return left.contains("15"); };
  thing.request.out_of_time = [&] { return thing.asked >= 2; };
  const Names left = thing.reduced(false);
  CHECK(left.contains("15"));
  CHECK(left.size() < 16);
  CHECK(left.size() > 1);
}

TEST_CASE("an earlier reduction is gone on from, its removals tried again first", "[reduce]") {
  Thing thing;
  for (const char* name : {"a", "b", "c", "d"}) thing.part(name);
  thing.request.known = {Verdict::removed, Verdict::needed, Verdict::removed, Verdict::undecided};
  std::vector<Names> tried;
  SECTION("they still hold") {
    thing.predicate = [&](const Names& left) {
      tried.push_back(left);
      return left.contains("b");
    };
    CHECK(thing.reduced() == Names{"b"});
    CHECK(tried.front() == Names{"b", "d"});
  }
  SECTION("they do not hold any more") {
    thing.predicate = [&](const Names& left) {
      tried.push_back(left);
      return left.contains("a");
    };
    CHECK(thing.reduced() == Names{"a"});
  }
}

TEST_CASE("an error ends the reduction", "[reduce]") {
  ReduceRequest request;
  request.parts = {{"a", {}}};
  request.works = [](const std::vector<bool>&) -> Result<bool> {
    return fail(ErrorCode::interrupted, "interrupted");
  };
  const auto result = reduce(request);
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == ErrorCode::interrupted);
}

TEST_CASE("nothing to take away is complete at once", "[reduce]") {
  Thing thing;
  thing.predicate = [](const Names&) { return true; };
  CHECK(thing.reduced().empty());
  CHECK(thing.asked == 0);
}
