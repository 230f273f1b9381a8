#include "app/options.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include <CLI/CLI.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "app/config_file.h"
#include "app/input_files.h"
#include "app/option_table.h"
#include "app/privacy.h"
#include "app/quote.h"
#include "app/top/fetcher.h"

namespace rcodescope {
namespace {

constexpr char kProgram[] = "rcodescope";

// The library's layout with usage lines of our own.
class HelpFormatter final : public CLI::Formatter {
 public:
  explicit HelpFormatter(std::string usage) : usage_(std::move(usage)) { column_width(29); }
  std::string make_usage(const CLI::App* /*app*/, std::string /*name*/) const override {
    return "Usage: " + usage_ + "\n";
  }

 private:
  std::string usage_;
};

std::string HelpText(const OptionSpec& spec, Command command) {
  std::string text = spec.help;
  const char* const default_value = spec.DefaultOf(command);
  if (*default_value != '\0' && spec.kind != ValueKind::kFlag) {
    absl::StrAppend(&text, "\ndefault ", default_value);
  }
  if (spec.kind != ValueKind::kFlag && spec.kind != ValueKind::kText) {
    absl::StrAppend(&text, *default_value != '\0' ? "; " : "\n", "allowed: ", spec.allowed);
  }
  return text;
}

// The library splits the command line into options and arguments; what they mean is the table's.
struct CommandLine {
  CommandLine()
      : app("Counts the response codes of DNS traffic by client, zone and server.", kProgram) {
    replay = AddCommand("replay", "reads capture files and reports",
                        "rcodescope replay [options] FILE... [-- BPF]");
    replay->footer(
        "FILE is a pcap or pcapng capture, plain or compressed; - is standard input.\n"
        "BPF is a filter expression as in pcap-filter(7); it needs no quotes.");
    live = AddCommand("live", "listens on interfaces, serves metrics and reports",
                      "rcodescope live [options] -i IFACE [-i IFACE...] [-- BPF]");
    live->footer(
        "BPF is a filter expression as in pcap-filter(7), in place of the one that is made\n"
        "from --ports. Ctrl-C ends with the reports.");
    dpdk = AddCommand("dpdk", "polls DPDK ports, serves metrics and reports",
                      "rcodescope dpdk [options] -- EAL-ARGUMENTS");
    dpdk->footer(
        "EAL-ARGUMENTS are DPDK's own, as -l 1-4 -a 0000:3b:00.0; each core of -l gets a\n"
        "worker, as far as the ports have receive queues. Ctrl-C ends with the reports.");
    check_config =
        AddCommand("check-config", "checks a configuration file", "rcodescope check-config FILE");
    explain = AddCommand("explain", "tells what response codes mean",
                         "rcodescope explain [--opcode NAME] [--json] [CODE...]");
    explain->footer(
        "CODE is a name (SERVFAIL), a number (3, 0x17, RCODE24) or an Extended DNS Error\n"
        "(EDE22). Without one, all are listed; two are compared.");
    const std::string opcode_help = "what the codes mean with this opcode, as UPDATE";
    explain->add_option("--opcode", opcodes, opcode_help)->option_text("NAME");
    const std::string json_help = "as JSON";
    explain->add_flag("--json", json, json_help);
    top = AddCommand("top", "shows a running instance in the terminal",
                     "rcodescope top [--once] [URL]");
    top->footer(
        "URL is where the instance serves its pages (--listen), http://127.0.0.1:10053 where\n"
        "none is given. What is shown changes by keys: ? tells which.");
    const std::string url_help = "the same as the argument";
    top->add_option("--url", urls, url_help)->option_text("URL");
    const std::string once_help =
        "print it once, as plain text; also done where standard input\n"
        "or output is no terminal";
    top->add_flag("--once", once, once_help);
    version = AddCommand("version", "tells the version", "rcodescope version");
    app.formatter(std::make_shared<HelpFormatter>("rcodescope COMMAND [options] [arguments]"));
    app.footer("rcodescope COMMAND --help tells more about a command.");
    app.set_help_flag("-h,--help", "this text");
    const std::string description = "tells the version";
    version_flag = app.add_flag("--version", description);
    app.require_subcommand(0, 1);
    app.allow_extras();
    for (const OptionSpec& spec : OptionTable()) {
      if (spec.BelongsTo(Command::kReplay)) AddOption(*replay, spec, Command::kReplay);
      if (spec.BelongsTo(Command::kLive)) AddOption(*live, spec, Command::kLive);
      if (spec.BelongsTo(Command::kDpdk)) AddOption(*dpdk, spec, Command::kDpdk);
    }
  }

  CLI::App* AddCommand(const char* name, const char* description, const char* usage) {
    CLI::App* command = app.add_subcommand(name, description);
    command->formatter(std::make_shared<HelpFormatter>(usage));
    command->set_help_flag("-h,--help", "this text");
    command->allow_extras();
    return command;
  }

  static void AddOption(CLI::App& app, const OptionSpec& spec, Command command) {
    const std::string name = absl::StrCat(*spec.short_name == '\0' ? "" : "-", spec.short_name,
                                          *spec.short_name == '\0' ? "--" : ",--", spec.name);
    const std::string help = HelpText(spec, command);
    CLI::Option* option = spec.kind == ValueKind::kFlag
                              ? app.add_flag(name, help)
                              : app.add_option(name, CLI::callback_t(), help);
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);  // to refuse them ourselves
    if (spec.kind != ValueKind::kFlag) option->option_text(spec.value_name)->type_name("value");
    if (spec.scope == OptionScope::kHidden) option->group("");
  }

  CLI::App app;
  CLI::App* replay;
  CLI::App* live;
  CLI::App* dpdk;
  CLI::App* check_config;
  CLI::App* explain;
  CLI::App* top;
  CLI::App* version;
  CLI::Option* version_flag;
  std::vector<std::string> opcodes;  // of explain, as given
  bool json = false;                 // the same
  std::vector<std::string> urls;     // of top, as given
  bool once = false;                 // the same
};

ParseResult Finish(ExitCode exit_code, std::string text) {
  return {std::nullopt, {exit_code, std::move(text)}};
}

// `command` is the subcommand whose help is pointed to; empty: the program's.
ParseResult UsageError(const std::string& command, const std::string& what) {
  return Finish(ExitCode::kUsage, absl::StrCat(kProgram, ": ", what, "; see ", kProgram,
                                               command.empty() ? "" : " ", command, " --help\n"));
}

bool LooksLikeOption(const std::string& argument) {
  return argument.size() > 1 && argument.front() == '-';
}

// The options that were given, in the order of the table. `given` takes their names.
absl::Status TakeOptions(const CLI::App& app, Options& options, std::set<std::string>& given) {
  for (const OptionSpec& spec : OptionTable()) {
    if (!spec.BelongsTo(options.command)) continue;
    const std::string name = absl::StrCat("--", spec.name);
    const std::vector<std::string> values = app.get_option(name)->results();
    if (values.empty()) continue;
    if (values.size() > 1 && !spec.repeats) {
      return absl::InvalidArgumentError(name + ": given more than once");
    }
    std::string joined;
    for (const std::string& value : values) {
      if (value.starts_with("--")) {
        return absl::InvalidArgumentError(
            absl::StrCat(name, ": value missing before ", Quote(value)));
      }
      absl::StrAppend(&joined, joined.empty() ? "" : ",", value);
    }
    const absl::Status status = SetOption(spec, options, joined);
    if (!status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, " ", Quote(joined), ": ", status.message()));
    }
    given.insert(spec.name);
  }
  return absl::OkStatus();
}

// The commands that count: options and, for replay, files. `behind`: what stands behind "--".
ParseResult ParseRun(const CLI::App& app, Command command, const std::vector<std::string>& behind) {
  const std::string name = app.get_name();
  Options options = DefaultsOf(command);
  if (command == Command::kDpdk) {
    options.eal_arguments = behind;
  } else {
    options.filter = absl::StrJoin(behind, " ");
  }
  for (const std::string& argument : app.remaining()) {
    if (LooksLikeOption(argument)) return UsageError(name, "unknown option " + Quote(argument));
    if (command != Command::kReplay) {
      return UsageError(name, "unexpected argument " + Quote(argument));
    }
    if (argument.empty()) return UsageError(name, "an empty FILE name");
    options.files.push_back(argument);
  }

  // Twice: for the name of the file, and to win over what the file says.
  std::set<std::string> given;
  Options from_command_line = options;
  absl::Status status = TakeOptions(app, from_command_line, given);
  if (!status.ok()) return UsageError(name, std::string(status.message()));
  // A file of options may name a folder to follow.
  if (from_command_line.config.empty()) status = CheckInputs(from_command_line);
  if (!status.ok()) return UsageError(name, std::string(status.message()));
  if (!from_command_line.config.empty()) {
    const ConfigReading reading = ReadConfigFile(from_command_line.config, options);
    if (!reading.problems.empty()) {
      return Finish(ExitCode::kConfig,
                    DescribeProblems(from_command_line.config, reading.problems));
    }
    given.insert(reading.keys.begin(), reading.keys.end());
  }
  status = TakeOptions(app, options, given);
  if (status.ok()) status = CheckInputs(options);
  if (status.ok()) status = SettleOutputs(options, given.contains("text"));
  if (status.ok()) status = CheckPrivacy(options);
  if (!status.ok()) return UsageError(name, std::string(status.message()));
  if (command == Command::kLive && options.interfaces.empty()) {
    return UsageError(name, "no interface given (-i IFACE)");
  }
  return {std::move(options), {}};
}

// check-config and version: so many plain arguments and nothing else.
ParseResult ParseSimple(const CLI::App& command, Command meaning, bool has_filter) {
  const std::vector<std::string> arguments = command.remaining();
  for (const std::string& argument : arguments) {
    if (LooksLikeOption(argument)) {
      return UsageError(command.get_name(), "unknown option " + Quote(argument));
    }
  }
  const size_t wanted = meaning == Command::kCheckConfig ? 1 : 0;
  if (arguments.size() < wanted) return UsageError(command.get_name(), "no FILE given");
  if (arguments.size() > wanted) {
    return UsageError(command.get_name(), "unexpected argument " + Quote(arguments[wanted]));
  }
  if (has_filter) return UsageError(command.get_name(), "takes no filter behind --");
  Options options;
  options.command = meaning;
  if (wanted == 1) options.config = arguments.front();
  return {std::move(options), {}};
}

ParseResult ParseExplain(const CommandLine& line, const std::vector<std::string>& behind) {
  Options options;
  options.command = Command::kExplain;
  for (const std::string& argument : line.explain->remaining()) {
    if (LooksLikeOption(argument)) {
      return UsageError("explain", "unknown option " + Quote(argument));
    }
    options.explain.codes.push_back(argument);
  }
  options.explain.codes.insert(options.explain.codes.end(), behind.begin(), behind.end());
  if (line.opcodes.size() > 1) return UsageError("explain", "--opcode: given more than once");
  if (!line.opcodes.empty()) options.explain.opcode = line.opcodes.front();
  options.explain.json = line.json;
  return {std::move(options), {}};
}

ParseResult ParseTop(const CommandLine& line, const std::vector<std::string>& behind) {
  std::vector<std::string> urls = line.urls;
  for (const std::string& argument : line.top->remaining()) {
    if (LooksLikeOption(argument)) return UsageError("top", "unknown option " + Quote(argument));
    urls.push_back(argument);
  }
  urls.insert(urls.end(), behind.begin(), behind.end());
  if (urls.size() > 1) return UsageError("top", "more than one URL");
  Options options;
  options.command = Command::kTop;
  options.top_view.once = line.once;
  if (urls.empty()) return {std::move(options), {}};
  const absl::StatusOr<std::string> url = InstanceUrl(urls.front());
  if (!url.ok()) {
    return UsageError("top",
                      absl::StrCat("URL ", Quote(urls.front()), ": ", url.status().message()));
  }
  options.top_view.url = *url;
  return {std::move(options), {}};
}

ParseResult Interpret(const CommandLine& line, const std::vector<std::string>& behind,
                      bool has_dashes) {
  const std::vector<std::string> rest = line.app.remaining();
  if (!rest.empty()) {
    return UsageError(
        "", (LooksLikeOption(rest[0]) ? "unknown option " : "unknown command ") + Quote(rest[0]));
  }
  if (!line.version_flag->empty()) {
    Options options;
    options.command = Command::kVersion;
    return {std::move(options), {}};
  }
  if (*line.replay) return ParseRun(*line.replay, Command::kReplay, behind);
  if (*line.live) return ParseRun(*line.live, Command::kLive, behind);
  if (*line.dpdk) return ParseRun(*line.dpdk, Command::kDpdk, behind);
  if (*line.check_config) return ParseSimple(*line.check_config, Command::kCheckConfig, has_dashes);
  if (*line.explain) return ParseExplain(line, behind);
  if (*line.top) return ParseTop(line, behind);
  if (*line.version) return ParseSimple(*line.version, Command::kVersion, has_dashes);
  return UsageError("", "no command given");
}

}  // namespace

Options DefaultsOf(Command command) {
  Options options;
  options.command = command;
  if (command != Command::kLive && command != Command::kDpdk) return options;
  for (const OptionSpec& spec : OptionTable()) {
    if (spec.live_default != nullptr) spec.set(options, spec.live_default).IgnoreError();
  }
  return options;
}

ParseResult ParseCommandLine(int argc, const char* const* argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  const bool has_dashes = dashes != arguments.end();
  std::vector<std::string> behind;
  if (has_dashes) {
    behind.assign(dashes + 1, arguments.end());
    arguments.erase(dashes, arguments.end());
  }
  for (const std::string& argument : arguments) {
    // The library would take the next argument for the value.
    if (argument.starts_with("--") && argument.ends_with('=')) {
      return UsageError("", Quote(argument) + " has no value");
    }
  }
  CommandLine line;
  try {
    std::reverse(arguments.begin(), arguments.end());  // as the library wants its vector
    line.app.parse(std::move(arguments));
    return Interpret(line, behind, has_dashes);
  } catch (const CLI::CallForHelp&) {
    return Finish(ExitCode::kDone, line.app.help());
  } catch (const CLI::Error& error) {
    std::string name;
    for (const CLI::App* command : {line.replay, line.live, line.dpdk, line.explain, line.top}) {
      if (*command) name = command->get_name();
    }
    return UsageError(name, error.what());
  }
}

}  // namespace rcodescope
