"""Print how often each pattern is found in each room; with `--list [ROOM]` also where."""

import sys
from collections import Counter

from tests.english.patterns import findings, room


def main(arguments: list[str]) -> int:
    """Print the table; return 1 if anything was found."""
    found = findings()
    if arguments[:1] == ["--list"]:
        for finding in found:
            if finding.file.startswith(tuple(arguments[1:]) or ""):
                print(f"{finding.file}:{finding.line}: {finding.pattern}: {finding.text}")
    for title, key in (("room", lambda f: room(f.file)), ("pattern", lambda f: f.pattern)):
        counts = Counter(key(finding) for finding in found)
        for name, count in sorted(counts.items()):
            print(f"{title:8} {name:34} {count:5}")
    print(f"{'in all':43} {len(found):5}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
