// The TOML parser, as this program uses it.
#pragma once

// Header-only and without exceptions, so that nothing depends on how the distribution built its
// shared library. Its assertions are off: "[[[" fails one of them in 3.3.0, where the code behind
// it reports an ordinary error; and with NDEBUG they would be promises to the compiler.
#undef TOML_HEADER_ONLY
#undef TOML_SHARED_LIB
#undef TOML_EXCEPTIONS
#define TOML_HEADER_ONLY 1
#define TOML_SHARED_LIB 0
#define TOML_EXCEPTIONS 0
#define TOML_ASSERT(expression) static_cast<void>(0)
#pragma push_macro("NDEBUG")
#undef NDEBUG
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")
