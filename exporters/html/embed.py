#!/usr/bin/env python3
"""Writes page.html, with its style and script in place, as C++ string literals: embed.py FOLDER OUT.
What the program fills in later, @nav@, @data@ and @meanings@, parts them."""

import sys
from pathlib import Path

PIECE = 8000  # of bytes; a string literal may not be as long as one likes


def literal(text):
    pieces = [text[i : i + PIECE] for i in range(0, len(text), PIECE)]
    return "\n".join(f'    R"~page~({piece})~page~"' for piece in pieces)


def main():
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    read = {name: (folder / name).read_text(encoding="utf-8") for name in ("page.html", "page.css", "chart.js", "page.js")}
    page = read["page.html"]
    page = page.replace("@style@\n", read["page.css"]).replace("@script@\n", read["chart.js"] + read["page.js"])
    parts = []
    for mark in ("@nav@", "@data@", "@meanings@"):
        before, page = page.split(mark)
        parts.append(before)
    parts.append(page)
    names = ("kPageBeforeNav", "kPageBeforeData", "kPageBeforeMeanings", "kPageEnd")
    lines = ["// Made by exporters/html/embed.py.", "#pragma once", "", "namespace rcodescope {", ""]
    for name, part in zip(names, parts):
        lines.append(f"inline constexpr char {name}[] =\n{literal(part)};\n")
    lines.append("}  // namespace rcodescope\n")
    out.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
