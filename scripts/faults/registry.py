"""The faults by name, in the order in which they are entered."""
import functools
import os
import textwrap

faults = {}


def fault(disturb):
    """Enters a function that disturbs runs under its name; its docstring says what it does to them."""
    faults[disturb.__name__] = disturb
    return disturb


def needs_root(disturb):
    """Leaves a fault out, and says so, if the user may not mount anything."""

    @functools.wraps(disturb)
    def checked(rehearsal):
        if os.geteuid() != 0:
            return print(f"{disturb.__name__}: left out, it needs root")
        disturb(rehearsal)

    return checked


def described():
    """Each fault's name beside what it does."""
    lines = []
    for name, disturb in faults.items():
        sentence = " ".join(disturb.__doc__.split())
        lines += textwrap.wrap(sentence, 116, initial_indent=f"    {name:11}", subsequent_indent=" " * 15)
    return "\n".join(lines)
