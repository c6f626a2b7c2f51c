"""Trainings that are interrupted, as by Ctrl-C, after so many steps."""

from nn import Listener


class Stop(Listener):
    """Interrupts after this step, when it has been told of it."""

    def __init__(self, step):
        self.step = step

    def stepped(self, course):
        if course.steps == self.step:
            raise KeyboardInterrupt


def stopAfter(model, steps):
    """Lets the model make this many steps; the next one is interrupted before it begins."""
    step, left = model.step, iter(range(steps))

    def interrupting(*arguments):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return step(*arguments)

    model.step = interrupting
