// What `explain` has to say about a code, from the tables of parse/, before it is text or JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/code_words.h"
#include "parse/rcode_texts.h"

namespace rcodescope {

struct CodeTopic {
  CodeMeaning code;
  std::string name;                   // "SERVFAIL", "RCODE24", "EDE 22"
  std::string number;                 // "2"; of a range its ends
  std::string title;                  // IANA's words
  std::string reference;              // where it is defined
  std::vector<std::string> fields;    // "dns", "tsig", "tkey": where it is read from; EDE: "ede"
  std::vector<Statement> statements;  // by aspect
};

// `opcode`: the one that is asked about; empty: all of them.
CodeTopic TopicOf(const CodeMeaning& code, std::optional<Opcode> opcode);

// What tells two codes apart: what follows from where they travel, and what either's statements say
// of the other.
std::vector<Statement> DifferencesOf(const CodeTopic& a, const CodeTopic& b);

}  // namespace rcodescope
