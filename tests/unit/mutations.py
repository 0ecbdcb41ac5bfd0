#!/usr/bin/env python3
"""mutations.py BUILD [NAME...]: takes one proof at a time out of a copy of the runtime, and sees that a unit test fails.

A proof that no test notices could be lost in silence. BUILD is a host build with unit_tests built; takes minutes, so
it is no part of ctest: ./run mutate. Prints one line per mutation and fails if one survives.
"""
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# name, file of runtime/src, what is there (once), what takes its place, the tests that should notice
MUTATIONS = [
    ("I7 vector count", "open.cpp", "count > kMost || ", "", "I7*"),
    ("I9 most features", "open.cpp", "features == 0 || features > 0xFFFF", "features == 0", "I9*"),
    ("I9 most classes", "open.cpp", "view.outputs != outputs || ", "", "I9*"),
    ("I18 golden rows", "open.cpp", "rows > kMostGoldenRows || ", "", "I18*"),
    ("I20 work", "work.cpp", "view.work / 4 <= view.bytes.size()", "true", "*I20*"),
    ("I20 the caller's limit", "open.cpp", "model.view_.work <= most_work", "true", "*I20*"),
    ("I21 promises", "open.cpp", "promises == 0", "true", "I21*"),
    ("I60 a layer of nothing", "network_prove.cpp", "if (outputs == 0) return Status::kShape;", "", "I60*"),
    ("I111 code_limit", "open.cpp", "if (limit < 1 || limit > INT16_MAX) return Status::kNumber;\n  if (steps",
     "if (steps", "I111*"),
    ("I111 most steps", "open.cpp", "if (steps.count > 0xFFFF) return Status::kShape;", "", "I111*"),
    ("I111 most features", "preparation_prove.cpp", " || padded(view.features) > kMostCodesBefore", "", "I111*"),
    ("I115 code_limit", "open.cpp", "if (limit < 1 || limit > INT16_MAX) return Status::kNumber;\n  const std::uint32_t",
     "const std::uint32_t", "I115*"),
    ("I115 components", "open.cpp", "components.count != 0 && components.count <= 0xFFFF && ", "", "I115*"),
    ("I115 codes before", "open.cpp", "before <= detail::kMostCodesBefore &&", "", "I115*"),
    ("I115 weights", "open.cpp", "std::uint64_t{components.count} * view.columns == weights.count", "true", "I115*"),
    ("I115 shift", "preparation_prove.cpp", "if (how.shift > 31) return Status::kNumber;", "", "I115*"),
    ("monitor words", "monitor.cpp", "if (needed > view.monitor_words) return Status::kBudget;", "", "monitor:*"),
    ("snapshot histograms", "read_snapshot.cpp", "header.histograms > header.features ||", "", "snapshot:*"),
    ("snapshot health", "read_snapshot.cpp", "header.health > 3 || ", "", "snapshot:*"),
    ("snapshot reason", "read_snapshot.cpp", " || header.reason > 7", "", "snapshot:*"),
    ("opening, monitor", "monitor.cpp", "model_->opening() == opening_", "model_->is_open()", "*part*"),
    ("opening, probability", "probability.cpp", "model_->opening() == opening_", "model_->is_open()", "*part*"),
    ("opening, explanation", "explain.cpp", "model_->opening() == opening_", "model_->is_open()", "*part*"),
    ("opening, counters", "contributions.cpp", "model_->opening() == opening_", "model_->is_open()", "*part*"),
    ("opening, counted", "open.cpp", "model.settle(view.opening);", "view.home = &model;", "*part*"),
    ("waiting rows", "watch.cpp", "rows.rows % kBatch", "rows.rows", "words of a monitor*"),
]


def run(command, folder):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def compile_command(build, path, source, object_file):
    """The command that compiles `path`, for the copy `source`."""
    for entry in json.load(open(os.path.join(build, "compile_commands.json"))):
        if entry["file"] == path and "shared" not in entry["command"]:
            words = shlex.split(entry["command"])
            words[words.index("-o") + 1] = object_file
            words[words.index("-c") + 1] = source
            return words + ["-I" + os.path.dirname(path), "-w"]
    sys.exit(f"mutations: nothing compiles {path}")


def link_command(build, object_file, program):
    """The command that links unit_tests, with the object before the archive that has the same file."""
    last = run(["ninja", "-t", "commands", "tests/unit/unit_tests"], build).stdout.strip().splitlines()[-1]
    words = [word for word in shlex.split(last) if word not in (":", "&&")]
    at = words.index("-o")
    words[at + 1] = program
    words.insert(at, object_file)
    return words


def mutate(build, folder, mutation):
    """What the unit tests say of the runtime without a proof: "noticed", or why not."""
    _, name, before, after, tests = mutation
    path = os.path.join(ROOT, "runtime", "src", name)
    text = open(path).read()
    if text.count(before) != 1:
        return f"no mutation: {text.count(before)} places have {before!r}"
    source, object_file, program = (os.path.join(folder, end) for end in (name, "mutated.o", "tests"))
    open(source, "w").write(text.replace(before, after))
    compiled = run(compile_command(build, path, source, object_file), build)
    if compiled.returncode != 0:
        return "does not compile: " + compiled.stderr[:300]
    linked = run(os.environ.get("LINK", "").split() + [program, object_file] if "LINK" in os.environ
                 else link_command(build, object_file, program), build)
    if linked.returncode != 0:
        return "does not link: " + linked.stderr[:300]
    tested = run([program, f"--test-case={tests}"], build)
    # Killed by what the proof keeps away is noticed, too; but some test must have run.
    if tested.returncode < 0:
        return "noticed"
    counted = re.search(r"test cases:\s+(\d+)", tested.stdout)
    if counted is None or int(counted.group(1)) == 0:
        return "no test ran"
    return "noticed" if tested.returncode != 0 else "SURVIVES"


def main():
    build, names = os.path.abspath(sys.argv[1]), sys.argv[2:]
    survived = 0
    with tempfile.TemporaryDirectory() as folder:
        for mutation in MUTATIONS:
            if names and not any(name in mutation[0] for name in names):
                continue
            said = mutate(build, folder, mutation)
            survived += said != "noticed"
            print(f"{mutation[0]:<24} {said}", flush=True)
    if survived:
        sys.exit(f"{survived} mutations are not noticed")


if __name__ == "__main__":
    main()
