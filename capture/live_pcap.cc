#include "capture/live_pcap.h"

#include <array>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include <net/if.h>
#include <pcap/pcap.h>
#include <poll.h>

#include "absl/strings/str_cat.h"
#include "capture/filter.h"
#include "capture/intake.h"
#include "capture/interface_watch.h"
#include "capture/link_type.h"
#include "capture/queue_wait.h"
#include "capture/settled_clock.h"
#include "capture/socket_filter.h"
#include "capture/stop_signal.h"

namespace rcodescope {
namespace {

using std::chrono::milliseconds;

constexpr char kAny[] = "any";
// Copies of a batch's frames. Room for one of the largest, and for 64 of 16 KiB.
constexpr size_t kArenaBytes = size_t{1} << 20;
// At the end, libpcap is asked that long for frames that the kernel says it had for us.
constexpr milliseconds kLastFrames{150};

absl::Status StatusOf(int code, const std::string& interface, const char* text) {
  const std::string what = absl::StrCat("libpcap cannot open ", interface, ": ", text);
  switch (code) {
    case PCAP_ERROR_NO_SUCH_DEVICE: return absl::NotFoundError(what);
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED: return absl::PermissionDeniedError(what);
    default: return absl::UnavailableError(what);
  }
}

class LivePcap final : public LiveCapture, public PacketSource {
 public:
  explicit LivePcap(LivePcapOptions options)
      : options_(std::move(options)), intake_(options_.slice, nullptr), arena_(kArenaBytes) {}
  LivePcap(const LivePcap&) = delete;
  LivePcap& operator=(const LivePcap&) = delete;
  ~LivePcap() override {
    if (handle_ != nullptr) pcap_close(handle_);
  }

  absl::Status Open();

  size_t queues() const override { return 1; }
  PacketSource& queue([[maybe_unused]] size_t index) override { return *this; }
  void Stop() override;
  std::vector<InterfaceStatus> interfaces() const override;

  PollResult Poll(PacketBatch& batch) override;
  const CaptureStats& Stats() const override { return intake_.stats(); }

 private:
  absl::Status Activate();
  void PassOverEarlyFrames();
  absl::Status SetFilter();
  void TakeFrames();
  bool Next();
  void Die();
  bool Drained() const;
  void Refresh();

  const LivePcapOptions options_;
  std::unique_ptr<InterfaceWatch> watch_;  // null for "any"
  StopSignal stop_;
  pcap_t* handle_ = nullptr;
  LinkType link_type_ = LinkType::kUnsupported;
  std::unique_ptr<PacketFilter> user_filter_;  // null where the kernel has it
  Intake intake_;
  std::vector<std::byte> arena_;
  // A frame that is not in a batch yet; valid until libpcap is asked for the next one.
  pcap_pkthdr* header_ = nullptr;
  const u_char* bytes_ = nullptr;
  pcap_stat last_{};  // libpcap's figures, in 32 bits
  StopSignal::Clock::time_point refreshed_;
  mutable std::mutex mutex_;
  std::string ended_;  // guarded by mutex_
  bool dead_ = false;
};

absl::Status LivePcap::Open() {
  if (stop_.fd() < 0) return absl::UnavailableError("cannot have an eventfd");
  if (options_.interface != kAny) {
    auto watch = InterfaceWatch::Open({options_.interface});
    if (!watch.ok()) return watch.status();
    watch_ = *std::move(watch);
  }
  if (absl::Status status = Activate(); !status.ok()) return status;
  link_type_ = LinkTypeOf(static_cast<uint32_t>(pcap_datalink(handle_)));
  if (link_type_ == LinkType::kUnsupported) {
    const char* name = pcap_datalink_val_to_name(pcap_datalink(handle_));
    return absl::InvalidArgumentError(absl::StrCat("the framing of ", options_.interface, " (",
                                                   name == nullptr ? "unnamed" : name,
                                                   ") is not supported"));
  }
  PassOverEarlyFrames();
  return SetFilter();
}

absl::Status LivePcap::Activate() {
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  handle_ = pcap_create(options_.interface.c_str(), error.data());
  if (handle_ == nullptr) return absl::UnavailableError(error.data());
  pcap_set_snaplen(handle_, static_cast<int>(options_.snap_length));
  pcap_set_promisc(handle_, options_.promiscuous ? 1 : 0);
  pcap_set_timeout(handle_, static_cast<int>(kBlockRetire.count()));
  pcap_set_buffer_size(handle_, static_cast<int>(options_.buffer_bytes));
  pcap_set_tstamp_precision(handle_, PCAP_TSTAMP_PRECISION_NANO);
  // Above 0 are warnings: "any" cannot be promiscuous, say.
  if (const int code = pcap_activate(handle_); code < 0) {
    const char* text = pcap_geterr(handle_);
    return StatusOf(code, options_.interface, *text == '\0' ? pcap_statustostr(code) : text);
  }
  if (pcap_setnonblock(handle_, 1, error.data()) != 0) return absl::UnavailableError(error.data());
  return AttachFilter(pcap_fileno(handle_), ShutProgram());
}

// libpcap's own filters are not used: it applies a new one also to frames that the kernel has let
// through already, in a way that knows neither interfaces nor directions, and drops what does not
// match without counting it.
absl::Status LivePcap::SetFilter() {
  const bool cooked = link_type_ == LinkType::kLinuxSll || link_type_ == LinkType::kLinuxSll2;
  BpfProgram program = PassAllProgram(options_.snap_length);
  if (!cooked) {
    auto compiled = CompileFilter(options_.filter, link_type_, options_.snap_length,
                                  options_.interface.c_str());
    if (!compiled.ok()) return compiled.status();
    program = *std::move(compiled);
  } else if (!options_.filter.expression.empty()) {
    // The kernel does not see the header that libpcap makes up.
    auto compiled = PacketFilter::Compile(options_.filter.expression);
    if (!compiled.ok()) return compiled.status();
    user_filter_ = *std::move(compiled);
  }
  intake_ = Intake(options_.slice, user_filter_.get());
  const int loopback = static_cast<int>(if_nametoindex("lo"));
  return AttachFilter(pcap_fileno(handle_), OnceOnLoopback(loopback, program));
}

// Passes over what came before the filter, so that the figures begin at 0 with it.
void LivePcap::PassOverEarlyFrames() {
  const auto begin = StopSignal::Clock::now();
  do {
    while (pcap_next_ex(handle_, &header_, &bytes_) == 1) {
    }
    pollfd waiting = {pcap_get_selectable_fd(handle_), POLLIN, 0};
    poll(&waiting, 1, static_cast<int>(kBlockRetire.count()));
  } while (StopSignal::Clock::now() - begin < kSettled);
  while (pcap_next_ex(handle_, &header_, &bytes_) == 1) {
  }
  bytes_ = nullptr;
  pcap_stats(handle_, &last_);
}

PollResult LivePcap::Poll(PacketBatch& batch) {
  intake_.Begin(batch);
  if (watch_ != nullptr) {
    watch_->Update();
    watch_->Publish();
  }
  TakeFrames();
  const auto now = StopSignal::Clock::now();
  const bool idle = intake_.empty();
  if (idle || now - refreshed_ >= kRefreshEvery) {
    refreshed_ = now;
    Refresh();
  }
  if (!idle) return PollResult::kPackets;
  if (dead_ || (stop_.raised() && Drained())) return PollResult::kEnd;
  WaitForFrames(pcap_get_selectable_fd(handle_), stop_, watch_ == nullptr ? -1 : watch_->fd());
  TakeFrames();
  if (intake_.empty()) intake_.Advance(SettledClock());
  return PollResult::kPackets;
}

void LivePcap::TakeFrames() {
  size_t used = 0;
  while (!intake_.full() && Next() && header_->caplen <= arena_.size() - used) {
    std::memcpy(arena_.data() + used, bytes_, header_->caplen);
    Packet& packet = intake_.place();
    packet = {.data = arena_.data() + used,
              .time = {header_->ts.tv_sec * kNanosPerSecond + header_->ts.tv_usec},
              .captured = header_->caplen,
              .wire = header_->len,
              .link_type = link_type_};
    if (intake_.Accept() == Intake::Verdict::kNextBatch) return;
    used += header_->caplen;
    bytes_ = nullptr;
  }
}

// True when there is a frame that is not in a batch yet.
bool LivePcap::Next() {
  if (bytes_ != nullptr) return true;
  if (dead_) return false;
  const int code = pcap_next_ex(handle_, &header_, &bytes_);
  if (code == 1) return true;
  bytes_ = nullptr;
  if (code < 0) Die();
  return false;
}

void LivePcap::Die() {
  dead_ = true;
  const std::lock_guard lock(mutex_);
  ended_ = pcap_geterr(handle_);
}

// Not pcap_setfilter, which would also drop what waits in the ring, nor pcap_breakloop, which may
// need one more frame to be heard.
void LivePcap::Stop() {
  AttachFilter(pcap_fileno(handle_), ShutProgram()).IgnoreError();
  stop_.Raise();
}

bool LivePcap::Drained() const {
  const CaptureStats& stats = intake_.stats();
  const auto lost = stats.dropped[static_cast<size_t>(DropStage::kKernel)].value_or(0);
  const bool complete = stats.offered == stats.records + lost;
  return stop_.age() >= (complete ? kSettled : kLastFrames);
}

void LivePcap::Refresh() {
  pcap_stat figures{};
  if (pcap_stats(handle_, &figures) != 0) return;
  CaptureStats& stats = intake_.stats();
  const auto add = [&stats](DropStage stage, u_int since) {
    auto& sum = stats.dropped[static_cast<size_t>(stage)];
    sum = sum.value_or(0) + since;
  };
  stats.offered = stats.offered.value_or(0) + (figures.ps_recv - last_.ps_recv);
  add(DropStage::kKernel, figures.ps_drop - last_.ps_drop);
  // It falls to 0 when libpcap may not read the interface's figures any more.
  const bool grows = figures.ps_ifdrop >= last_.ps_ifdrop;
  add(DropStage::kInterface, grows ? figures.ps_ifdrop - last_.ps_ifdrop : 0);
  last_ = figures;
}

std::vector<InterfaceStatus> LivePcap::interfaces() const {
  std::vector<InterfaceStatus> status =
      watch_ == nullptr ? std::vector<InterfaceStatus>{{.name = kAny}} : watch_->Status();
  const std::lock_guard lock(mutex_);
  status[0].ended = ended_;
  status[0].up = status[0].up && ended_.empty();
  return status;
}

}  // namespace

absl::StatusOr<std::unique_ptr<LiveCapture>> OpenLivePcap(LivePcapOptions options) {
  auto capture = std::make_unique<LivePcap>(std::move(options));
  if (absl::Status status = capture->Open(); !status.ok()) return status;
  return capture;
}

}  // namespace rcodescope
