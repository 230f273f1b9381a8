// Pseudonyms of addresses that keep who is in one network with whom.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "parse/ip_address.h"

struct evp_cipher_ctx_st;  // of OpenSSL

namespace rcodescope {

// Crypto-PAn (Xu, Fan, Ammar, Moon: Prefix-Preserving IP Address Anonymization, 2002), with
// AES-128: two addresses that have their first n bits in common have pseudonyms of which the same
// is true, and no more. Whoever has the key can turn a pseudonym back; others can where they know
// enough addresses of the network. IPv6 addresses go through the same with 128 bits in place of 32,
// as other programs do it.
//
// As many AES blocks as bits, so for keys that are shown, not for packets. One thread.
class Pseudonyms {
 public:
  // 16 bytes are the AES key, the others are encrypted to be the padding.
  static constexpr size_t kKeyBytes = 32;

  // Null when libcrypto refuses.
  static std::unique_ptr<Pseudonyms> Make(std::span<const uint8_t, kKeyBytes> key);

  // The pseudonym has the address's family. All zeros should libcrypto ever refuse.
  IpAddress Of(const IpAddress& address);

 private:
  static constexpr size_t kBlock = 16;  // bytes, of AES
  using Block = std::array<uint8_t, kBlock>;
  struct FreeCipher {
    void operator()(evp_cipher_ctx_st* cipher) const;
  };

  Pseudonyms() = default;
  bool Encrypt(std::span<const Block> plain, Block* encrypted);

  std::unique_ptr<evp_cipher_ctx_st, FreeCipher> cipher_;
  Block padding_{};
};

}  // namespace rcodescope
