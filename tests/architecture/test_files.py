"""How files are named, what stands in them, and who may know whom (house.md). Each rule was tried with a file that
breaks it: an import in a function, utils.py, a neighbour's models, flask in a verb, a log line with a name.
"""

import ast
import importlib
import re
from pathlib import Path

from app.kernel.db import Base
from tests.architecture.reading import OURS, imports, trees

NO_NAMES = re.compile(r"services?|utils?|helpers?|managers?|misc|common|stuff")
DOORS = re.compile(r"(?:.+_)?(?:views|cli)|guards|access|answering|factory|demo|health|docs")
PERSONAL = {"name", "id_number", "phone", "openid", "unionid", "js_code", "phone_code", "token", "access_token",
            "refresh_token", "session_key", "subject", "papers", "body", "text", "form", "url", "path", "query",
            "exc_info", "stack_info"}


def package(file: Path) -> str:
    return file.parts[1] if len(file.parts) > 2 else ""


def test_files_are_named_for_what_they_do() -> None:
    assert [file for file in trees() if NO_NAMES.fullmatch(file.stem)] == []


def test_a_package_says_in_one_sentence_what_it_owns() -> None:
    wrong = []
    for file, tree in trees("app").items():
        if file.name == "__init__.py":
            words = ast.get_docstring(tree) or ""
            if len(tree.body) != 1 or "\n" in words or not words.endswith("."):
                wrong.append(str(file))
    assert wrong == []


def test_nothing_is_imported_inside_a_function() -> None:
    inside = [f"{file}:{node.lineno}" for file, tree in trees().items() for function in ast.walk(tree)
              if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) for node in ast.walk(function)
              if isinstance(node, ast.Import | ast.ImportFrom)]
    assert inside == []


def test_nobody_takes_a_neighbours_tables_schemas_or_doors() -> None:
    crossing = [f"{file} takes {name}" for file, tree in trees("app").items() for name in imports(tree)
                if re.match(r"app\.\w+\.(?:\w+\.)?(?:models|schemas|\w*views)\b", name)
                and package(file) != name.split(".")[1] and file != Path("app/factory.py")]
    assert crossing == []


def test_no_relationship_leaves_its_package() -> None:
    for file in trees("app"):
        if file.stem == "models" or file.stem.endswith("_models"):
            importlib.import_module(".".join(file.with_suffix("").parts))
    mappers = list(Base.registry.mappers)
    assert len(mappers) > 20
    home = {mapper: mapper.class_.__module__.split(".")[1] for mapper in mappers}
    assert [str(known) for mapper in mappers for known in mapper.relationships
            if home[mapper] != home[known.mapper]] == []


def test_only_doors_know_flask() -> None:
    knowing = [str(file) for file, tree in trees("app").items()
               if any(name.split(".")[0] == "flask" for name in imports(tree))
               and package(file) != "kernel" and not DOORS.fullmatch(file.stem)]
    assert knowing == []


def test_a_scenario_knows_only_its_contract() -> None:
    known = {f"{file} knows {name}" for file, tree in trees("scenarios").items() if "tests" not in file.parts
             for name in imports(tree)
             if re.match(r"(?:app|sandbox|tests|config|supervisor)\.(?!scenario\.contract)", name)}
    assert known == set()


def test_nothing_personal_is_named_in_a_log_line() -> None:
    """An event is a fixed word; what stands beside it never has the name of what tells who somebody is."""
    seen, wrong = 0, []
    for file, tree in trees("app").items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) \
                    and isinstance(node.func.value, ast.Name) and node.func.value.id in {"log", "logger"}:
                seen += 1
                fixed = node.args and isinstance(node.args[0], ast.Constant)
                named = {given.arg for given in node.keywords} & {*PERSONAL, None}
                if not fixed or len(node.args) > 1 or named:
                    wrong.append(f"{file}:{node.lineno} {named}")
    assert seen > 10
    assert wrong == []


def test_every_part_was_looked_at() -> None:
    assert {file.parts[0] for file in trees()} == set(OURS)
