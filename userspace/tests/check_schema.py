#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""check_schema.py LAB_VERDICT SCHEMA DIR: the same verdict as python's checker.

Runs LAB_VERDICT on the files in DIR/good and DIR/bad and on many mutants of
them, and compares each verdict with that of python3-jsonschema. Prints KTAP.
"""
import copy
import glob
import json
import os
import random
import subprocess
import sys
import tempfile

import jsonschema

SEED = 1
MUTANTS = 400
VALUES = [None, True, False, 0, 1, -1, 1.0, 0.5, 1e300, 70000, "", "x", "on",
          "off", "auto", "none", "10.0.0.1", "10.0.0.0/8", "a.b", "a" * 64,
          "a" * 65, "02:00:00:00:00:01", [], {}, ["x"], {"x": 1},
          ["10.0.0.1"], {"cidr": "10.0.0.0/8"}, {"network": "n"}]
KEYS = ["lab", "hosts", "vms", "nics", "network", "ip", "gateway", "x", "via",
        "type", "run", "labels", "web-{1..3}", "a b", "groups", "links"]


def places(node, found):
    """All containers of a tree with the keys or indices in them."""
    if isinstance(node, dict):
        found += [(node, key) for key in node]
        for value in node.values():
            places(value, found)
    elif isinstance(node, list):
        found += [(node, i) for i in range(len(node))]
        for value in node:
            places(value, found)
    return found


def mutate(rng, tree):
    tree = {"root": copy.deepcopy(tree)}
    for _ in range(rng.randint(1, 3)):
        where, key = rng.choice(places(tree, []))
        what = rng.random()
        if what < 0.5 or where is tree:
            where[key] = copy.deepcopy(rng.choice(VALUES))
        elif what < 0.75:
            del where[key]
        elif isinstance(where, dict):
            where[rng.choice(KEYS)] = copy.deepcopy(rng.choice(VALUES))
        else:
            where.append(copy.deepcopy(rng.choice(VALUES)))
    return tree["root"]


def verdicts(tool, files):
    """What the tool says of each file, and the tree it saw."""
    out = subprocess.run([tool] + files, check=True, capture_output=True,
                         text=True).stdout
    for line in out.splitlines():
        name, verdict, tree = line.split("\t", 2)
        yield name, verdict, json.loads(tree)


def main():
    tool, schema, corpus = sys.argv[1:]
    with open(schema, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    checker = jsonschema.Draft202012Validator(schema)
    good = sorted(glob.glob(corpus + "/good/*.yaml"))
    bad = sorted(glob.glob(corpus + "/bad/*.yaml"))
    wrong = []
    trees = []
    for name, verdict, tree in verdicts(tool, good + bad):
        trees.append(tree)
        expected = "good" if "/good/" in name else "bad"
        python = "good" if checker.is_valid(tree) else "bad"
        if not verdict == python == expected:
            wrong.append(f"{name}: {verdict}, python says {python}")
    rng = random.Random(SEED)
    both = {"good": 0, "bad": 0}
    with tempfile.TemporaryDirectory() as temp:
        files = []
        for i in range(MUTANTS):
            files.append(os.path.join(temp, f"{i}.yaml"))
            with open(files[-1], "w", encoding="utf-8") as file:
                json.dump(mutate(rng, rng.choice(trees)), file)
        for name, verdict, tree in verdicts(tool, files):
            python = "good" if checker.is_valid(tree) else "bad"
            both[python] += 1
            if verdict != python:
                wrong.append(f"{json.dumps(tree)[:300]}: {verdict}, "
                             f"python says {python}")
    print("TAP version 13\n1..2")
    for line in wrong:
        print("#", line)
    print("not ok" if wrong else "ok", "1 same verdicts on",
          len(good) + len(bad), "files and", MUTANTS, "mutants")
    print("ok" if min(both.values()) > MUTANTS / 20 else "not ok",
          "2 of the mutants", both["good"], "are good and", both["bad"], "bad")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
