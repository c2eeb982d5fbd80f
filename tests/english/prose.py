"""Collects the prose of the checkout: paragraphs of Markdown, docstrings, comments and the texts of the program."""

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
NOT_EDITED = {"engine/training/LOG.md"}  # the log of past trainings is history
CODE = ("app", "widgets", "engine", "resources", "main.py")
WORDS_OF_A_TEXT = 3
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Prose:
    """One passage: file, first line, kind (`markdown`, `table`, `docstring`, `comment` or `string`) and text."""

    file: str
    line: int
    kind: str
    text: str


def tracked(*suffixes: str) -> list[str]:
    """Return the names of the tracked files with these suffixes, relative to the checkout."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    names = [name for name in listed.stdout.split("\0") if name and (CHECKOUT / name).is_file()]
    if not names:  # an archive, or somebody else's clone
        names = [str(file.relative_to(CHECKOUT)) for file in CHECKOUT.rglob("*") if file.is_file()]
        names = [name for name in names if not name.startswith((".", "out/", "runs/"))]
    return sorted(name for name in names if name.endswith(suffixes))


def markdown_files() -> list[str]:
    """Return the Markdown files whose wording is ours to edit."""
    return [name for name in tracked(".md") if name not in NOT_EDITED]


def code_files() -> list[str]:
    """Return the Python files of the program."""
    return [name for name in tracked(".py") if name.split("/")[0] in CODE]


def without_code(text: str) -> str:
    """Return a Markdown text in which code and the targets of links are one word each."""
    text = re.sub(r"`[^`]*`", "CODE", text)
    return re.sub(r"\]\([^)]*\)", "]", text)


def markdown_prose(name: str, text: str) -> Iterator[Prose]:
    """Yield the paragraphs, list items and table rows of a Markdown file; code and quotations are left out."""
    paragraph: list[str] = []
    first = 0
    fenced = False
    for number, line in enumerate([*text.splitlines(), ""], 1):
        bare = line.strip()
        if bare.startswith("```"):
            fenced = not fenced
        begins = re.match(r"([-*] |\d+\. |#+ )", bare)
        ends = not bare or fenced or bare.startswith(("|", "```", ">", "<!--", "![")) or line.startswith("    ")
        if paragraph and (ends or begins):
            yield Prose(name, first, "markdown", without_code(" ".join(paragraph)))
            paragraph = []
        if ends:
            if bare.startswith("|") and not set(bare) <= set("|-: "):
                yield Prose(name, number, "table", without_code(bare))
            continue
        if not paragraph:
            first = number
        paragraph.append(re.sub(r"^([-*] |\d+\. |#+ )", "", bare))


def _text_of(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def code_prose(name: str, source: str) -> Iterator[Prose]:
    """Yield the docstrings, comments and texts of a Python file; an f-string's values are `{}`."""
    tree = ast.parse(source)
    seen: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and node.body and isinstance(node.body[0], ast.Expr):
            text = _text_of(node.body[0].value)
            if text is not None:
                seen.add(id(node.body[0].value))
                yield Prose(name, node.body[0].lineno, "docstring", " ".join(re.sub(r"`[^`]*`", "CODE", text).split()))
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            seen.update(id(part) for part in node.values)
        if isinstance(node, ast.expr) and id(node) not in seen:
            text = _text_of(node)
            if text is not None and len(text.split()) >= WORDS_OF_A_TEXT:
                yield Prose(name, node.lineno, "string", " ".join(text.split()))
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield Prose(name, token.start[0], "comment", token.string.lstrip("# "))
