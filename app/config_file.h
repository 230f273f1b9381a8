// The configuration file: TOML 1.0, strict.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "app/config_problem.h"
#include "app/exit_code.h"
#include "app/options.h"

namespace rcodescope {

struct ConfigReading {
  std::vector<ConfigProblem> problems;  // in the order of the file; empty: all is well
  std::set<std::string> keys;           // known ones that stand in the file
};

// Takes what `path` says over into `options`, whose other members stay. Every long option
// but --config is a key, written as the option is; a file is at most 1 MiB, a line 4096
// bytes. [[site]] tables beside them are sites (site_config.h). Unknown and duplicate keys, wrong
// types and values out of range are problems, and all of them are found; a line that is no TOML is
// passed over, but behind something that is never closed nothing is found, and after 100 bad lines
// the search ends.
ConfigReading ReadConfigFile(const std::string& path, Options& options);

// One line "FILE:LINE:COLUMN: what" for each, safe to print.
std::string DescribeProblems(const std::string& path, const std::vector<ConfigProblem>& problems);

// The check-config command: "FILE: ok" and kDone, or all problems and kConfig.
Outcome CheckConfig(const std::string& path);

}  // namespace rcodescope
