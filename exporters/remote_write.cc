#include "exporters/remote_write.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "exporters/http_post.h"

namespace rcodescope {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kRequest{10};
constexpr std::chrono::milliseconds kFirstRetry{30};
constexpr std::chrono::milliseconds kLastRetry{5'000};
constexpr std::chrono::seconds kLongestRest{3600};

double WallSeconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

// The specification's "Retries & Backoff".
bool MayBeTakenLater(long status) { return status == 0 || status == 429 || status / 100 == 5; }

}  // namespace

class RemoteWrite::Impl {
 public:
  explicit Impl(Options options) : options_(std::move(options)) {
    for (const HttpTarget& target : options_.targets) {
      std::optional<WriteSpool> spool;
      if (options_.spool != nullptr) {
        spool.emplace(options_.spool, target.url, options_.spool_limit);
      }
      queues_.push_back(std::make_unique<WriteQueue>(target.url, options_.queue, std::move(spool)));
    }
  }
  ~Impl() {
    Hurry();
    Join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void Start() {
    if (options_.waits) ended_ = Clock::now();
    serving_ = queues_.size();
    for (size_t i = 0; i < queues_.size(); ++i) {
      threads_.emplace_back([this, i] { Serve(options_.targets[i], *queues_[i]); });
    }
  }

  void Put(WriteRequest request) {
    const auto shared = std::make_shared<const WriteRequest>(std::move(request));
    for (const auto& queue : queues_) {
      options_.waits ? queue->PutOrWait(shared) : queue->Put(shared);
    }
  }

  void Finish() {
    for (const auto& queue : queues_) queue->Close();
    {
      const std::lock_guard lock(mutex_);
      if (!ended_.has_value()) ended_ = Clock::now();
    }
    changed_.notify_all();
    if (options_.longest_end.has_value() && !WaitForSenders(*options_.longest_end)) Hurry();
    Join();
    for (const auto& queue : queues_) queue->Settle();
  }

  void Hurry() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    for (const auto& queue : queues_) queue->Stop();
  }

  std::vector<RemoteWriteCounts> counts() const {
    std::vector<RemoteWriteCounts> all;
    for (const auto& queue : queues_) all.push_back(queue->counts());
    return all;
  }

 private:
  void Join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  // Whether all have ended by then.
  bool WaitForSenders(std::chrono::nanoseconds limit) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [this] { return serving_ == 0; });
  }

  void Serve(const HttpTarget& target, WriteQueue& queue) {
    HttpPost post(target, {std::begin(kWriteHeaders), std::end(kWriteHeaders)}, kRequest);
    Clock::time_point heard = Clock::now();  // when the target last answered for good
    std::chrono::nanoseconds delay{0};       // not 0: it fails
    while (const WriteRequestPtr request = queue.First()) {
      const HttpAnswer answer = post.Send(request->body, stopping_);
      if (stopping_) break;
      if (!answer.problem.empty() && MayBeTakenLater(answer.status)) {
        queue.Retried();
        if (delay.count() == 0) Tell(options_.changed, target.url, answer.problem);
        delay = std::clamp<std::chrono::nanoseconds>(delay * 2, kFirstRetry, kLastRetry);
        const auto asked =
            std::min(answer.retry_after.value_or(std::chrono::seconds{0}), kLongestRest);
        if (!Rest(std::max<std::chrono::nanoseconds>(delay, asked), heard)) break;
        continue;
      }
      heard = Clock::now();
      if (delay.count() != 0) Tell(options_.changed, target.url, "");
      delay = std::chrono::nanoseconds{0};
      if (answer.problem.empty()) {
        queue.Sent(WallSeconds());
      } else {
        queue.Rejected();
        Tell(options_.rejected, target.url, answer.problem);
      }
    }
    queue.Stop();
    const std::lock_guard lock(mutex_);
    --serving_;
    changed_.notify_all();
  }

  // Waits before the next try. False: there is to be none.
  bool Rest(std::chrono::nanoseconds delay, Clock::time_point heard) {
    const Clock::time_point next = Clock::now() + delay;
    std::unique_lock lock(mutex_);
    const auto hopeless = [&] {
      return stopping_ ||
             (ended_.has_value() && next > std::max(heard, *ended_) + options_.patience);
    };
    return !changed_.wait_until(lock, next, hopeless);
  }

  using Listener = std::function<void(const std::string& url, const std::string& problem)>;
  static void Tell(const Listener& listener, const std::string& url, const std::string& problem) {
    if (listener) listener(url, problem);
  }

  const Options options_;
  std::vector<std::unique_ptr<WriteQueue>> queues_;  // by target
  std::vector<std::thread> threads_;
  std::mutex mutex_;  // guards ended_ and serving_
  std::condition_variable changed_;
  std::atomic<bool> stopping_{false};
  std::optional<Clock::time_point> ended_;  // when the end came
  size_t serving_ = 0;                      // threads that send
};

RemoteWrite::RemoteWrite(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
RemoteWrite::~RemoteWrite() = default;
void RemoteWrite::Start() { impl_->Start(); }
void RemoteWrite::Put(WriteRequest request) { impl_->Put(std::move(request)); }
void RemoteWrite::Finish() { impl_->Finish(); }
void RemoteWrite::Hurry() { impl_->Hurry(); }
std::vector<RemoteWriteCounts> RemoteWrite::counts() const { return impl_->counts(); }

}  // namespace rcodescope
