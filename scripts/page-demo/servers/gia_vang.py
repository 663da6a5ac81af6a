# A server of the demo that cannot start: its package is not installed, as after a move to a new machine.
import sys

import sjc_gold_price  # noqa: F401

sys.exit("the demo needs this package to be missing")
