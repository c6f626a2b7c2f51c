"""The one training loop of the library."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from leibnet import randomness
from leibnet.processor.threadcount import Threads

from layers.codes.scheduled import Scheduled
from nn.training.course import Course
from nn.training.listener import Listener, opened, told


def run(course: Course, listeners: Sequence[Listener]) -> None:
    """Leads a model through the course of its training, and tells the listeners.

    A step is made by the model, from one batch; the metrics of the training set are the means of what the steps
    measured, those of the other sets are measured at an entry.
    """
    model = course.model
    scheduled = [layer for layer in model.namedLayers().values() if isinstance(layer, Scheduled)]
    measure = partial(model.measureSets, course.dataset, course.metrics)
    stepped, entered, wanted = (told(listeners, message) for message in ("stepped", "entered", "wanted"))
    course.equalize()
    with randomness.held(), opened(listeners, course), Threads(model.largestProduct(course.dataset)) as threads:
        for batch in course.batches():
            threads.look()
            for layer in scheduled:
                layer.advance(course.progress)
            context = course.context(wanted)
            with model.guarded(context.number), course.together.computing():
                values = model.step(batch, context)
            course.note(batch, values)
            for tell in stepped:
                tell(course)
            if course.entryIsDue:
                with model.guarded(course.steps):
                    measured = course.together.fromFirst(measure)
                course.enter(measured)
                with course.suspended():
                    for tell in entered:
                        tell(course)
                course.together.begin(model, course.dataset)
        for listener in listeners:
            listener.end(course)
    course.equalize()
