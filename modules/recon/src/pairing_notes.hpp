#pragma once

#include "tieout/recon/compare.hpp"

namespace tieout::recon {

/// Say in each finding of orders and fills what its row was matched with on the other side, and by
/// which rule of docs/formats/matching.md, or why nothing goes with it.
///
/// Rule:    all orders (fills) of both runs are matched by the options that match_fills has unless
///          it is told otherwise; nothing is read where no finding needs it. Trades that cannot be
///          read or matched (a quantity of zero, an id that occurs twice) leave the notes as they
///          are.
void add_pairing_notes(const runlog::RunSource& left, const runlog::RunSource& right,
                       Comparison& comparison);

}  // namespace tieout::recon
