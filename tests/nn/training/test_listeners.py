"""Who is told of a training, of what, in which order; a user's listener, and what it remembers."""

from contextlib import contextmanager, nullcontext

import numpy as np
import pytest

from activations import ReLU, Sigmoid, Softmax
from dataset import Dataset
from interrupting import Stop
from layers import BatchNormalization, Dense
from nn import GAN, MLP, Checkpoint, CheckpointError, EarlyStopping, Model, Writer, seed
from nn.training.checkpoints.checkpointer import Checkpointer
from nn.training.listener import Listener, told
from nn.training.progress import ProgressBar
from nn.watch.trainingwatch import Watch
from optimizer import Adam

X = np.random.default_rng(0).uniform(0, 1, (4, 100)).astype(np.float32)


def data(**options):  # 80 samples, 4 steps of 20
    return Dataset.fromArrays(X, (X[0] > X[1]).astype(int), test_size=20, batch_size=20, rng=0, **options)


def classifier(normalised=False):
    between = [BatchNormalization(5)] if normalised else []
    return MLP([Dense(4, 5, ReLU(), Adam(lr=0.01), rng=1), *between, Dense(5, 2, Softmax(), Adam(lr=0.01), rng=2)])


class Diary(Listener):
    """Writes down what it is told."""

    def __init__(self):
        self.lines = []

    def begin(self, course):
        self.lines.append(("begin", course.steps))

    def stepped(self, course):
        self.lines.append(("stepped", course.steps))

    def entered(self, course):
        self.lines.append(("entered", course.steps))

    def end(self, course):
        self.lines.append(("end", course.steps))

    def close(self, course):
        self.lines.append(("close", course.steps))


def test_a_listener_is_told_of_every_step_and_entry():
    diary = Diary()
    classifier().train(data(), epochs=1, entriesPerEpoch=2, listeners=[diary])
    steps = [("stepped", 1), ("stepped", 2), ("entered", 2), ("stepped", 3), ("stepped", 4), ("entered", 4)]
    assert diary.lines == [("begin", 0), *steps, ("end", 4), ("close", 4)]


def test_the_order_is_bar_watch_writer_early_stopping_the_users_and_at_last_the_checkpointer(monkeypatch, tmp_path):
    heard = []

    class Own(Listener):
        pass

    kinds = (Own, Checkpointer, EarlyStopping, Writer, Watch, ProgressBar)
    for kind in kinds:
        for message in ("begin", "stepped", "entered", "close"):
            method = getattr(kind, message)

            def spy(self, course, method=method, kind=kind, message=message):
                heard.append((message, kind))
                return method(self, course)

            monkeypatch.setattr(kind, message, spy)
    classifier().train(
        data(),
        epochs=1,
        progress=True,
        metrics=["test_loss"],
        checkpoint=tmp_path / "run.safetensors",
        earlyStopping=EarlyStopping("test_loss"),
        listeners=[Own()],
    )
    order = [ProgressBar, Watch, Writer, EarlyStopping, Own, Checkpointer]
    assert [kind for message, kind in heard if message == "begin"] == order
    assert [kind for message, kind in heard if message == "entered"] == order
    assert [kind for message, kind in heard if message == "stepped"] == 4 * order
    assert [kind for message, kind in heard if message == "close"] == order[::-1]


def test_only_those_who_listen_to_a_message_are_told():
    class Quiet(Listener):
        def entered(self, course):
            pass

    diary, quiet = Diary(), Quiet()
    assert [method.__self__ for method in told([quiet, diary], "stepped")] == [diary]
    assert [method.__self__ for method in told([quiet, diary], "entered")] == [quiet, diary]
    assert told([quiet, diary], "wanted") == []


def test_a_listener_reads_where_the_training_is():
    seen = []

    class Reader(Listener):
        def stepped(self, course):
            place = course.index, course.epoch, course.progress, course.batch.inputs.shape, dict(course.values)
            seen.append(place)

        def entered(self, course):
            seen.append((course.means["train"]["loss"], course.means["test"], course.history.last))

    model = classifier()
    history = model.train(data(), epochs=2, metrics=["train_loss", "test_accuracy"], listeners=[Reader()])
    assert [place[:4] for place in seen[:4]] == [(20 * k, k / 4, k / 8, (4, 20)) for k in range(1, 5)]
    losses = [place[4]["loss"] for place in seen[:4]]
    mean, test, last = seen[4]
    assert mean == pytest.approx(np.mean(losses)) == history["train_loss"][0]
    assert test == {"accuracy": history["test_accuracy"][0]}
    assert last == {"train_loss": mean, "test_accuracy": test["accuracy"]}


def test_a_listener_has_measured_what_it_wants():
    found = []

    class Curious(Listener):
        def wanted(self, course):
            return frozenset({"accuracy"}) if course.steps == 2 else frozenset()

        def stepped(self, course):
            found.append(sorted(course.values))

    classifier().train(data(), epochs=1, metrics=["train_loss"], listeners=[Curious()])
    assert found == [["loss"], ["loss"], ["accuracy", "loss"], ["loss"]]


@pytest.mark.parametrize("message", ["begin", "stepped", "entered"])
def test_a_listener_ends_the_training(message):
    class Ender(Listener):
        pass

    def stop(self, course):
        course.stop()

    setattr(Ender, message, stop)
    diary = Diary()
    classifier().train(data(), epochs=5, entriesPerEpoch=2, listeners=[Ender(), diary])
    made = {"begin": 0, "stepped": 1, "entered": 2}[message]
    assert [steps for told, steps in diary.lines if told == "stepped"] == list(range(1, made + 1))
    assert diary.lines[-2:] == [("end", made), ("close", made)]


def test_what_a_listener_raises_ends_the_training_and_closes_all_that_have_begun():
    class Failing(Listener):
        def stepped(self, course):
            raise ZeroDivisionError

    first, last = Diary(), Diary()
    with pytest.raises(ZeroDivisionError):
        classifier().train(data(), epochs=1, listeners=[first, Failing(), last])
    assert first.lines == [("begin", 0), ("stepped", 1), ("close", 1)]
    assert last.lines == [("begin", 0), ("close", 1)]


def test_who_has_not_begun_is_not_closed():
    class Failing(Diary):
        def begin(self, course):
            raise ZeroDivisionError

    first, failing, last = Diary(), Failing(), Diary()
    with pytest.raises(ZeroDivisionError):
        classifier().train(data(), epochs=1, listeners=[first, failing, last])
    assert first.lines == [("begin", 0), ("close", 0)]
    assert failing.lines == last.lines == []


def test_at_an_entry_others_may_print_without_a_progress_bar_in_their_way():
    class Printing(Listener):
        def begin(self, course):
            self.usual, self.inside, self.entries = course.suspended, False, []
            course.suspended = self.suspended

        @contextmanager
        def suspended(self):
            self.inside = True
            with self.usual():
                yield
            self.inside = False

        def entered(self, course):
            self.entries.append(self.inside)

        def stepped(self, course):
            assert not self.inside

    for progress in (False, True):
        printing = Printing()
        classifier().train(data(), epochs=2, progress=progress, listeners=[printing])
        assert printing.entries == [True, True]
        assert (printing.usual is nullcontext) is not progress


@pytest.mark.parametrize(
    ("listeners", "message"),
    [
        (Diary(), "expected listeners to be a list of listeners"),
        ([print], "expected listeners to be a Listener"),
        ([Diary], "expected listeners to be a Listener"),
    ],
)
def test_what_is_no_listener_is_refused(listeners, message):
    model = classifier()
    before = model.weights()
    with pytest.raises(TypeError, match=message):
        model.train(data(), epochs=1, listeners=listeners)
    assert all(np.array_equal(before[name], array) for name, array in model.weights().items())


# What a listener remembers -------------------------------------------------------------------------------------------


class Average(Listener):
    """The running mean of the weights, and how many are in it."""

    def __init__(self):
        self.count, self.mean, self.last = 0, {}, None

    def stepped(self, course):
        self.count += 1
        for name, array in course.model.weights().items():
            self.mean[name] = self.mean.get(name, 0) + (array - self.mean.get(name, 0)) / self.count
        self.last = course.values.get("loss")

    def state(self):
        return {"count": self.count, "means": {"weights": self.mean}, "last": self.last}

    def setState(self, state):
        if not isinstance(state["count"], int):
            raise ValueError(f"count is a whole number, got {state['count']!r}")
        self.count, self.mean, self.last = state["count"], dict(state["means"]["weights"]), state["last"]


def averaged(epochs, **options):
    seed(0)
    average, model = Average(), classifier()
    model.train(data(), epochs=epochs, metrics=["train_loss"], listeners=[average], **options)
    return average


def assertSame(one, other):
    assert (one.count, one.last) == (other.count, other.last)
    assert one.mean.keys() == other.mean.keys()
    assert all(np.array_equal(array, other.mean[name]) for name, array in one.mean.items())


def test_what_a_listener_remembers_goes_on(tmp_path):
    path = tmp_path / "run.safetensors"
    whole = averaged(4)
    averaged(2, checkpoint=path)
    assertSame(averaged(4, checkpoint=path, resume=True), whole)
    Model.load(path)


def test_a_checkpoint_in_the_middle_is_no_step_behind_the_users_listener(tmp_path):
    path = tmp_path / "run.safetensors"
    whole = averaged(4)
    seed(0)
    with pytest.raises(KeyboardInterrupt):
        classifier().train(
            data(),
            epochs=4,
            metrics=["train_loss"],
            listeners=[Average(), Stop(6)],
            checkpoint=Checkpoint(path, seconds=0),
        )
    assertSame(averaged(4, checkpoint=path, resume=True), whole)


def test_two_listeners_of_a_kind_remember_apart(tmp_path):
    class Counter(Listener):
        def __init__(self, step):
            self.count, self.by = 0, step

        def stepped(self, course):
            self.count += self.by

        def state(self):
            return {"count": self.count}

        def setState(self, state):
            self.count = state["count"]

    path = tmp_path / "run.safetensors"
    for epochs in (1, 3):
        counters = [Counter(1), Counter(10)]
        classifier().train(data(), epochs=epochs, listeners=counters, checkpoint=path, resume=True)
    assert [counter.count for counter in counters] == [12, 120]


def test_a_listener_that_was_not_there_cannot_go_on(tmp_path):
    path = tmp_path / "run.safetensors"
    classifier().train(data(), epochs=1, metrics=["train_loss"], checkpoint=path)
    with pytest.raises(CheckpointError, match="listeners has Average, there it had nothing"):
        averaged(2, checkpoint=path, resume=True)
    averaged(1, checkpoint=tmp_path / "other.safetensors")
    with pytest.raises(CheckpointError, match="listeners has nothing, there it had Average"):
        classifier().train(
            data(), epochs=2, metrics=["train_loss"], checkpoint=tmp_path / "other.safetensors", resume=True
        )


def test_a_state_that_a_listener_refuses_changes_nothing(tmp_path, monkeypatch):
    path = tmp_path / "run.safetensors"
    state = Average.state
    monkeypatch.setattr(Average, "state", lambda self: state(self) | {"count": "many"})
    averaged(1, checkpoint=path)
    monkeypatch.undo()
    model, average, diary, again = classifier(), Average(), Diary(), data()
    before, drawn = model.weights(), again.rng.bit_generator.state
    with pytest.raises(CheckpointError, match="count is a whole number, got 'many'"):
        model.train(again, epochs=2, metrics=["train_loss"], listeners=[average, diary], checkpoint=path, resume=True)
    assert diary.lines == []
    assert (average.count, average.mean) == (0, {})
    assert again.rng.bit_generator.state == drawn
    assert all(np.array_equal(array.astype(np.float32), model.weights()[name]) for name, array in before.items())


def test_what_others_remember_is_put_back_if_the_last_one_refuses(tmp_path):
    class Refusing(Average):
        def setState(self, state):
            if state["count"]:
                raise ValueError("not mine")

    path = tmp_path / "run.safetensors"
    options = {"metrics": ["train_diversity"], "checkpoint": path}
    gan().train(data(), epochs=1, listeners=[Average(), Refusing()], **options)
    model, average = gan(), Average()
    before = model.state()
    with pytest.raises(CheckpointError, match="not mine"):
        model.train(data(), epochs=2, listeners=[average, Refusing()], resume=True, **options)
    assert (average.count, average.mean) == (0, {})
    assert model.state() == before


def gan():
    discriminator = MLP([Dense(4, 5, ReLU(), rng=3), Dense(5, 1, Sigmoid(), rng=4)])
    return GAN(MLP([Dense(2, 4, Sigmoid(), rng=1)]), discriminator, rng=0)


def test_what_cannot_be_kept_of_a_listener_is_said_before_the_first_step(tmp_path):
    class Odd(Diary):
        def state(self):
            return {"odd": object()}

    odd = Odd()
    with pytest.raises(TypeError, match="cannot be kept in a checkpoint.*listeners of your own"):
        classifier().train(data(), epochs=1, listeners=[odd], checkpoint=tmp_path / "run.safetensors")
    assert odd.lines == [("begin", 0), ("close", 0)]


# Statistics: kept, and not learnt ------------------------------------------------------------------------------------


def test_statistics_are_kept_in_files_checkpoints_and_best_weights(tmp_path):
    path = tmp_path / "run.safetensors"

    def run(epochs, **options):
        seed(0)
        model = classifier(normalised=True)
        model.train(data(), epochs=epochs, metrics=["test_loss"], **options)
        return model.weights()

    whole = run(4)
    statistics = {name for name in whole if name.startswith("layers.1.")} - {"layers.1.scale", "layers.1.shift"}
    assert len(statistics) >= 2
    run(2, checkpoint=path)
    again = run(4, checkpoint=path, resume=True)
    assert again.keys() == whole.keys()
    assert all(np.array_equal(array, again[name]) for name, array in whole.items())
    assert all(np.array_equal(array, whole[name]) for name, array in Model.load(path).weights().items())
    moved = run(1)
    assert not all(np.array_equal(moved[name], whole[name]) for name in statistics)


def test_early_stopping_restores_statistics():
    kept = []
    model = classifier(normalised=True)

    def callback(index, value):
        kept.append(model.weights())
        if len(kept) == 3:
            for layer in model.chain.learning():
                layer.optimizer.weightDecay = 0.3 / layer.optimizer.lr  # from now on it gets worse

    history = model.train(
        data(),
        epochs=8,
        metrics=["test_loss"],
        earlyStopping=EarlyStopping("test_loss", patience=3),
        callbacks={"test_loss": callback},
        watch=False,
    )
    best = kept[history.index.index(history.bestIndex)]
    assert history.bestIndex < history.index[-1]
    assert all(np.array_equal(best[name], array) for name, array in model.weights().items())
