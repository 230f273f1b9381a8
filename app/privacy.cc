#include "app/privacy.h"

#include <array>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace rcodescope {

absl::Status CheckPrivacy(const Options& options) {
  const bool hides = !options.pseudonym_key.empty() || options.min_clients > 1 || options.no_qname;
  if (hides && options.dissect != 0) {
    return absl::InvalidArgumentError(
        "dissect shows addresses and names: not with pseudonym-key, min-clients or no-qname");
  }
  if (hides &&
      (!options.events.empty() || !options.write.empty() || !options.flight_recorder.empty())) {
    return absl::InvalidArgumentError(
        "events, write and flight-recorder tell single messages, with address and name: not with "
        "pseudonym-key, min-clients or no-qname");
  }
  if (options.no_qname && options.zone_by.mode == ZoneBy::Mode::kLabels) {
    return absl::InvalidArgumentError("zone-by labels shows whole names: not with no-qname");
  }
  if (options.min_clients > 1 && options.client_prefix_v4 == 32 &&
      options.client_prefix_v6 == 128) {
    return absl::InvalidArgumentError(
        "min-clients would show nobody where each client is counted alone: client-prefix, as "
        "24,48, makes networks of them");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Pseudonyms>> LoadPseudonyms(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  // One more than a key has, to see whether the file does.
  std::array<char, Pseudonyms::kKeyBytes + 1> bytes{};
  file.read(bytes.data(), bytes.size());
  const std::streamsize size = file.gcount();
  if (size == 0 && !file.eof()) return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  if (size != Pseudonyms::kKeyBytes) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": a key has ", Pseudonyms::kKeyBytes,
                                                   " bytes (head -c 32 /dev/urandom makes one)"));
  }
  std::array<uint8_t, Pseudonyms::kKeyBytes> key;
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<uint8_t>(bytes[i]);
  std::unique_ptr<Pseudonyms> pseudonyms = Pseudonyms::Make(key);
  if (pseudonyms == nullptr) {
    return absl::InternalError(absl::StrCat(path, ": libcrypto refuses AES-128"));
  }
  return pseudonyms;
}

}  // namespace rcodescope
