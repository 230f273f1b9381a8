// The system calls the program needs once everything is open (seccomp(2)).
#pragma once

#include <string>

namespace rcodescope {

// Every other call fails with EPERM from now on, in all threads. Answers with what the system
// refused; empty when it did not. Needs no_new_privs.
// `connects`: TCP connections may be made, too; to where is Landlock's.
std::string AllowOnlyKnownSystemCalls(bool connects = false);

// Whether a filter of system calls is in force in this thread.
bool SystemCallsAreFiltered();

}  // namespace rcodescope
