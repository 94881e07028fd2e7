"""``python -m videotheque``: the same as the ``videotheque`` command."""

import sys

from videotheque.cli import main

sys.exit(main())
