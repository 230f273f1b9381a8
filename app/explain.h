// The explain command: what response codes mean.
#pragma once

#include "app/exit_code.h"
#include "app/options.h"

namespace rcodescope {

// To be printed: the codes that `options` name, or the list of all. kUsage where a word is no
// code's.
Outcome Explain(const ExplainOptions& options);

}  // namespace rcodescope
