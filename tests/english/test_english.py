"""The texts of the project read as English: no pattern of `tests/english/patterns.py` is left, and each one works."""

import pytest

from tests.english.patterns import PATTERNS, Finding, findings, findings_in_markdown, findings_in_python

ALLOWED = {
    ("engine/annotation/chat_request.py", "'where' for 'if' within a sentence"): "asks a model where the sound is",
    ("engine/scenes/names.py", "the person"): "captions that the shipped weights were trained on",
}
"""Places that keep a pattern, by file and pattern, with the reason."""


def test_no_text_reads_as_translated() -> None:
    found = [f"{f.file}:{f.line}: {f.pattern}: {f.text}" for f in findings() if (f.file, f.pattern) not in ALLOWED]
    assert found == [], "python -m tests.english --list shows them all"


def test_every_exception_is_needed() -> None:
    assert {(finding.file, finding.pattern) for finding in findings()} >= set(ALLOWED)


BAD = {
    "the person": "What the person chose stays.",
    "'a' for 'per'": "It turns by 90 degrees a second.",
    "'where' for 'if'": "Where a clip pauses, the track breaks.",
    "'where' for 'if' within a sentence": "Raises MediaError where it cannot be read.",
    "a notice that begins with 'Its'": "Its pictures end at 3 s of 5 s.",
    "'say' for 'specify'": "Say --video or --prompt.",
    "told, said": "A full disk is told at once.",
    "nobody, somebody": "The ring is read and nobody waits.",
    "of its own": "Each take has a folder of its own.",
    "mended": "The user can mend the file.",
    "anew, afresh": "Export the file anew.",
    "to the bit, to the letter": "The weights are the same to the bit.",
    "that is there": "It takes the newest picture that is there.",
    "all round": "It was asked for all round.",
    "the eye": "A decoder for the eye runs ahead.",
    "goes on": "The take goes on after a restart.",
    "yardstick": "The yardstick is retrieve-and-pan.",
    "a clause with 'what' as subject": "What was recorded is kept.",
    "read towards": "Prompts are read towards known sounds.",
    "gives way": "The device gives way to another one.",
    "cannot be had": "The lock cannot be had alone.",
    "by heart": "A few panoramas are learned by heart.",
    "is none of": "The sound is none of the known ones.",
}


@pytest.mark.parametrize("pattern", [pattern.name for pattern in PATTERNS])
def test_each_pattern_finds_its_example(pattern: str) -> None:
    assert pattern in {found.pattern for found in findings_in_python("a.py", f'TEXT = "{BAD[pattern]}"\n')}


GOOD = (
    "What the user chose stays.",
    "It turns by at most 90 degrees per second.",
    "Wait 3 seconds a second time.",
    "Shows where the film ends and where it begins.",
    "If a clip pauses, the track breaks into two.",
    "Raises MediaError if the file cannot be read.",
    "The pictures end at 3 s of 5 s.",
    "Specify --video, --prompt or both.",
    "Each take has its own folder.",
    "The take continues after a restart.",
)


@pytest.mark.parametrize("text", GOOD)
def test_good_sentences_pass(text: str) -> None:
    assert list(findings_in_python("a.py", f'"""{text}"""\n# {text}\nTEXT = f"{text} {{x}}"\n')) == []
    assert list(findings_in_markdown("a.md", f"# Title\n\n- {text}\n\n| a | {text} |\n|---|---|\n")) == []


@pytest.mark.parametrize(
    ("markdown", "pattern"),
    [
        (f"{'word ' * 15}\n{'word ' * 15}\n{'word ' * 15}end.\n", "a long sentence"),
        ("It fell from 1 to 2, then 3, 4 and 5 dB.\n", "many numbers in a sentence"),
        ("word " * 30 + "\n", "a long line"),
        ("| cell | " + "word " * 50 + "|\n", "a long line"),
        ("One line ends here and the\nperson reads on.\n", "the person"),
    ],
)
def test_markdown_is_checked_across_lines(markdown: str, pattern: str) -> None:
    assert pattern in {found.pattern for found in findings_in_markdown("a.md", markdown)}


def test_code_and_quotations_are_left_alone() -> None:
    text = "```\nthe person says nobody\n```\n\n> the person\n\n`the person`\n"
    assert list(findings_in_markdown("a.md", text)) == []
    assert list(findings_in_python("a.py", 'def nobody(where): return "the"\n')) == []


def test_a_finding_names_its_place() -> None:
    (found,) = findings_in_python("a.py", 'x = 1\n"""Nothing."""\n\n\ndef f():\n    """Return the person."""\n')
    assert found == Finding("the person", "a.py", 6, "Return the person.")
