// SPDX-License-Identifier: Apache-2.0
#include "slim/verify/reduce.hpp"

#include <algorithm>
#include <numeric>
#include <set>

namespace slim::verify {
namespace {

class Reducer {
 public:
  explicit Reducer(const ReduceRequest& request)
      : request_(request), order_(request.parts.size()), without_(request.parts.size()),
        tried_at_(request.parts.size()) {
    result_.verdicts.assign(request.parts.size(), Verdict::undecided);
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::stable_sort(order_.begin(), order_.end(), [&](size_t a, size_t b) {
      return parts()[a].groups < parts()[b].groups;
    });
  }

  Result<Reduction> run() {
    SLIM_CHECK(take_over_known());
    SLIM_CHECK(shrink(0, order_.size(), 0));
    // A part that was needed may have been so only for another that went after it.
    for (bool again = true; again && !stopped_;) {
      SLIM_TRY(again, try_singly());
    }
    result_.complete = !stopped_;
    return std::move(result_);
  }

 private:
  const std::vector<Part>& parts() const { return request_.parts; }

  Result<void> take_over_known() {
    if (request_.known.size() != parts().size()) return {};
    std::vector<size_t> gone;
    for (size_t part = 0; part < parts().size(); ++part)
      if (request_.known[part] == Verdict::removed) gone.push_back(part);
    SLIM_TRY(const bool works, gone.empty() ? Result<bool>(true) : works_without(gone));
    if (!works) return {};  // what was learnt no longer holds
    for (size_t part = 0; part < parts().size(); ++part)
      if (request_.known[part] == Verdict::needed) note_needed(part);
    return remove(gone);
  }

  // Decides the parts order_[begin, end), which share their groups up to `depth`.
  Result<void> shrink(size_t begin, size_t end, size_t depth) {
    const auto open = undecided(begin, end);
    if (open.empty() || out_of_time()) return {};
    SLIM_TRY(const bool works, works_without(open));
    if (works) return remove(open);
    if (open.size() == 1) {
      note_needed(open.front());
      return request_.decided(result_);
    }
    while (shares_group(begin, end, depth)) ++depth;
    const size_t middle = split(begin, end, depth);
    SLIM_CHECK(shrink(begin, middle, depth));
    return shrink(middle, end, depth);
  }

  // Whether another round is worth it.
  Result<bool> try_singly() {
    bool removed_one = false;
    for (const size_t part : order_) {
      if (result_.verdicts[part] != Verdict::needed || tried_at_[part] == removals_) continue;
      if (out_of_time()) return false;
      SLIM_TRY(const bool works, works_without({part}));
      if (works) {
        SLIM_CHECK(remove({part}));
        removed_one = true;
      } else {
        note_needed(part);
      }
    }
    return removed_one;
  }

  std::vector<size_t> undecided(size_t begin, size_t end) const {
    std::vector<size_t> open;
    for (size_t at = begin; at < end; ++at)
      if (result_.verdicts[order_[at]] == Verdict::undecided) open.push_back(order_[at]);
    return open;
  }

  bool shares_group(size_t begin, size_t end, size_t depth) const {
    const auto& first = parts()[order_[begin]].groups;
    const auto& last = parts()[order_[end - 1]].groups;  // sorted: all between share it, too
    return depth < first.size() && depth < last.size() && first[depth] == last[depth];
  }

  // The border between two groups that is nearest to the middle; the middle where there is none.
  size_t split(size_t begin, size_t end, size_t depth) const {
    const size_t middle = begin + (end - begin) / 2;
    const auto border = [&](size_t at) {
      const auto& before = parts()[order_[at - 1]].groups;
      const auto& after = parts()[order_[at]].groups;
      if (depth >= before.size() || depth >= after.size()) return before.size() != after.size();
      return before[depth] != after[depth];
    };
    for (size_t away = 0; away < end - begin; ++away) {
      if (middle + away < end && border(middle + away)) return middle + away;
      if (middle >= away && middle - away > begin && border(middle - away)) return middle - away;
    }
    return middle;
  }

  Result<bool> works_without(const std::vector<size_t>& more) {
    std::vector<bool> without = without_;
    for (const size_t part : more) without[part] = true;
    // The right half after the left one went is the whole once more.
    if (failed_.contains(without)) return false;
    SLIM_TRY(const bool works, request_.works(without));
    if (!works) failed_.insert(std::move(without));
    return works;
  }

  Result<void> remove(const std::vector<size_t>& gone) {
    for (const size_t part : gone) {
      without_[part] = true;
      result_.verdicts[part] = Verdict::removed;
    }
    removals_ += gone.size();
    return request_.decided(result_);
  }

  void note_needed(size_t part) {
    result_.verdicts[part] = Verdict::needed;
    tried_at_[part] = removals_;
  }

  bool out_of_time() { return stopped_ = stopped_ || request_.out_of_time(); }

  const ReduceRequest& request_;
  std::vector<size_t> order_;
  std::vector<bool> without_;
  std::vector<size_t> tried_at_;  // the number of removals at which a needed part was tried last
  std::set<std::vector<bool>> failed_;
  size_t removals_ = 0;
  bool stopped_ = false;
  Reduction result_;
};

}  // namespace

Result<Reduction> reduce(const ReduceRequest& request) { return Reducer(request).run(); }

}  // namespace slim::verify
