// Seeded, deterministic DNS traffic as a tap between clients and servers sees it.
//
// Of all frames, in the long run:
//   48.5 %  DNS queries      46.75 % of all frames are answered over UDP, 0.5 % never, and
//   48.0 %  DNS responses    1.25 % over TCP. A response has the addresses, ports and ID of its
//                            query, and comes 0.3 to 9.3 ms after its first frame.
//    1.0 %  are IP fragments, of UDP responses of 1.5 to 3.5 KB in two or three fragments each;
//           in one of eight the last fragment comes first
//    3.0 %  are TCP segments with data: 2 % hold one message with its length prefix, 1 % are halves
//           of messages, cut anywhere, the prefix included
//    0.5 %  are SYN, ACK and FIN segments. Connections carry 8 to 24 queries (RFC 7766 §6.2.1).
//    2.0 %  are noise: NTP, ICMP echo, ICMP errors that quote a DNS response, ARP
// (Fragments and halves beyond each message's first are what makes the sum 100 %.)
//   25 % are IPv6, 3 % are behind an 802.1Q tag, 80 % of the messages have an OPT record, which is
//   not the last additional record of some. Outcomes: see DrawExchange. The average frame has
//   150 ± 10 bytes.
// The shares by client are those of the default population; a small one has them only roughly.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <span>
#include <vector>

#include "bench/dns_messages.h"
#include "bench/frames.h"
#include "bench/population.h"
#include "bench/random.h"
#include "bench/traffic_ledger.h"
#include "capture/packet.h"

namespace rcodescope {

struct TrafficOptions {
  uint64_t seed = 1;
  PopulationOptions population;
  Timestamp begin{1'767'225'600 * kNanosPerSecond};  // 2026-01-01T00:00:00Z
};

// An endless source of frames, 100,000 of them a second of their own time: each has its slot of
// 10 µs and a random place in it, so times never go back. Equal options give equal bytes on any
// machine. Not thread-safe.
class TrafficGenerator {
 public:
  explicit TrafficGenerator(const TrafficOptions& options);

  // The next frame, LinkType::kEthernet. Its bytes are valid until the next call.
  Packet Next();

  // Of the frames that Next gave.
  const TrafficLedger& ledger() const { return ledger_; }

 private:
  struct Frame {
    std::array<std::byte, kLargestFrame> bytes;
    size_t size = 0;
    FrameFacts facts;
  };
  struct Connection {
    enum class State : uint8_t { kClosed, kIdle, kBusy };
    State state = State::kClosed;
    uint32_t queries_left = 0;
    uint32_t client_next = 0;  // sequence number of the side's next octet
    uint32_t server_next = 0;
    Exchange exchange;
  };
  // What is to be done at a time.
  enum class Action : uint8_t {
    kFrame,     // a frame made before; index into frames_
    kResponse,  // over UDP; index into exchanges_
    kTcpQuery,  // index into connections_, as for those below
    kTcpResponse,
    kTcpIdle,  // ready for another query, or for FIN
    kTcpClosed,
  };
  struct Event {
    int64_t due;
    uint64_t serial;  // orders events of the same ns
    uint32_t index;
    Action action;
    bool operator>(const Event& other) const {
      return due != other.due ? due > other.due : serial > other.serial;
    }
  };

  // Do one thing at the time now_. False when no frame came of it.
  bool Handle(const Event& event);
  void Fresh();

  void SendQuery(bool answered);
  void SendResponse(uint32_t index);
  void SendFragments(const Route& route, const MessageFacts& message,
                     std::span<const std::byte> payload);

  // Over TCP (traffic_tcp.cc); `index` is a connection's.
  void SendTcpRequest();
  void OpenConnection(uint32_t index);
  void SendTcpQuery(uint32_t index);
  void SendTcpResponse(uint32_t index);
  void SendTcpMessage(Connection& connection, bool upstream, const MessageFacts& message,
                      std::span<const std::byte> payload);
  uint32_t NewSegment(Connection& connection, bool upstream, uint8_t flags,
                      std::span<const std::byte> payload);
  bool CloseOrRest(uint32_t index);

  // What is not DNS (traffic_noise.cc).
  void SendNoise();
  void SendNtp(const Route& there, const Route& back);
  void SendEcho(const Route& there, const Route& back);
  void SendUnreachable(const Exchange& exchange);
  void SendArp();

  Exchange NewExchange();
  static Route RouteOf(const Exchange& exchange, bool upstream);
  uint16_t NextIpId() { return static_cast<uint16_t>(next_ip_id_++); }
  int64_t ResponseTime();

  // A frame that is sent at once by Emit or at a time to come by EmitAt.
  uint32_t NewFrame(const Route& route, FrameKind kind);
  template <typename Write>
  uint32_t NewFrame(const Route& route, FrameKind kind, Write write) {
    const uint32_t index = NewFrame(route, kind);
    ByteWriter out(frames_[index]->bytes);
    write(out);
    frames_[index]->size = out.size();
    return index;
  }
  void Emit(uint32_t frame) { current_ = frame; }
  void EmitAt(int64_t due, uint32_t frame) { Schedule(due, Action::kFrame, frame); }
  void Schedule(int64_t due, Action action, uint32_t index);

  Random random_;
  Population population_;
  TrafficLedger ledger_;
  int64_t slot_;  // when the next frame's begins, ns
  int64_t now_ = 0;
  uint64_t next_serial_ = 0;
  uint32_t next_ip_id_ = 1;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::vector<std::unique_ptr<Frame>> frames_;
  std::vector<uint32_t> free_frames_;
  std::vector<Exchange> exchanges_;
  std::vector<uint32_t> free_exchanges_;
  std::vector<Connection> connections_;
  uint32_t current_;                                    // the frame that the last call of Next gave
  std::array<std::byte, 2 + kLargestMessage> message_;  // in the making
  std::array<std::byte, kUdpHeaderSize + kLargestMessage> datagram_;
};

}  // namespace rcodescope
