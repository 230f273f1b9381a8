// The least a libpcap program can do with a capture file: the yardstick of compare.py.
#include <cstdint>
#include <cstdio>

#include <pcap/pcap.h>

int main(int argc, char** argv) {
  char error[PCAP_ERRBUF_SIZE] = "usage: libpcap_loop FILE";
  pcap_t* file = argc == 2 ? pcap_open_offline(argv[1], error) : nullptr;
  if (file == nullptr)
    return std::fprintf(stderr, "libpcap_loop: %s\n", error), argc == 2 ? 66 : 64;
  uint64_t packets = 0;
  const auto count = [](u_char* user, const pcap_pkthdr*, const u_char*) {
    ++*reinterpret_cast<uint64_t*>(user);
  };
  const int result = pcap_loop(file, -1, count, reinterpret_cast<u_char*>(&packets));
  std::printf("%ju\n", uintmax_t{packets});
  if (result != 0) std::fprintf(stderr, "libpcap_loop: %s\n", pcap_geterr(file));
  pcap_close(file);
  return result == 0 ? 0 : 65;
}
