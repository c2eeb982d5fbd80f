"""Start SwanSphere: `python main.py` opens the window, `python main.py --help` lists the commands."""

import sys

if __name__ == "__main__":  # child processes import this file again and must stay light
    if getattr(sys, "frozen", False):  # in a bundle they start as this program, and leave here
        from multiprocessing import freeze_support

        freeze_support()
    from app.cli import main

    sys.exit(main(sys.argv[1:]))
