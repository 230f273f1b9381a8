// What reports and pages may tell of clients, and of the names that they ask for.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "aggregate/pseudonyms.h"
#include "app/options.h"

namespace rcodescope {

// InvalidArgument where one option would tell what another is to hide, or nothing would be left.
absl::Status CheckPrivacy(const Options& options);

// From the 32 bytes of a file. NotFound where it cannot be read, InvalidArgument where it has more
// or less. One line that names the file.
absl::StatusOr<std::unique_ptr<Pseudonyms>> LoadPseudonyms(const std::string& path);

}  // namespace rcodescope
