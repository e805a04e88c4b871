"""Reading a plugin's source before it runs: what it imports and reaches for, which facts it names.

This keeps honest plugins on the path; it is no prison for a hostile one, whose code nobody should install.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

CONTRACT = "app.scenario.contract"
SAFE = frozenset(
    {
        "__future__", "collections", "dataclasses", "datetime", "decimal", "enum", "fractions", "functools",
        "itertools", "marshmallow", "math", "numbers", "operator", "re", "string", "types", "typing",
        "unicodedata",
    }
)
REACHING_OUT = frozenset(
    {
        "__builtins__", "__import__", "breakpoint", "compile", "delattr", "eval", "exec", "getattr",
        "globals", "input", "locals", "open", "print", "setattr", "vars",
    }
)
_CONDITIONS = frozenset({"AtLeast", "AtMost", "Equals", "OneOf", "Contains"})


def trespasses(folder: Path) -> list[str]:
    """Why the plugin's own files (its tests aside) may not be run; empty where they may."""
    found: list[str] = []
    for path in sorted(folder.rglob("*.py")):
        where = path.relative_to(folder)
        if where.parts[0] == "tests":
            continue
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError) as error:
            found.append(f"{where} is not Python: {error}")
            continue
        found += [f"{where} {what}" for what in dict.fromkeys(_trespasses(tree))]
    return found


def _trespasses(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"imports {each.name}" for each in node.names if not _allowed(each.name))
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            if not _allowed(module):
                yield f"imports {module}"
        elif isinstance(node, ast.Name) and node.id in REACHING_OUT:
            yield f"uses {node.id}"
        elif isinstance(node, ast.Attribute) and node.attr.startswith("__"):
            yield f"uses {node.attr}"


def _allowed(module: str) -> bool:
    return module == CONTRACT or module.partition(".")[0] in SAFE


def named(rules: Path) -> tuple[frozenset[str], frozenset[str]]:
    """The facts and the reasons that stand literally in rules.py, on branches that no example takes, too."""
    facts: set[str] = set()
    whys: set[str] = set()
    for node in ast.walk(ast.parse(rules.read_bytes())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in _CONDITIONS | {"AnyOf"}:
            continue
        places: dict[str, list[ast.expr]] = {"fact": [], "why": []}
        if name in _CONDITIONS:
            places = {"fact": node.args[:1], "why": node.args[2:3]}
        for keyword in node.keywords:
            if keyword.arg in places:
                places[keyword.arg] = [keyword.value]
        facts |= set(_texts(places["fact"]))
        whys |= set(_texts(places["why"]))
    return frozenset(facts), frozenset(whys)


def _texts(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
