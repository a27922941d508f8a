#include "matching_truth.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "tieout/core/random.hpp"

namespace tieout::analytics::test {
namespace {

class Generator {
 public:
  explicit Generator(const TruthOptions& options) : options_(options), rng_(options.seed, 77) {}

  Truth make() {
    for (std::size_t d = 0; d < options_.decisions; ++d) {
      add_decision(d);
    }
    return shuffled();
  }

 private:
  std::size_t below(std::size_t bound) {
    return static_cast<std::size_t>(rng_.uniform(next_++) * static_cast<double>(bound));
  }
  Duration upto(Duration longest) {
    return {static_cast<std::int64_t>(rng_.uniform(next_++) * static_cast<double>(longest.ns))};
  }
  double shares(std::size_t lots) const { return static_cast<double>(lots) * options_.step; }

  Trade trade(std::size_t decision, std::size_t lots, Duration delay) {
    const std::size_t stream = decision % (2 * options_.assets);
    const auto turn = static_cast<std::int64_t>(decision / (2 * options_.assets));
    Trade made;
    made.asset = {static_cast<std::int64_t>(stream / 2)};
    made.time = Timestamp{1'500'000'000'000'000'000} + options_.spacing * turn + delay;
    made.quantity = stream % 2 == 0 ? shares(lots) : -shares(lots);
    made.price = 100 + static_cast<double>(below(1000)) / 100;
    made.id = fmt::format("{}", ids_++);
    return made;
  }

  /// `lots` in `count` parts, one after the other.
  void add_parts(std::vector<Trade>& side, std::vector<std::size_t>& own, std::size_t decision,
                 std::size_t lots, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t left = count - i - 1;
      const std::size_t part = left == 0 ? lots : 1 + below(lots - left);
      lots -= part;
      own.push_back(side.size());
      side.push_back(
          trade(decision, part, seconds(static_cast<std::int64_t>(i)) + upto(milliseconds(900))));
    }
  }

  /// An order that was cancelled, and what replaced it.
  void add_chain(std::vector<Trade>& side, std::vector<std::size_t>& own, std::size_t decision,
                 std::size_t lots) {
    for (const std::size_t part : {lots, 1 + below(lots)}) {
      own.push_back(side.size());
      side.push_back(trade(decision, part, seconds(own.size() == 1 ? 0 : 3)));
      side.back().end = side.back().time + seconds(2);
    }
    side[own.front()].status = TradeStatus::kCancelled;
  }

  void add_decision(std::size_t decision) {
    const std::size_t lots = 1000 + below(1'000'000);
    const Duration skew = upto(options_.skew);
    double kind = rng_.uniform(next_++);
    const auto is_kind = [&](double share) {
      const bool is = kind >= 0 && kind < share;
      kind -= share;
      return is;
    };
    TruePair pair;
    if (is_kind(options_.split)) {
      add_parts(left_, pair.left, decision, lots, 1);
      add_parts(right_, pair.right, decision, lots, 2 + below(4));
    } else if (is_kind(options_.merge)) {
      add_parts(left_, pair.left, decision, lots, 2 + below(4));
      add_parts(right_, pair.right, decision, lots, 1);
    } else if (is_kind(options_.drop)) {
      const bool on_left = below(2) == 0;
      add_parts(on_left ? left_ : right_, on_left ? pair.left : pair.right, decision, lots, 1);
    } else if (is_kind(options_.resized)) {
      add_parts(left_, pair.left, decision, lots, 1);
      add_parts(right_, pair.right, decision, lots + 1 + below(500), 1);
    } else if (is_kind(options_.replaced)) {
      const bool on_left = below(2) == 0;
      add_chain(on_left ? left_ : right_, on_left ? pair.left : pair.right, decision, lots);
      add_parts(on_left ? right_ : left_, on_left ? pair.right : pair.left, decision, lots, 1);
    } else {
      add_parts(left_, pair.left, decision, lots, 1);
      add_parts(right_, pair.right, decision, lots, 1);
    }
    for (const std::size_t i : pair.right) {
      right_[i].time = right_[i].time + skew;
      if (right_[i].end) right_[i].end = *right_[i].end + skew;
    }
    if (!pair.left.empty() && !pair.right.empty()) {
      pairs_.push_back(std::move(pair));
    }
  }

  /// Where each position goes, and the list in that order.
  std::vector<std::size_t> shuffle(std::vector<Trade>& trades) {
    std::vector<std::size_t> order(trades.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = order.size(); i > 1; --i) {
      std::swap(order[i - 1], order[below(i)]);
    }
    std::vector<Trade> moved(trades.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      moved[order[i]] = std::move(trades[i]);
    }
    trades = std::move(moved);
    return order;
  }

  Truth shuffled() {
    const std::vector<std::size_t> left = shuffle(left_);
    const std::vector<std::size_t> right = shuffle(right_);
    for (TruePair& pair : pairs_) {
      for (std::size_t& i : pair.left) i = left[i];
      for (std::size_t& i : pair.right) i = right[i];
      std::ranges::sort(pair.left);
      std::ranges::sort(pair.right);
    }
    std::ranges::sort(pairs_);
    return {std::move(left_), std::move(right_), std::move(pairs_)};
  }

  TruthOptions options_;
  CounterRng rng_;
  std::uint64_t next_ = 0;
  std::size_t ids_ = 0;
  std::vector<Trade> left_, right_;
  std::vector<TruePair> pairs_;
};

}  // namespace

Truth make_truth(const TruthOptions& options) {
  return Generator(options).make();
}

TruthScore score(const MatchResult& result, const Truth& truth) {
  std::size_t evident = 0;
  std::size_t evident_correct = 0;
  std::size_t correct = 0;
  for (const Match& match : result.matches) {
    TruePair pair{match.left, match.right};
    std::ranges::sort(pair.left);
    std::ranges::sort(pair.right);
    const bool is_true = std::ranges::binary_search(truth.pairs, pair);
    const bool is_evident = match.rule != MatchRule::kDrift;
    correct += is_true ? 1 : 0;
    evident += is_evident ? 1 : 0;
    evident_correct += is_true && is_evident ? 1 : 0;
  }
  const auto share = [](std::size_t part, std::size_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
  };
  return {share(correct, result.matches.size()), share(evident_correct, evident),
          share(correct, truth.pairs.size())};
}

}  // namespace tieout::analytics::test
