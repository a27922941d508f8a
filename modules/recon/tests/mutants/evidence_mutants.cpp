#include <array>

#include "campaign.hpp"

namespace tieout::recon::mutants {
namespace {

using runlog::JournalEntry;
using test::Draws;

Mutant config_leaf(Subject& subject, Draws& draws) {
  config::Config& config = subject.right.config;
  switch (draws.below(5)) {
    case 0:
      config.declare({"dag_config", "zscore", "tau"}, 32.0 + 1 + draws.normal());
      return {"the value of a leaf"};
    case 1:
      config.declare({"dag_config", "zscore", "tau"}, 32);
      return {"the type of a leaf"};
    case 2:
      config.declare({"dag_config", "zscore", "another"}, true);
      return {"one leaf more"};
    case 3:
      config.declare({"dag_config", "predict", "weights"}, config::List{2.0, 1.0});
      return {"the order of a list"};
    default:
      config.declare({"trading_period"}, "5t");
      return {"the case of a text"};
  }
}

Mutant identity(Subject& subject, Draws& draws) {
  runlog::Manifest& manifest = subject.right.manifest;
  switch (draws.below(4)) {
    case 0:
      manifest.start_state = "other";
      return {"the start state"};
    case 1:
      manifest.universe.pop_back();
      return {"the universe"};
    case 2:
      manifest.bar = minutes(1);
      return {"the bar"};
    default:
      manifest.constructor += "_2";
      return {"the constructor"};
  }
}

Mutant market_read(Subject& subject, Draws& draws) {
  auto& bar = subject.right.bars[draws.below(subject.right.bars.size())];
  JournalEntry& read = bar.journal[draws.below(2) == 0 ? 1 : 3];
  switch (draws.below(4)) {
    case 0:
      read.content.high ^= 1ULL << draws.below(64);
      return {"content of a read"};
    case 1:
      read.content.low ^= 1ULL << draws.below(64);
      return {"content of a read"};
    case 2:
      read.row_count += 1;
      return {"rows of a read"};
    default: {
      const JournalEntry again = read;
      bar.journal.push_back(again);
      return {"one read more"};
    }
  }
}

Mutant decision(Subject& subject, Draws& draws) {
  auto& bar = subject.right.bars[draws.below(subject.right.bars.size())];
  JournalEntry& entry = bar.journal.front();
  if (draws.below(2) == 0) {
    entry.laggards.push_back(test::kBtc);
    return {"a laggard"};
  }
  entry.outcome = runlog::BarOutcome::kPartial;
  return {"the outcome of a decision"};
}

/// Two runs without a bar: nothing differs, and nothing may pass.
Mutant no_common_bar(Subject& subject, Draws&) {
  subject.left.bars.clear();
  subject.right.bars.clear();
  return {"no bar at all", Verdict::kInconclusive};
}

constexpr std::array kFamilies{
    Family{"evidence.config", 3, config_leaf},    Family{"evidence.identity", 2, identity},
    Family{"evidence.read", 3, market_read},      Family{"evidence.decision", 2, decision},
    Family{"evidence.nothing", 1, no_common_bar},
};

}  // namespace

std::span<const Family> evidence_families() {
  return kFamilies;
}

}  // namespace tieout::recon::mutants
