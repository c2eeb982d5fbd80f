"""SwanSphere as pip installs it: the one package `swansphere`, which holds app, engine, widgets and resources.

The rooms import each other by their own names (`engine.contract`), and such short names do not belong in site-packages,
where another project's `app` may lie. So they are installed inside this package, and importing it makes them importable
in this process alone:

    import swansphere
    from engine.contract.control import Prompt

This file lies in app/installed and becomes swansphere/__init__.py in the wheel. A checkout does not need it.
"""

import sys
from pathlib import Path

__all__ = ["__version__", "main"]

_HERE = Path(__file__).resolve().parent
if (_HERE / "engine").is_dir() and str(_HERE) not in sys.path:  # not so after `pip install --editable`
    sys.path.insert(0, str(_HERE))  # child processes get it too: multiprocessing hands sys.path on

from engine.contract.version import VERSION as __version__  # noqa: E402


def main() -> int:
    """Run the command line and return its exit status."""
    from app.cli import main as command_line

    return command_line(sys.argv[1:])
