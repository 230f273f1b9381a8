// User, capabilities and no_new_privs: the classical rights of a process.
#pragma once

#include <string>

#include <sys/types.h>

namespace rcodescope {

// Takes from this thread what programs it runs could regain. As far as the system lets it: only
// with CAP_SETPCAP does it, and without nothing can be regained but by such a program.
void EmptyBoundingSet();

// Each changes the process and answers with what the system refused; empty when it did not.
std::string BecomeUser(uid_t uid, gid_t gid);  // root only; all threads
std::string DropCapabilities();                // this thread
std::string ForbidNewPrivileges();             // this thread

bool IsRoot();
bool HasCapabilities();
bool MayGetPrivileges();

}  // namespace rcodescope
