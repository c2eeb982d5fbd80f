"""The patterns that make a sentence read as translated, and how often each is found: `python -m tests.english`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.english.prose import CHECKOUT, Prose, code_files, code_prose, markdown_files, markdown_prose

LONGEST_SENTENCE_WORDS = 36
MOST_NUMBERS = 4
LONGEST_LINE = 100
LONGEST_TABLE_ROW = 200
PROSE = frozenset({"markdown", "table", "docstring", "comment", "string"})
TEXTS = frozenset({"markdown", "table", "string"})


@dataclass(frozen=True)
class Pattern:
    """One pattern: its name, what to look for, in which kinds of prose, and what to write instead."""

    name: str
    expression: re.Pattern[str]
    kinds: frozenset[str]
    instead: str


@dataclass(frozen=True)
class Finding:
    """One place that a pattern was found at."""

    pattern: str
    file: str
    line: int
    text: str


_UNITS = (
    r"times|once|twice|degrees?|dB|MB|GB|GiB|MiB|kB|bytes?|frames?|pictures?|patches|blocks|numbers?|points?|steps?|"
    r"samples?|tokens?|clips?|rows?|lines?|files?|records?|minutes?|hours?|seconds?|[smh]|\d+(?:[.,]\d+)*"
)
_PERS = (
    "second|minute|hour|day|step|patch|pixel|block|row|frame|picture|file|clip|take|scene|class|process|part|group|"
    "sample|channel|band|code|latent|branch|recording|turn|stage"
)
# Clauses in which "where" asks for a place: "turned to where it was asked for", "says where it is".
_A_PLACE = r"(?<!to )(?<!from )(?<!of )(?<!is )(?<!and )(?<!know )(?<!knows )(?<!says )(?<!say )(?<!shows )(?<!on )"


def _pattern(name: str, expression: str, instead: str, kinds: frozenset[str] = PROSE) -> Pattern:
    return Pattern(name, re.compile(expression), kinds, instead)


PATTERNS = (
    _pattern("the person", r"\b(?:[Tt]he|[Aa]|[Oo]ne) person(?:'s)?\b", "the user"),
    _pattern("'a' for 'per'", rf"\b(?:{_UNITS}) an? (?:{_PERS})\b(?! (?:later|earlier|after|before|of|time))", "per"),
    _pattern("'where' for 'if'", r"(?:^|[.;:] )Where [^,.;:]+, (?!and|or|how|which|what|when)[a-z]", "If, When, In"),
    _pattern(
        "'where' for 'if' within a sentence",
        _A_PLACE
        + r"\bwhere (?:there|it|they|none|nothing|one|no|that|files?|git|the \w+) (?:is|are|has|have|can|cannot|may)\b",
        "if, when, in which",
    ),
    _pattern("a notice that begins with 'Its'", r"^Its\b", "The film's", frozenset({"string"})),
    _pattern("'say' for 'specify'", r"\b[Ss]ay --", "Specify"),
    _pattern("told, said", r"\b(?:is|are|was|were|be) (?:told|said)\b(?! apart| to\b)", "reported, shown"),
    _pattern("nobody, somebody", r"\b(?:[Nn]obody|[Ss]omebody|[Aa]nybody)\b", "no one, another process, the user"),
    _pattern("of its own", r"\bof (?:its|their|one's) own\b", "its own"),
    _pattern("mended", r"\b[Mm]end(?:s|ed|ing)?\b", "fix, correct"),
    _pattern("anew, afresh", r"\b(?:anew|afresh)\b", "again, from scratch"),
    _pattern("to the bit, to the letter", r"\bto the (?:bit|letter)\b", "bit for bit, unchanged"),
    _pattern("that is there", r"\bthat (?:is|are|was|were|lies?) there\b", "available, existing"),
    _pattern("all round", r"\ball round\b", "all azimuths, all around"),
    _pattern("the eye", r"\b(?:for|to|of|by|behind) the eye\b", "the display"),
    _pattern("goes on", r"\b(?:goes|going|went|gone) on\b", "continues"),
    _pattern("yardstick", r"\b[Yy]ardsticks?\b", "baseline"),
    _pattern(
        "a clause with 'what' as subject",
        r"(?:^|[.;:] )What [a-z][^?.]* (?:is|are|has|gives|goes|counts)\b(?![^.]*\?)",
        "name the thing",
        TEXTS,
    ),
    _pattern("read towards", r"\bread towards\b", "mapped to the nearest"),
    _pattern("gives way", r"\b(?:gives?|gave) way\b", "yields, falls back"),
    _pattern("cannot be had", r"\bbe had\b", "is not available"),
    _pattern("by heart", r"\bby heart\b", "memorised"),
    _pattern("is none of", r"\bis none of\b", "is not one of"),
)


def sentences(text: str) -> list[str]:
    """Return the sentences of a paragraph; abbreviations and numbers do not end one."""
    return [part for part in re.split(r"(?<=[.!?:;])(?<!e\.g\.)(?<!i\.e\.)(?<!al\.)\s+(?=[A-Z`*\"(\[])", text) if part]


def _findings_of(prose: Prose) -> Iterator[Finding]:
    for pattern in PATTERNS:
        if prose.kind in pattern.kinds:
            for found in pattern.expression.finditer(prose.text):
                around = prose.text[max(0, found.start() - 30) : found.end() + 30]
                yield Finding(pattern.name, prose.file, prose.line, around)
    if prose.kind == "markdown":
        for sentence in sentences(prose.text):
            if len(sentence.split()) > LONGEST_SENTENCE_WORDS:
                yield Finding("a long sentence", prose.file, prose.line, sentence[:90])
            if len(re.findall(r"(?<![\w.-])\d[\d.,]*", sentence)) > MOST_NUMBERS:
                yield Finding("many numbers in a sentence", prose.file, prose.line, sentence[:90])


def _long_lines(name: str, text: str) -> Iterator[Finding]:
    """Yield the lines of Markdown that are too long; a line that is one link or one picture cannot be wrapped."""
    for number, line in enumerate(text.splitlines(), 1):
        limit = LONGEST_TABLE_ROW if line.startswith("|") else LONGEST_LINE
        if len(line) > limit and " " in line.strip("- ") and not line.startswith("!["):
            yield Finding("a long line", name, number, line[:90])


def findings_in_markdown(name: str, text: str) -> Iterator[Finding]:
    """Yield the findings of a Markdown file."""
    for prose in markdown_prose(name, text):
        yield from _findings_of(prose)
    yield from _long_lines(name, text)


def findings_in_python(name: str, source: str) -> Iterator[Finding]:
    """Yield the findings of a Python file."""
    for prose in code_prose(name, source):
        yield from _findings_of(prose)


def findings() -> list[Finding]:
    """Return every finding of the checkout, by file and line."""
    found: list[Finding] = []
    for name in markdown_files():
        found += findings_in_markdown(name, (CHECKOUT / name).read_text(encoding="utf-8"))
    for name in code_files():
        found += findings_in_python(name, (CHECKOUT / name).read_text(encoding="utf-8"))
    return sorted(found, key=lambda finding: (finding.file, finding.line, finding.pattern))


def room(file: str) -> str:
    """Return the room of a file: `app`, `widgets`, `engine/model`, or the checkout's top."""
    parts = file.split("/")
    return "/".join(parts[:2]) if parts[0] == "engine" and len(parts) > 2 else parts[0] if len(parts) > 1 else "."
