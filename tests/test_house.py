"""The rules of the house that a program can check."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from videotheque import __version__

ROOT = Path(__file__).parents[1]
PRODUCT = ("consent", "pipeline", "flows", "videotheque")

LONG_MODULES: dict[str, str] = {
    "consent/records.py": "every type that consent hands over, read in one place from top to bottom",
    "pipeline/records.py": "every type that one stage hands to another, read in one place from top to bottom",
    "pipeline/meeting.py": "the whole of meeting.json: its schema and its French sentences",
}
"""Modules beyond 300 lines, and why."""

LONG_FUNCTIONS: dict[str, str] = {
    "pipeline/segment/stage.py:segment": "one line too many: the stage itself, step after step",
}
"""Functions beyond 40 lines (``path:name``), and why."""

READS_ENVIRONMENT = {"pipeline/settings.py", "flows/environment.py", "flows/night.py", "videotheque/cli.py"}
"""Where the environment may be read."""


def _sources(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert found
    return found


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(_tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_modules_are_short() -> None:
    """At most 300 lines, but for those that say why."""
    long = {_name(path) for path in _sources(*PRODUCT, "demo") if len(path.read_text("utf-8").splitlines()) > 300}

    assert set() == long - set(LONG_MODULES)


def test_functions_are_short() -> None:
    """At most 40 lines beside the docstring, but for those that say why."""
    long = {
        f"{_name(path)}:{function.name}"
        for path in _sources(*PRODUCT, "demo")
        for function in _functions(path)
        if _code_lines(function) > 40
    }

    assert set() == long - set(LONG_FUNCTIONS)


def _code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function, without those of its docstring: what explains it is not what makes it long."""
    doc = function.body[0] if ast.get_docstring(function, clean=False) is not None else None
    explained = (doc.end_lineno or doc.lineno) - doc.lineno + 1 if doc is not None else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - explained


def test_public_things_are_documented() -> None:
    """Every module, public class, public function and method has a docstring."""
    bare = []
    for path in _sources(*PRODUCT, "demo"):
        tree = _tree(path)
        bare += [_name(path)] if ast.get_docstring(tree) is None else []
        scopes: list[ast.Module | ast.ClassDef] = [tree, *(one for one in tree.body if isinstance(one, ast.ClassDef))]
        for scope in scopes:
            if isinstance(scope, ast.ClassDef) and scope.name.startswith("_"):
                continue
            for node in scope.body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    undocumented = ast.get_docstring(node) is None and not node.name.startswith("_")
                    bare += [f"{_name(path)}:{node.name}"] if undocumented else []

    assert bare == []


def test_the_environment_is_read_at_the_edges_only() -> None:
    """``os.environ`` and ``os.getenv`` appear nowhere else in the product."""
    readers = {
        _name(path)
        for path in _sources(*PRODUCT)
        for node in ast.walk(_tree(path))
        if (isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv"))
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and {"environ", "getenv"} & _imported(node))
    }

    assert set() == readers - READS_ENVIRONMENT


def _imported(node: ast.ImportFrom) -> set[str]:
    return {alias.name for alias in node.names}


def test_no_test_is_skipped() -> None:
    """A test runs, or is not written: no skip, no expected failure."""
    forbidden = {"skip", "skipif", "xfail", "importorskip", "skipTest"}
    found = [
        f"{_name(path)}:{node.lineno}"
        for path in _sources("tests")
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute) and node.attr in forbidden
    ]

    assert found == []


@pytest.mark.parametrize("word", ["SEAL"])
def test_only_the_rules_know_the_seal(word: str) -> None:
    """A clearance is made by the rules alone: nothing else imports what it takes to make one."""
    importers = {
        _name(path)
        for path in _sources(*PRODUCT, "demo")
        for node in ast.walk(_tree(path))
        if (isinstance(node, ast.ImportFrom) and word in _imported(node))
        or (isinstance(node, ast.Attribute) and node.attr == word)
    }

    assert {"consent/rules.py"} == importers


def test_versions_agree() -> None:
    """The distribution and the package say the same version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert project["version"] == __version__


def test_what_is_locked_satisfies_what_is_asked() -> None:
    """Every direct dependency is in constraints.txt, at a version that pyproject.toml admits."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    locked = dict(
        line.split("==") for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if "==" in line
    )
    versions = {_normal(name): version for name, version in locked.items()}

    for requirement in map(Requirement, asked):
        if requirement.name != project["name"]:
            assert requirement.specifier.contains(versions[_normal(requirement.name)]), str(requirement)
    assert versions["torch"] == "2.13.0"
    assert {"torch==2.13.0"} == {one for one in asked if one.startswith("torch")}
    assert Requirement("fastapi<0.151").specifier.contains(versions["fastapi"])


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
