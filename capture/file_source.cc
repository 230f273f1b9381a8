#include "capture/file_source.h"

#include <algorithm>
#include <utility>

#include <sys/stat.h>

#include "absl/strings/str_cat.h"

namespace rcodescope {
namespace {

constexpr size_t kMostListed = 1000;

// The sizes of all files together; 0 when one is not a plain file.
uint64_t TotalSize(const std::vector<std::string>& paths) {
  uint64_t total = 0;
  for (const std::string& path : paths) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return 0;
    total += static_cast<uint64_t>(info.st_size);
  }
  return total;
}

}  // namespace

FileSource::FileSource(FileSourceOptions options)
    : options_(std::move(options)), intake_(options_.slice, options_.filter.get()) {
  for (const std::string& path : options_.paths) {
    files_.push_back({.name = path});
  }
  bytes_total_ = TotalSize(options_.paths);
}

void FileSource::Stop() {
  if (options_.feed != nullptr) {
    options_.feed->Stop();
  } else {
    stop_.Raise();
  }
}

PollResult FileSource::Poll(PacketBatch& batch) {
  intake_.Begin(batch);
  while (GoingOn()) {
    InputFile& file = files_[next_file_ - 1];
    const uint64_t seen = intake_.stats().seen;
    const uint64_t bytes = intake_.stats().bytes;
    const RecordReader::Result result = reader_->Fill(*input_, intake_);
    file.packets += intake_.stats().seen - seen;
    file.bytes += intake_.stats().bytes - bytes;
    TellProgress();
    // Anything below may move or drop the bytes that the batch points to.
    if (!intake_.empty()) return PollResult::kPackets;
    if (result == RecordReader::Result::kBatch) {  // nothing but filtered frames
      intake_.Begin(batch);
      continue;
    }
    const bool going_on = result == RecordReader::Result::kMoreNeeded ? ReadOn() : SearchOn();
    if (!going_on) Close();
  }
  return PollResult::kEnd;
}

// When told to stop, what has been read is still given out.
bool FileSource::GoingOn() { return input_ != nullptr || OpenNext(); }

bool FileSource::ReadOn() {
  if (input_->Refill(reader_->needed())) return true;
  if (input_->stopped()) return false;
  if (!input_->status().ok()) {
    const bool damaged = absl::IsDataLoss(input_->status());
    Fail(damaged ? InputError::kBadData : InputError::kReadError,
         std::string(input_->status().message()));
  } else if (!input_->window().empty() || reader_->inside_record()) {
    Fail(InputError::kBadData, "file is cut off in the middle of a record");
  }
  return false;
}

bool FileSource::SearchOn() {
  if (files_[next_file_ - 1].error == InputError::kNone) {
    Fail(InputError::kBadData, reader_->error());
  }
  if (!options_.resync) return false;
  const uint64_t from = input_->offset();
  bool found = false;
  for (bool last = false; !found && !last;) {
    last = !input_->Refill(RecordReader::kResyncWindow);
    found = reader_->Resync(*input_, last);
  }
  files_[next_file_ - 1].skipped += input_->offset() - from;
  return found;
}

// The next entry of files_, and what its file has; empty when there is none.
std::optional<absl::StatusOr<std::unique_ptr<ByteInput>>> FileSource::NextInput() {
  if (options_.feed == nullptr) {
    if (next_file_ == files_.size()) return std::nullopt;
    return OpenByteInput(files_[next_file_++].name, stop_.fd(), options_.read_ahead);
  }
  auto file = options_.feed->Take();
  if (!file.has_value()) return std::nullopt;
  ListFewer();
  files_.push_back({.name = std::move(file->name)});
  next_file_ = files_.size();
  return std::move(file->input);
}

// A feed may go on for ever. What was wrong with one of several files stays told.
void FileSource::ListFewer() {
  if (files_.size() < kMostListed) return;
  InputFile& first = files_[0];
  const InputFile& second = files_[1];
  if (together_ == 0) together_ = 1;
  ++together_;
  first.packets += second.packets;
  first.bytes += second.bytes;
  first.skipped += second.skipped;
  if (second.error != InputError::kNone) {
    first.error = second.error;
    first.message = absl::StrCat(second.name, ": ", second.message);
  }
  first.name = absl::StrCat("the first ", together_, " files");
  files_.erase(files_.begin() + 1);
}

bool FileSource::OpenNext() {
  while (!stop_.raised()) {
    auto input = NextInput();
    if (!input.has_value()) break;
    if (!input->ok()) {
      const absl::Status& status = input->status();
      const InputError error = absl::IsNotFound(status)   ? InputError::kNotFound
                               : absl::IsDataLoss(status) ? InputError::kBadData
                                                          : InputError::kReadError;
      Fail(error, std::string(status.message()));
      continue;
    }
    input_ = **std::move(input);
    auto reader = OpenRecords(*input_);
    if (reader.ok()) {
      reader_ = *std::move(reader);
      return true;
    }
    if (!input_->stopped()) {
      const bool failed = absl::IsUnavailable(reader.status());
      files_[next_file_ - 1].error = failed ? InputError::kReadError : InputError::kBadData;
      files_[next_file_ - 1].message = std::string(reader.status().message());
    }
    Close();
  }
  return false;
}

void FileSource::Close() {
  bytes_done_ += std::max(input_->file_size(), input_->file_position());
  if (options_.feed != nullptr) options_.feed->Done(files_[next_file_ - 1].packets);
  input_.reset();
  reader_.reset();
}

void FileSource::Fail(InputError error, const std::string& message) {
  InputFile& file = files_[next_file_ - 1];
  file.error = error;
  file.message =
      input_ == nullptr ? message : absl::StrCat(message, " (offset ", input_->offset(), ")");
}

void FileSource::TellProgress() {
  bytes_read_.store(bytes_done_ + input_->file_position(), std::memory_order_relaxed);
  packets_.store(intake_.stats().seen, std::memory_order_relaxed);
  file_.store(next_file_ - 1, std::memory_order_relaxed);
}

ReplayProgress FileSource::progress() const {
  return {.bytes_read = bytes_read_.load(std::memory_order_relaxed),
          .bytes_total = bytes_total_,
          .packets = packets_.load(std::memory_order_relaxed),
          .file = file_.load(std::memory_order_relaxed)};
}

}  // namespace rcodescope
