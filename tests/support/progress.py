"""What a program says, without the progress of its trainings."""

import re

LINE = re.compile(
    r"(step \d+ of \d+: .*|epoch [\d.]+ of \d+, [\d.]+ s(: .*)?|the training (goes on|was finished) after .*"
    r"|compiling kernels, once on this machine)\n"
)


def withoutProgress(errors):
    """What stands in stderr besides a line for every entry."""
    return LINE.sub("", errors)
