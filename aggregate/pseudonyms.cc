#include "aggregate/pseudonyms.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <openssl/evp.h>

namespace rcodescope {
namespace {

constexpr size_t kMostBits = 128;

}  // namespace

void Pseudonyms::FreeCipher::operator()(evp_cipher_ctx_st* cipher) const {
  EVP_CIPHER_CTX_free(cipher);
}

std::unique_ptr<Pseudonyms> Pseudonyms::Make(std::span<const uint8_t, kKeyBytes> key) {
  std::unique_ptr<Pseudonyms> made(new Pseudonyms);
  made->cipher_.reset(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX* const cipher = made->cipher_.get();
  Block plain;
  std::memcpy(plain.data(), key.data() + kBlock, kBlock);
  const bool ready =
      cipher != nullptr &&
      EVP_EncryptInit_ex(cipher, EVP_aes_128_ecb(), nullptr, key.data(), nullptr) == 1 &&
      EVP_CIPHER_CTX_set_padding(cipher, 0) == 1 && made->Encrypt({&plain, 1}, &made->padding_);
  return ready ? std::move(made) : nullptr;
}

bool Pseudonyms::Encrypt(std::span<const Block> plain, Block* encrypted) {
  int size = 0;
  const auto bytes = static_cast<int>(plain.size_bytes());
  return EVP_EncryptUpdate(cipher_.get(), encrypted->data(), &size, plain.front().data(), bytes) ==
             1 &&
         size == bytes;
}

IpAddress Pseudonyms::Of(const IpAddress& address) {
  const Family family = address.family();
  const size_t bytes = family == Family::kIpv4 ? 4 : 16;
  const auto* const original = reinterpret_cast<const uint8_t*>(address.Bytes(family));
  // For each bit of the address: the bits before it, and padding behind them.
  std::array<Block, kMostBits> prefixes;
  for (size_t bit = 0; bit < 8 * bytes; ++bit) {
    Block& prefix = prefixes[bit] = padding_;
    std::copy_n(original, bit / 8, prefix.data());
    const auto kept = static_cast<uint8_t>(0xff00 >> bit % 8);
    prefix[bit / 8] = static_cast<uint8_t>((original[bit / 8] & kept) | (prefix[bit / 8] & ~kept));
  }
  std::array<Block, kMostBits> flips;
  if (!Encrypt({prefixes.data(), 8 * bytes}, flips.data())) return {};
  std::array<std::byte, kBlock> pseudonym{};
  for (size_t bit = 0; bit < 8 * bytes; ++bit) {
    const auto place = static_cast<uint8_t>(0x80 >> bit % 8);
    const bool set = ((original[bit / 8] & place) != 0) != ((flips[bit][0] & 0x80) != 0);
    if (set) pseudonym[bit / 8] |= std::byte{place};
  }
  return IpAddress::From(family, pseudonym.data());
}

}  // namespace rcodescope
