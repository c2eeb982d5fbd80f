"""`python -m swansphere`: the same as the command `swansphere`."""

import sys

if __name__ == "__main__":  # child processes import this file again and must stay light
    from swansphere import main

    sys.exit(main())
