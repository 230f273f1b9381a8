// Names of a message beside its question's.
#pragma once

#include <cstddef>
#include <span>

#include "parse/observation_batch.h"

namespace rcodescope {

// The name at `at`, in the memory of `names`; empty when it cannot be read. Most names are a part
// of the question's, `question`, which has been read and is then referred to.
NameRef KeepName(std::span<const std::byte> message, size_t at, NameRef question,
                 ObservationBatch& names);

}  // namespace rcodescope
