// Command lines as tests write them.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/options.h"

namespace rcodescope {

using Arguments = std::vector<std::string>;

inline ParseResult Parse(const Arguments& arguments) {
  std::vector<const char*> argv = {"rcodescope"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return ParseCommandLine(static_cast<int>(argv.size()), argv.data());
}

// The options of a line that must be good.
inline Options Good(const Arguments& arguments) {
  const ParseResult result = Parse(arguments);
  EXPECT_TRUE(result.options.has_value()) << result.outcome.text;
  return result.options.value_or(Options{});
}

inline bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct UsageError {
  Arguments arguments;
  const char* message;  // all of it
};

inline void ExpectUsageErrors(const std::vector<UsageError>& errors) {
  for (const UsageError& error : errors) {
    const ParseResult result = Parse(error.arguments);
    ASSERT_FALSE(result.options.has_value()) << error.message;
    EXPECT_EQ(result.outcome.exit_code, ExitCode::kUsage) << error.message;
    EXPECT_EQ(result.outcome.text, error.message);
  }
}

}  // namespace rcodescope
