// Files and folders that live as long as a test needs them.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ios>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <unistd.h>

namespace rcodescope {

inline std::string TempPattern() {
  return (std::filesystem::temp_directory_path() / "rcodescope-test-XXXXXX").string();
}

// A file with this in it, removed with the object.
class TempFile {
 public:
  explicit TempFile(std::string_view text) : path_(TempPattern()) {
    const int fd = mkstemp(path_.data());
    if (fd < 0) throw std::runtime_error("mkstemp: " + path_);
    close(fd);
    std::ofstream file(path_, std::ios::binary);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file.flush()) throw std::runtime_error("cannot write " + path_);
  }
  explicit TempFile(std::span<const std::byte> bytes)
      : TempFile({reinterpret_cast<const char*>(bytes.data()), bytes.size()}) {}
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  ~TempFile() { unlink(path_.c_str()); }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// An empty folder, removed with the object and all that is in it by then.
class TempFolder {
 public:
  TempFolder() {
    std::string name = TempPattern();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp: " + name);
    path_ = name;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace rcodescope
