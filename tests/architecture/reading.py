"""The sources as syntax trees."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = ("app", "config", "sandbox", "supervisor", "scenarios")


@cache
def trees(*roots: str) -> dict[Path, ast.Module]:
    """By path from the root; all of our own programs where none is named."""
    files = [file for root in roots or OURS for file in (ROOT / root).rglob("*.py")]
    assert len(files) > 10
    return {file.relative_to(ROOT): ast.parse(file.read_text("utf-8")) for file in sorted(files)}


def imports(tree: ast.AST) -> Iterator[str]:
    """What is imported, in full: app.kernel.clock for `from app.kernel import clock`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
