// What DPDK writes while it is set up, kept back from the program's own output.
#pragma once

#include <cstdio>
#include <string>

namespace rcodescope {

// While it lives, what the process writes to standard output and error goes into memory. DPDK
// tells the causes of failures there and nowhere else.
class KeptOutput {
 public:
  KeptOutput();
  ~KeptOutput();
  KeptOutput(const KeptOutput&) = delete;
  KeptOutput& operator=(const KeptOutput&) = delete;

  // What was written so far, in one line, without what DPDK says when all is well.
  std::string Complaints() const;

 private:
  int kept_ = -1;
  int out_ = -1;  // the process's own
  int error_ = -1;
};

// `text` in one line: without greetings and repetitions, up to the list of options that DPDK shows
// to whom it did not understand.
std::string ComplaintsIn(const std::string& text);

}  // namespace rcodescope
