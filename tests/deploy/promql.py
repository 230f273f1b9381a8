"""What a PromQL expression asks for, as far as the rules of this folder need it: a tokenizer and what
stands around each metric. Whether it is PromQL at all is promtool's to say."""

import re
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"""\s*(?:\#[^\n]*\n\s*)*(?:
      (?P<string>"(?:[^"\\]|\\.)*"|'[^']*')
    | (?P<range>\[[^\]]*\])
    | (?P<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?(?P<unit>[smhdwy]\w*)?)
    | (?P<word>[A-Za-z_:][A-Za-z0-9_:]*)
    | (?P<sign>=~|!~|!=|==|>=|<=|[-+*/%^(){},=<>])
    )""",
    re.VERBOSE,
)
LABEL_LISTS = ("by", "without", "on", "ignoring", "group_left", "group_right")
KEYWORDS = (*LABEL_LISTS, "and", "or", "unless", "bool", "offset")
AGGREGATIONS = ("sum", "min", "max", "avg", "count", "stddev", "topk", "bottomk", "quantile", "group")
OF_COUNTERS = ("rate", "increase", "irate", "resets")


@dataclass
class Selector:
    """A metric as it stands in an expression."""

    metric: str
    matchers: dict = field(default_factory=dict)  # {label: (sign, value)}
    range: str = ""  # as in [5m]
    function: str = ""  # that it is the first argument of
    around: tuple = ()  # the functions and aggregations that it stands in, outermost first


@dataclass
class Labels:
    """A list of labels as in `by (job, instance)`."""

    kind: str  # by, without, on …
    names: tuple


def tokens(expression):
    found, at = [], 0
    text = expression.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"no PromQL at {text[at:at + 20]!r} in {expression!r}")
        found.append((match.lastgroup if match.lastgroup != "unit" else "number",
                      match.group().strip()))
        at = match.end()
    return found


def read(expression):
    """([Selector], [Labels], {functions and aggregations}) of an expression."""
    words = tokens(expression)
    selectors, lists, functions = [], [], set()
    open_functions = []  # one for each ( that is open
    at = 0
    while at < len(words):
        kind, text = words[at]
        following = words[at + 1][1] if at + 1 < len(words) else ""
        if kind == "word" and text in LABEL_LISTS and following == "(":
            end = at + 2
            while words[end][1] != ")":
                end += 1
            lists.append(Labels(text, tuple(w for k, w in words[at + 2:end] if k == "word")))
            at = end + 1
            # `sum by (job) (…)`: the parenthesis behind the list is the aggregation's.
            if text in ("by", "without") and at < len(words) and words[at][1] == "(":
                open_functions.append(aggregation_before(words, at))
                at += 1
            continue
        if kind == "word" and text not in KEYWORDS:
            if following == "(":
                functions.add(text)
                open_functions.append(text)
                at += 2
                continue
            if following in LABEL_LISTS and text in AGGREGATIONS:
                functions.add(text)
                at += 1
                continue
            at = selector(words, at, open_functions, selectors)
            continue
        if text == "(":
            open_functions.append("")
        elif text == ")":
            open_functions.pop()
        at += 1
    return selectors, lists, functions


def aggregation_before(words, at):
    """The aggregation whose list of labels ends before words[at]."""
    while words[at][1] not in ("by", "without"):
        at -= 1
    return words[at - 1][1]


def selector(words, at, open_functions, selectors):
    """Reads the selector at words[at]; where it ends."""
    found = Selector(words[at][1], function=open_functions[-1] if open_functions else "",
                     around=tuple(name for name in open_functions if name))
    at += 1
    if at < len(words) and words[at][1] == "{":
        at += 1
        while words[at][1] != "}":
            if words[at][1] == ",":
                at += 1
                continue
            label, sign, value = (words[at + i][1] for i in range(3))
            found.matchers[label] = (sign, value[1:-1])
            at += 3
        at += 1
    if at < len(words) and words[at][0] == "range":
        found.range = words[at][1][1:-1]
        at += 1
    selectors.append(found)
    return at


def seconds(duration):
    """Of a duration as 1h30m."""
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
    parts = re.findall(r"(\d+)(ms|[smhdwy])", duration)
    if not parts or "".join(n + u for n, u in parts) != duration:
        raise ValueError(f"no duration: {duration!r}")
    return sum(int(n) * units[u] for n, u in parts)
