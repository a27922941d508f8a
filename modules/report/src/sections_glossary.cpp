#include "tieout/analytics/statistic.hpp"

#include "sections.hpp"

namespace tieout::report {
namespace {

struct Word {
  const char* word;
  const char* meaning;
};

constexpr Word kWords[] = {
    {"cell", "one value of one node's output, or of one table, at one bar"},
    {"break", "a cell that differs; one that stays different in later windows counts once"},
    {"root", "a break of which nothing that it is computed from differs at its bar"},
    {"consequence", "a break that has a root upstream"},
    {"absolute difference", "|prod - sim|"},
    {"relative difference", "|prod - sim| / max(|prod|, |sim|)"},
    {"ulp", "float64 numbers between the two values, plus one: 0 is equal to the bit"},
    {"within", "not equal, but allowed by a rule of the policy"},
    {"waived", "not equal, but covered by a waiver that has not expired"},
    {"coverage", "cells compared under a rule / cells present on at least one side"},
    {"noise floor", "what simulations of the same run differ by: nothing, for a sound strategy"},
    {"bar", "labelled by its end, UTC"},
    {"row", "a time in the output of a node; the output at a bar has the rows of its window"},
    {"known", "when a row of market data could first be read"},
    {"as of", "the time up to which a side knew rows when it decided a bar"},
    {"faithful replay", "the simulation reads what production knew when it decided"},
    {"nominal replay", "the simulation reads the last version of every row"},
    {"IDENTICAL", "every cell was compared and is equal to the bit"},
    {"EQUIVALENT", "every difference is within a rule of the policy"},
    {"EXPLAINED", "every difference that is left has a proven cause or a live waiver"},
    {"DIVERGED", "a difference is left"},
    {"INCONCLUSIVE", "something could not be compared"},
};

TableBlock words_table() {
  TableBlock table;
  table.caption = "Words";
  table.columns = {{"word"}, {"what it means", Align::kNote}};
  for (const Word& word : kWords) table.rows.push_back({word.word, word.meaning});
  return table;
}

TableBlock statistics_table() {
  TableBlock table;
  table.caption = "Statistics: the formula of each, and what a NaN does";
  table.columns = {{"statistic", Align::kCode},
                   {"unit"},
                   {"formula and convention", Align::kNote},
                   {"NaN", Align::kNote}};
  for (const analytics::StatisticInfo& info : analytics::statistic_catalogue()) {
    table.rows.push_back({std::string(info.group) + "." + std::string(info.name),
                          std::string(info.unit), std::string(info.convention),
                          std::string(info.nulls)});
  }
  return table;
}

}  // namespace

Result<Blocks> glossary_section(const Facts&) {
  return Blocks{words_table(), Fold{"Formula of every statistic", {statistics_table()}}};
}

}  // namespace tieout::report
