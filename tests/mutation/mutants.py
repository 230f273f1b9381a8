"""Faults to plant in a C++ source: an operator, a bound or a constant that is another."""

import hashlib
import re
from dataclasses import dataclass

_HIDDEN = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])'"
    r"|^\s*(?:#|static_assert|assert\(|typedef|namespace|using)[^\n]*",
    re.DOTALL | re.MULTILINE,
)
_NUMBER = re.compile(r"(?<![\w.'])(0x[0-9a-fA-F']+|[0-9][0-9']*)([uU]?[lL]{0,2})(?![\w.'])")

# What stands there → what is put in its place. An operator with two operands has a space on either
# side (.clang-format), which angle brackets, pointers and references have not.
_OPERATORS = {
    r"(?<=\s)<(?=\s)": ("<=", ">="),
    r"(?<=\s)<=(?=\s)": ("<", ">"),
    r"(?<=\s)>(?=\s)": (">=", "<="),
    r"(?<=\s)>=(?=\s)": (">", "<"),
    r"(?<=\s)==(?=\s)": ("!=",),
    r"(?<=\s)!=(?=\s)": ("==",),
    r"(?<=\s)&&(?=\s)": ("||",),
    r"(?<=\s)\|\|(?=\s)": ("&&",),
    r"(?<=\s)&(?=\s)": ("|",),
    r"(?<=\s)\|(?=\s)": ("&",),
    r"(?<=\s)<<(?=\s)": (">>",),
    r"(?<=\s)>>(?=\s)": ("<<",),
    r"(?<=\s)\+(?=\s)": ("-",),
    r"(?<=\s)-(?=\s)": ("+",),
    r"(?<=\s)\*(?=\s)": ("/",),
    r"(?<=\s)/(?=\s)": ("*",),
    r"(?<=\s)%(?=\s)": ("*",),
    r"(?<=\s)\+=(?=\s)": ("-=",),
    r"(?<=\s)-=(?=\s)": ("+=",),
    r"(?<=\s)\|=(?=\s)": ("&=",),
    r"\+\+(?=[\w(])": ("--",),
    r"--(?=[\w(])": ("++",),
    r"!(?=[\w(])": ("",),
    r"\btrue\b": ("false",),
    r"\bfalse\b": ("true",),
    r"\bstd::min\b": ("std::max",),
    r"\bstd::max\b": ("std::min",),
}
_RULES = [(re.compile(pattern), after) for pattern, after in _OPERATORS.items()]


@dataclass(frozen=True)
class Mutant:
    file: str  # from the root of the tree
    line: int  # from 1
    before: str  # the line, without indentation
    after: str
    text: str  # the whole source with the fault

    @property
    def key(self):
        return hashlib.sha256(f"{self.file}\0{self.text}".encode()).hexdigest()[:12]

    def place(self, seed):
        """Where it stands among all: by chance, and the same whatever else the source holds."""
        told = f"{seed}\0{self.file}\0{self.before}\0{self.after}"
        return hashlib.sha256(told.encode()).hexdigest()

    def __str__(self):
        return f"{self.file}:{self.line}: {self.before}  →  {self.after}"


def _hide(source):
    """Comments, literals and declarations as blanks of the same length."""
    blank = lambda found: re.sub(r"[^\n]", " ", found.group())
    return _HIDDEN.sub(blank, source)


def _replacements(code):
    """(begin, end, text) of everything that can be another."""
    for pattern, texts in _RULES:
        for found in pattern.finditer(code):
            for text in texts:
                yield found.start(), found.end(), text
    for found in _NUMBER.finditer(code):
        digits, suffix = found.groups()
        value = int(digits.replace("'", ""), 0)
        form = hex if digits.startswith("0x") else str
        for other in (value + 1, value - 1):
            if other >= 0:
                yield found.start(), found.end(), form(other) + suffix


def mutants_of(file, source):
    """All of one source, in the order of their places."""
    found = []
    for begin, end, text in sorted(_replacements(_hide(source))):
        mutated = source[:begin] + text + source[end:]
        number = source.count("\n", 0, begin) + 1
        line_of = lambda whole: whole.split("\n")[number - 1].strip()
        found.append(Mutant(file, number, line_of(source), line_of(mutated), mutated))
    return found
