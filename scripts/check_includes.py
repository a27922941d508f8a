#!/usr/bin/env python3
"""Check that a module includes headers of declared modules only.

Every `#include "tieout/<m>/..."` in modules/<name> must name the module itself or one of the DEPS in its CMakeLists.txt; tests
and benchmarks may also use what TEST_EXTERNAL names as tieout::<m>. No include may leave its folder by "..".
"""

import re
import sys

import tree

KEYWORDS = {"SOURCES", "DEPS", "EXTERNAL", "TESTS", "TEST_EXTERNAL", "BENCHMARKS"}
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]')


def declared_arguments(text):
    """The arguments of tieout_module() by keyword; the name is under "NAME"."""
    text = re.sub(r"#.*", "", text)
    call = re.search(r"tieout_module\s*\(([^)]*)\)", text)
    if call is None:
        return None
    arguments = {keyword: [] for keyword in KEYWORDS}
    arguments["NAME"] = []
    keyword = "NAME"
    for word in call.group(1).split():
        if word in KEYWORDS:
            keyword = word
        else:
            arguments[keyword].append(word)
    return arguments


def check_file(path, text, module, allowed):
    findings = []
    for number, line in enumerate(text.splitlines(), start=1):
        match = INCLUDE.match(line)
        if match is None:
            continue
        target = match.group(1)
        if ".." in target.split("/"):
            findings.append(f"{path}:{number}: includes '{target}' by a path that leaves its folder")
        parts = target.split("/")
        if parts[0] == "tieout" and len(parts) > 2 and parts[1] not in allowed:
            findings.append(f"{path}:{number}: includes '{target}', but {module} does not declare {parts[1]} in DEPS")
    return findings


def main():
    root = tree.root_from_arguments(__doc__.splitlines()[0])
    files = tree.files_of(root)
    findings = []
    for module in sorted({path.parts[1] for path in files if path.parts[0] == "modules" and len(path.parts) > 2}):
        cmake = root / "modules" / module / "CMakeLists.txt"
        arguments = declared_arguments(cmake.read_text()) if cmake.is_file() else None
        if arguments is None:
            findings.append(f"modules/{module}: no CMakeLists.txt with tieout_module({module} ...)")
            continue
        in_library = {module, *arguments["DEPS"]}
        in_tests = in_library | {name.removeprefix("tieout::") for name in arguments["TEST_EXTERNAL"]
                                 if name.startswith("tieout::")}
        for path in files:
            if path.parts[:2] == ("modules", module) and path.suffix in {".hpp", ".cpp", ".h", ".inc"}:
                allowed = in_tests if path.parts[2] in {"tests", "bench", "fuzz"} else in_library
                findings += check_file(path, (root / path).read_text(), module, allowed)
    return tree.report(findings)


if __name__ == "__main__":
    sys.exit(main())
