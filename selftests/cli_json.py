# SPDX-License-Identifier: GPL-2.0-or-later
"""Is standard input what netctl -j of a listing promises?

cli_json.py KEY... : a JSON array of at least one object, each with these
keys, all keys in snake_case, and no number said as a text with a unit."""

import json
import re
import sys


def look(value, where):
    """Complaints of a value and all below it"""
    if isinstance(value, dict):
        for key, inner in value.items():
            if where.endswith("labels"):
                continue
            if not re.fullmatch(r"[a-z][a-z0-9_]*", key):
                yield f"{where}.{key}: not snake_case"
            yield from look(inner, f"{where}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from look(inner, where + "[]")
    elif isinstance(value, str):
        if re.fullmatch(r"[0-9.]+ ?(|[kMGT]?(B|bit|iB)|[mun]?s|%)", value) \
                and not re.fullmatch(r"[0-9]+(\.[0-9]+){3}", value):
            yield f"{where}: a text, {value!r}, for a number"


def main():
    """Exit status 1 if it is not."""
    text = sys.stdin.read()
    try:
        found = json.loads(text)
    except ValueError as error:
        print(f"not JSON: {error}: {text[:200]!r}")
        return 1
    wrong = list(look(found, ""))
    if not isinstance(found, list) or not found:
        wrong.append(f"not a filled array: {text[:200]}")
        found = []
    for obj in found:
        missing = set(sys.argv[1:]) - set(obj)
        if missing:
            wrong.append(f"{sorted(missing)} missing in {obj}")
            break
    for line in wrong[:10]:
        print(line)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
