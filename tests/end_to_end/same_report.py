"""What the report of a live capture and that of a replay of the same frames have in common: all but
where they came from, and when."""

import json

import program
from live import series

# Fragments, TCP, tunnels, EDNS, TSIG, every code.
CAPTURES = ("e100-frag-fwd", "e132-tcp-big-1400", "e26-erspan2", "g01-badvers", "g03-tsig",
            "g14-tcp-framing", "g21-rcode-sweep")


def capture_file(name):
    return program.CAPTURES / (name + ".pcap")


def frames_on(page):
    ended = sum(value for _, value in series(page, "frames_total"))
    return ended + sum(value for _, value in series(page, "frames_held"))


def check(test, told, expected):
    """`test` fails unless the two reports say the same. Takes both apart."""
    test.assertEqual(told["frames"]["residual"], 0)
    for report in (expected, told):
        sums = {code: sum(row) for code, row in report["series"]["rcodes"].items()}
        listed = program.responses(report["rcodes"])
        # Of unassigned codes, a series names some.
        others = {code: listed.pop(code) for code in set(listed) - set(sums)}
        test.assertEqual(sums.pop("other", 0), sum(others.values()))
        test.assertEqual(sums, listed)
        report["frames"]["dropped"] = report["frames"]["dropped"].get("filter", 0)
        for key in ("sources", "time", "series"):
            del report[key]
    test.assertEqual(json.dumps(told, indent=1), json.dumps(expected, indent=1))
