"""Real clients, and what they say of the answers they got."""

import collections
import re
import subprocess


def dig(net, address, questions):
    """Puts all questions to the server with dig; {rcode: answers} as dig tells them."""
    told = collections.Counter()
    for question, options, times in questions:
        done = subprocess.run(
            net.at_client("dig", "+tries=1", "+time=5", *options, f"@{address}", "-f", "/dev/stdin"),
            input="\n".join([question] * times).encode(), capture_output=True, check=False,
        )
        answers = done.stdout.decode().split(";; ->>HEADER<<-")[1:]
        if len(answers) != times:
            raise AssertionError(f"{question} {options}: {len(answers)} answers of {times}: {done}")
        told.update(code_of(answer) for answer in answers)
    return told


def code_of(answer):
    """The most specific code of one answer of dig: the TSIG record's error where it has one."""
    # ;; TSIG PSEUDOSECTION: NAME TTL ANY TSIG ALGORITHM TIME FUDGE SIZE [MAC] ID ERROR SIZE
    if match := re.search(r"\sTSIG\s.* (\w+) \d+ *$", answer, re.MULTILINE):
        if match[1] != "NOERROR":
            return match[1]
    return re.search(r"status: (\w+)", answer)[1]


def kdig(net, address, questions):
    """The same with kdig: (name and type, options) once each."""
    told = collections.Counter()
    for question, options in questions:
        done = subprocess.run(
            net.at_client("kdig", "+retry=0", "+timeout=5", *options, f"@{address}",
                          *question.split()),
            capture_output=True, check=True,
        )
        told[re.search(r"status: (\w+)", done.stdout.decode())[1]] += 1
    return told


def dnsperf(net, address, folder, questions, runs):
    """All questions `runs` times; {rcode: answers}. None may be lost."""
    path = folder / "questions"
    path.write_text("".join(f"{question}\n" for question in questions), encoding="utf-8")
    done = subprocess.run(
        net.at_client("dnsperf", "-s", address, "-d", path, "-n", str(runs), "-q", "20"),
        capture_output=True, check=True,
    )
    text = done.stdout.decode()
    if re.search(r"Queries lost:\s+0 ", text) is None:
        raise AssertionError(text)
    line = re.search(r"Response codes:\s+(.*)", text)[1]
    return collections.Counter(
        {code: int(count) for code, count in re.findall(r"(\w+) (\d+) \(", line)}
    )


def nsupdate(net, address, zone, updates):
    """One update after the other, each (options, lines); {rcode: answers}."""
    told = collections.Counter()
    for options, lines in updates:
        script = "\n".join((f"server {address}", f"zone {zone}", *lines, "send")) + "\n"
        done = subprocess.run(
            net.at_client("nsupdate", "-d", *options), input=script.encode(),
            capture_output=True, check=False,  # 2 when the server refuses
        )
        text = (done.stdout + done.stderr).decode()
        answers = text.split("Reply from update query:")[1:]
        if len(answers) != 1:
            raise AssertionError(f"{lines}: {text}")
        told[code_of(answers[0])] += 1
    return told
