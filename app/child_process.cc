#include "app/child_process.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>  // NOLINT: of POSIX
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;  // NOLINT: environ(7) is declared by its user

namespace rcodescope {
namespace {

// A descriptor that is closed at the end.
class Descriptor {
 public:
  Descriptor() = default;
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  void Set(int number) { number_ = number; }
  int get() const { return number_; }
  bool open() const { return number_ >= 0; }
  void Close() {
    if (open()) close(number_);
    number_ = -1;
  }

 private:
  int number_ = -1;
};

struct Pipe {
  Descriptor read;
  Descriptor write;

  bool Open() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read.Set(ends[0]);
    write.Set(ends[1]);
    return true;
  }
};

constexpr int kAskMs = 200;

// Writes and reads by turns, as the child is ready for either, until it prints nothing more.
void Converse(std::string_view input, Descriptor& to, Descriptor& from, std::string& output,
              const std::function<void()>& each_turn) {
  if (input.empty()) to.Close();
  while (from.open()) {
    std::array<pollfd, 2> ready = {{{from.get(), POLLIN, 0}, {to.get(), POLLOUT, 0}}};
    each_turn();
    if (poll(ready.data(), to.open() ? 2 : 1, kAskMs) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    if (to.open() && ready[1].revents != 0) {
      const ssize_t written = write(to.get(), input.data(), input.size());
      if (written > 0) input.remove_prefix(static_cast<size_t>(written));
      if (input.empty() || (written < 0 && errno != EAGAIN && errno != EINTR)) to.Close();
    }
    if (ready[0].revents != 0) {
      std::array<char, 65'536> block{};
      const ssize_t size = read(from.get(), block.data(), block.size());
      if (size > 0) output.append(block.data(), static_cast<size_t>(size));
      if (size == 0 || (size < 0 && errno != EINTR)) from.Close();
    }
  }
}

// Its process id; 0 with errno set when it cannot be run.
pid_t Spawn(const std::vector<std::string>& words, int input, int output) {
  std::vector<std::string> copies = words;
  std::vector<char*> argv;
  for (std::string& word : copies) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  // Signals that this program blocks or ignores are no affair of the child's.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  sigaddset(&signals, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  pid_t child = 0;
  const int refused = posix_spawnp(&child, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  errno = refused;
  return refused == 0 ? child : 0;
}

}  // namespace

ChildResult RunChild(const std::vector<std::string>& words, const std::string& input,
                     const std::function<bool()>& stops) {
  Pipe to_child;
  Pipe from_child;
  const bool piped =
      to_child.Open() && from_child.Open() && fcntl(to_child.write.get(), F_SETFL, O_NONBLOCK) == 0;
  const pid_t child = piped ? Spawn(words, to_child.read.get(), from_child.write.get()) : 0;
  if (child == 0) return {-1, std::strerror(errno)};
  to_child.read.Close();
  from_child.write.Close();
  ChildResult result;
  Converse(input, to_child.write, from_child.read, result.output, [&] {
    if (stops && stops()) kill(child, SIGTERM);
  });
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return {-1, std::strerror(errno)};
  }
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace rcodescope
