"""Nobody but the rules holds the seal."""

import ast
from pathlib import Path

import consent.rules

ROOT = Path(consent.rules.__file__).parents[1]


def test_the_seal_is_imported_by_the_rules_alone() -> None:
    """No module of the product, nor any test, names the seal except consent/rules.py and its own module."""
    holders = set()
    for folder in ("consent", "pipeline", "flows", "videotheque", "tests", "demo", "bench"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                named = isinstance(node, ast.ImportFrom) and any(alias.name == "SEAL" for alias in node.names)
                reached = isinstance(node, ast.Attribute) and node.attr == "SEAL"
                if named or reached:
                    holders.add(path.relative_to(ROOT).as_posix())

    assert holders == {"consent/rules.py"}
