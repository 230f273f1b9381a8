// The statements by groups of codes: between the files of rcode_texts.
#pragma once

#include "parse/rcode_texts.h"

namespace rcodescope::texts {

std::span<const Statement> OfQuery(size_t code);         // 0–5
std::span<const Statement> OfUpdate(size_t index);       // 6–11
std::span<const Statement> OfSixteen(RcodeSpace space);  // 16
std::span<const Statement> OfExtended(size_t index);     // 17–23

}  // namespace rcodescope::texts
