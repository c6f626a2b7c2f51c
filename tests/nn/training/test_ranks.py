"""Trainings on several ranks, which are threads here: what they find is what one process finds."""

import re
import threading
import warnings
from functools import partial

from leibnet import randomness
from leibnet.processor import threadcount
from leibnet.ranks import Ranks, RankStopped

import numpy as np
import pytest

import nn
from activations import Sigmoid, Softmax, Tanh
from builders import LABELS, X, classifier, cyclegan, data, gan, rbm
from dataset import Dataset
from interrupting import Stop
from layers import Dense, Dropout
from layers.normalization.ofallranks import momentsOfAll
from loss import MSE, CategoricalCrossEntropy, CrossEntropy
from nn import MLP, DivergenceError, EarlyStopping, Listener
from nn.models.autoencoders import pretraining as pretraining_module
from optimizer import SGD, Adam, Cosine
from rankmodels import MODELS, apart, columns, domains, made, moved, trained, unlabelled, weights
from threadranks import results, together

PRECISE = {np.float64: 1e-13, np.float32: 1e-6}


@pytest.fixture(autouse=True)
def one_at_a_time():
    """The library's own generators, which a test leaves to the thread that runs it."""
    yield
    nn.seed(0)


@pytest.mark.parametrize("dtype", PRECISE, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("name", MODELS)
def test_the_first_gradients_are_those_of_one_process(name, dtype):
    one = trained(name, dtype)
    first, second = results(2, partial(trained, name, dtype))
    assert apart(first, one) < PRECISE[dtype]
    assert np.array_equal(weights(first), weights(second))


@pytest.mark.slow
@pytest.mark.parametrize(("dtype", "limit"), [(np.float64, 1e-9), (np.float32, 1e-4)])
@pytest.mark.parametrize("name", MODELS)
def test_a_hundred_steps_go_the_same_way(name, dtype, limit):
    one = trained(name, dtype, steps=100)
    first, second = results(2, partial(trained, name, dtype, steps=100))
    assert moved(first, one, name) < limit
    assert np.array_equal(weights(first), weights(second))


@pytest.mark.parametrize(
    "name",
    [
        "convolutional classifier with Shifts",
        "EncoderDecoder",
        "LanguageModel",
        "RBM",
        "DBN",
        "weighted classifier",
        "UnpairedTranslator",
    ],
)
def test_three_ranks(name):
    one = trained(name, steps=6)
    found = results(3, partial(trained, name, np.float64, steps=6))
    assert moved(found[2], one, name) < 1e-11


def test_one_rank_is_one_process_to_the_bit():
    name = "classifier with Dropout and BatchNormalization"
    (first,) = results(1, partial(trained, name, np.float64, steps=6))
    assert np.array_equal(weights(first), weights(trained(name, steps=6)))


# What belongs to a rank ----------------------------------------------------------------------------------------------


def on_ranks(make, dataset, size=2, epochs=3, number=5, **keywords):
    """What is trained by `make()` on the data set of `dataset()`, on each rank."""

    def work(communicator):
        with randomness.held():
            nn.seed(4)
            model, here = make(), dataset()
            nn.seed(number)
            given = {name: one(communicator) if callable(one) else one for name, one in keywords.items()}
            history = model.train(here, epochs=epochs, progress=False, communicator=communicator, **given)
            return model, history, communicator, randomness.networks.generator.bit_generator.state

    return together(size, work)


def test_an_rbms_chains_belong_to_their_rank():
    (one, *_, state), (other, *_, too) = on_ranks(
        partial(rbm, persistent=6), partial(unlabelled, 11, np.float64), metrics=[]
    )
    assert np.array_equal(one.layer.weight, other.layer.weight)
    assert state == too
    assert one.particles.shape == other.particles.shape == (6, 6)


def watched(make, dataset, look):
    """What `look(model)` finds on each rank after every step of a training, and the state of its generator."""
    seen = {0: [], 1: []}

    def work(communicator):
        with randomness.held():
            nn.seed(4)
            model = make()
            step = model.step

            def watching(batch, context):
                values = step(batch, context)
                seen[communicator.Get_rank()].append((look(model), randomness.networks.generator.random()))
                return values

            model.step = watching
            model.train(dataset(11, np.float64), epochs=2, metrics=[], progress=False, communicator=communicator)

    results(2, work)
    return seen


@pytest.mark.parametrize(
    ("make", "dataset", "look"),
    [
        (partial(rbm, rng=None, persistent=6), unlabelled, lambda model: model.particles.copy()),
        (partial(cyclegan, rng=None, bufferSize=8), domains, lambda model: model.state()["x"]["buffer"]["samples"]),
    ],
    ids=["RBM", "CycleGAN"],
)
def test_what_belongs_to_a_rank_goes_its_own_way_and_all_draw_alike(make, dataset, look):
    seen = watched(make, dataset, look)
    assert len(seen[0]) == len(seen[1]) == 8
    for (one, drawn), (other, too) in zip(seen[0], seen[1], strict=True):
        assert drawn == too
        assert not np.array_equal(one, other)


def test_packed_samples_are_those_of_a_rank():
    (one, *_), (other, *_) = on_ranks(partial(gan, packing=2), partial(unlabelled, 11, np.float64), metrics=[])
    assert np.array_equal(weights(one), weights(other))
    assert np.isfinite(weights(one)).all()


# Metrics, listeners --------------------------------------------------------------------------------------------------

METRICS = ["train_loss", "train_accuracy", "validation_loss", "test_accuracy"]


def split(size=11):
    return Dataset.fromArrays(X, LABELS, test_size=6, validation_size=7, batch_size=size, rng=0, dtype=np.float64)


def test_the_history_is_that_of_one_process():
    nn.seed(4)
    one = classifier()
    history = one.train(split(), epochs=4, metrics=METRICS, entriesPerEpoch=2, progress=False)
    for model, other, *_ in on_ranks(classifier, split, epochs=4, metrics=METRICS, entriesPerEpoch=2):
        assert other.index == history.index
        assert model.history is other
        for name in METRICS:
            assert np.allclose(other[name], history[name], rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("sparse denoising autoencoder", "train_loss"),
        ("weighted classifier", "train_loss"),
        ("VAE with total correlation", "train_loss"),
        ("VariationalRNN", "train_loss"),
        ("classifier of steps, of several lengths", "train_loss"),
        ("total correlation of steps", "train_loss"),
        ("total correlation of steps, of several lengths", "train_loss"),
        ("EncoderDecoder", "train_loss"),
        ("EncoderDecoder", "train_surprise"),
        ("LanguageModel", "train_loss"),
        ("MaskedLanguageModel", "train_surprise"),
        ("UnpairedTranslator", "train_loss"),
        ("GAN", "train_diversity"),
        ("RBM", "train_pseudo_likelihood"),
        ("CycleGAN without a buffer", "train_y_diversity"),
    ],
)
def test_what_a_step_measures_is_of_the_whole_batch(name, metric):
    metrics = [metric]
    one = trained(name, steps=4, metrics=metrics)
    first, second = results(2, partial(trained, name, np.float64, steps=4, metrics=metrics))
    assert first.history[metric] == second.history[metric]
    assert np.allclose(first.history[metric], one.history[metric], rtol=1e-11)


class Told(Listener):
    """Notes what it is told; it wants the accuracy in every third step, and draws random numbers."""

    def __init__(self, draws=False):
        self.told, self.values, self._draws = [], [], draws

    def wanted(self, course):
        return frozenset({"accuracy"} if course.steps % 3 == 2 else ())

    def stepped(self, course):
        self.values.append(dict(course.values))
        if self._draws:
            randomness.networks.generator.random(3)
            randomness.data.generator.random()
            course.dataset.rng.random()

    def entered(self, course):
        self.told.append(course.index)


def test_the_first_rank_alone_has_listeners_callbacks_and_files(tmp_path):
    listeners, called = [Told(), Told()], []

    def place(communicator):
        return tmp_path / str(communicator.Get_rank())

    def work(communicator):
        with randomness.held():
            nn.seed(4)
            rank = communicator.Get_rank()
            return classifier().train(
                split(),
                epochs=2,
                metrics=["train_loss", "validation_accuracy"],
                progress=False,
                listeners=[listeners[rank]],
                callbacks={"train_loss": lambda index, value: called.append(rank)},
                folder=place(communicator),
                communicator=communicator,
            )

    one, other = results(2, work)
    assert listeners[0].told == one.index == other.index
    assert listeners[1].told == []
    assert called == [0, 0]
    assert (tmp_path / "0" / "metrics.csv").is_file()
    assert not (tmp_path / "1").exists()
    assert [len(values) for values in listeners[0].values][:6] == [1, 1, 2, 1, 1, 2]


def test_what_a_listener_draws_keeps_no_rank_from_drawing_the_same_order():
    seen = []

    def work(communicator):
        with randomness.held():
            nn.seed(4)
            model, here = classifier(), split(10)
            step = model.step
            model.step = lambda batch, context: (
                seen.append((context.number, batch.inputs.copy())),
                step(batch, context),
            )[1]
            model.train(
                here, epochs=3, metrics=[], progress=False, listeners=[Told(draws=True)], communicator=communicator
            )

    results(2, work)
    for epoch in range(3):
        inputs = np.concatenate([x for number, x in seen if (number - 1) // 3 == epoch], axis=1)
        assert inputs.shape == (6, 27)
        assert np.array_equal(np.sort(inputs[0]), np.sort(split().trainSet().inputs[0]))


def test_after_an_entry_all_draw_alike():
    class Drawing(Listener):
        def entered(self, course):
            randomness.networks.generator.random(3)

    drawn = {0: [], 1: []}

    def work(communicator):
        with randomness.held():
            nn.seed(4)
            model = classifier()
            step = model.step

            def watching(batch, context):
                drawn[communicator.Get_rank()].append(randomness.networks.generator.random())
                return step(batch, context)

            model.step = watching
            settings = {"metrics": [], "progress": False, "entriesPerEpoch": 2, "listeners": [Drawing()]}
            model.train(columns(11, np.float64), epochs=1, communicator=communicator, **settings)

    results(2, work)
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == 4


def test_early_stopping_ends_all_and_all_have_its_best_weights():
    def make():
        return classifier(SGD(lr=5.0))

    stopping = [EarlyStopping(patience=2), EarlyStopping(patience=2)]
    found = on_ranks(
        make, split, epochs=50, metrics=["validation_loss"], watch=False,
        earlyStopping=lambda communicator: stopping[communicator.Get_rank()],
    )  # fmt: skip
    nn.seed(4)
    alone = EarlyStopping(patience=2)
    one = make()
    settings = {"metrics": ["validation_loss"], "progress": False, "watch": False}
    history = one.train(split(), epochs=50, earlyStopping=alone, **settings)
    assert len(history.index) < 50
    for model, other, *_ in found:
        assert other.index == history.index
        assert other.bestIndex == history.bestIndex
        assert np.allclose(weights(model), weights(one), rtol=1e-9)
    assert [one.best for one in stopping] == pytest.approx([alone.best] * 2)


def test_a_rank_reads_its_share_alone():
    read = [set(), set()]

    class Counting(np.ndarray):
        pass

    def work(communicator):
        rank = communicator.Get_rank()
        here = columns(11, np.float64)
        train = here._splits["train"]
        taken = type(train).some

        def noted(self, indices):
            read[rank].update(np.atleast_1d(indices).tolist())
            return taken(self, indices)

        with randomness.held():
            nn.seed(4)
            object.__setattr__(train, "some", partial(noted, train))
            classifier().train(here, epochs=1, metrics=[], progress=False, watch=False, communicator=communicator)

    results(2, work)
    assert read[0] | read[1] == set(range(44))
    assert not read[0] & read[1]
    assert [len(one) for one in read] == [24, 20]


def test_threads_fit_the_cores(monkeypatch):
    limits = []
    most = threadcount.most
    monkeypatch.setattr(threadcount, "most", lambda: limits.append(most()) or limits[-1])
    on_ranks(classifier, split, epochs=1)
    assert set(limits) == {1}
    with threadcount.limited(1):
        assert most() == 1
    threadcount.threads(3)
    try:
        with threadcount.limited(1):
            assert most() == 3
    finally:
        threadcount.threads(None)


# What ends all -------------------------------------------------------------------------------------------------------


def test_a_divergence_on_one_rank_ends_all_with_its_message_once():
    def work(communicator):
        with randomness.held():
            nn.seed(4)
            model = classifier()
            if communicator.Get_rank() == 1:
                step = model.step

                def broken(batch, context):
                    if context.number == 3:
                        model.layers[0].weight[...] = np.nan
                    return step(batch, context)

                model.step = broken
            model.train(split(), epochs=5, progress=False, communicator=communicator)

    first, second = together(2, work)
    assert isinstance(first, RankStopped)
    assert isinstance(second, DivergenceError)
    assert second.step == 3


@pytest.mark.parametrize("message", ["begin", "stepped", "entered", "end", "close", "wanted"])
def test_an_error_of_a_listener_ends_all(message):
    class Failing(Listener):
        pass

    def fail(self, course):
        raise OSError(f"in {message}")

    setattr(Failing, message, fail)
    found = on_ranks(classifier, split, size=3, epochs=1, listeners=[Failing()])
    assert isinstance(found[0], OSError)
    assert all(isinstance(one, RankStopped) for one in found[1:])


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [
        ({"metrics": ["test_speed"]}, "unknown metric 'test_speed'"),
        ({"callbacks": {"train_loss": 3}}, "must be a function of (index, value)"),
        ({"resume": True}, "the file to go on from"),
        ({"epochs": 0}, "expected epochs to be a whole number of at least 1"),
    ],
)
def test_an_argument_is_refused_once(keywords, expected):
    found = on_ranks(classifier, split, **{"epochs": 1} | keywords)
    assert re.search(re.escape(expected), str(found[0]))
    assert isinstance(found[1], RankStopped)


def test_too_few_samples_for_the_ranks():
    few = on_ranks(classifier, partial(data, labels=LABELS, batch_size=2), size=3)
    assert "expected batch_size to be at least 3, a sample for every rank, got 2" in str(few[0])
    last = on_ranks(classifier, partial(data, labels=LABELS, batch_size=14), size=3)
    assert "the last batch of an epoch to be at least 3 samples, one for every rank, got 2" in str(last[0])
    assert "dropLast=True" in str(last[0])
    found = on_ranks(classifier, partial(data, labels=LABELS, batch_size=14, dropLast=True), size=3)
    assert np.array_equal(weights(found[0][0]), weights(found[2][0]))


def test_other_data_or_another_model_on_a_rank():
    def work(other, communicator):
        rank = communicator.Get_rank()
        model = classifier() if rank == 0 or other != "model" else MLP([Dense(6, 3)])
        here = data(X if rank == 0 or other != "samples" else 1 - X, LABELS)
        model.train(here, epochs=1, progress=False, communicator=communicator)

    for other, expected in (("samples", "the train samples"), ("model", "the model")):
        found = together(2, partial(work, other))
        assert f"train: expected {expected}" in str(found[0])
        assert isinstance(found[1], RankStopped)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("epochs", (2, 3)),
        ("metrics", ([], ["train_loss"])),
        ("loss (kind)", (CrossEntropy(), CategoricalCrossEntropy())),
        ("loss", (None, MSE())),
        ("schedule", (None, Cosine())),
        ("schedule", (Cosine(0.1), Cosine(0.2))),
        ("earlyStopping", (None, EarlyStopping("train_loss"))),
        ("earlyStopping", (EarlyStopping("train_loss", 2), EarlyStopping("train_loss", 3))),
        ("entriesPerEpoch", (1, 2)),
    ],
)
def test_other_settings_on_a_rank(name, values):
    def work(communicator):
        given = {"epochs": 1, "metrics": ["train_loss"], name.split()[0]: values[communicator.Get_rank()]}
        model = Dense(6, 3, Softmax(), SGD(), rng=1)
        MLP([model]).train(columns(11, np.float64), progress=False, communicator=communicator, **given)

    first, second = together(2, work)
    assert isinstance(second, RankStopped)
    assert f"expected {name} to be the same on every rank" in str(first)


@pytest.mark.parametrize(
    ("expected", "make"),
    [
        (
            "the model (layers.0.optimizer.lr)",
            lambda rank: (Dense(6, 5, Tanh(), SGD(lr=(1, 2)[rank]), rng=1), {}),
        ),
        ("what has a random generator of its own", lambda rank: (Dropout(0.5, rng=(None, 1)[rank]), {})),
        ("dtype", lambda rank: (Dense(6, 5), {"dtype": (np.float32, np.float64)[rank]})),
        ("the model (layers.0.trainable)", lambda rank: (frozen(Dense(6, 5), rank), {})),
        ("the train samples", lambda rank: (Dense(6, 5), {"sampleWeights": (None, np.arange(44))[rank]})),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_parts_on_a_rank(expected, make):
    def work(communicator):
        layer, keywords = make(communicator.Get_rank())
        here = columns(11, **{"dtype": np.float64} | keywords)
        MLP([layer, Dense(layer.outputShape((6,))[0], 3, Softmax())]).train(
            here, epochs=1, metrics=[], progress=False, communicator=communicator
        )

    first, second = together(2, work)
    assert isinstance(second, RankStopped)
    assert f"expected {expected} to be the same on every rank" in str(first)


def frozen(layer, isFrozen):
    layer.trainable = not isFrozen
    return layer


@pytest.mark.parametrize("other", [0.5, 1.0])
def test_a_schedule_that_gives_something_else_on_a_rank(other):
    def work(communicator):
        def schedule(epoch, epochs):
            return other if communicator.Get_rank() and epoch >= 1 else 1.0

        classifier().train(
            split(), epochs=2, metrics=[], schedule=schedule, progress=False, watch=False, communicator=communicator
        )

    found = together(3, work)
    if other == 1:
        assert found == [None] * 3
        return
    assert "schedule to give the same on every rank, got 1 on rank 0 and 0.666667 on average" in str(found[0])
    assert all(isinstance(one, RankStopped) for one in found[1:])


def test_moments_of_all_are_exact_where_the_mean_is_large():
    x = np.random.default_rng(0).normal(size=(3, 41)) + 1e6

    def work(communicator):
        with (share := Ranks(communicator).share(41)).active():
            mine = x[:, share.columns]
            return momentsOfAll(mine.shape[1], mine.mean(axis=1, keepdims=True), mine.var(axis=1, keepdims=True))

    for n, mean, variance in results(2, work):
        assert n == 41
        assert np.allclose(mean[:, 0], x.mean(axis=1), rtol=1e-15)
        assert np.allclose(variance[:, 0], x.var(axis=1), rtol=1e-9)


def test_no_communicator():
    with pytest.raises(TypeError, match="expected communicator to be a communicator of mpi4py"):
        classifier().train(split(), communicator=3)


# Checkpoints ---------------------------------------------------------------------------------------------------------


def interrupted(name, path, size, steps, **keywords):
    """The models on so many ranks of a training that is kept in a file, and interrupted after so many steps."""

    def work(communicator):
        return trained(
            name, np.float64, communicator if size > 1 else None, steps=12, listeners=[Stop(steps)],
            checkpoint=nn.Checkpoint(path, seconds=0), **keywords,
        )  # fmt: skip

    return together(size, work)


@pytest.mark.parametrize("name", ["classifier with Dropout and BatchNormalization", "LanguageModel", "GAN", "DBN"])
@pytest.mark.parametrize(("before", "after"), [(2, 1), (1, 2), (2, 3)])
def test_a_checkpoint_resumes_on_any_number_of_ranks(name, before, after, tmp_path):
    path = tmp_path / "run.safetensors"
    stopped = interrupted(name, path, before, 5)
    assert isinstance(stopped[0], KeyboardInterrupt)
    assert all(isinstance(one, RankStopped) for one in stopped[1:])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = interrupted(name, path, after, 99, resume=True)
    whole = trained(name, steps=12)
    assert moved(found[-1], whole, name) < 1e-9


def test_a_checkpoint_of_chains_resumes_with_those_of_the_first_rank(tmp_path):
    path = tmp_path / "run.safetensors"

    def work(epochs, resume, communicator):
        with randomness.held():
            nn.seed(4)
            model = rbm(Adam(lr=0.01), persistent=5)
            model.train(
                unlabelled(11, np.float64), epochs=epochs, metrics=["train_free_energy"], progress=False,
                checkpoint=path, resume=resume, communicator=communicator,
            )  # fmt: skip
            return model

    first, _ = results(2, partial(work, 2, False))
    kept = nn.Model.load(path)
    assert np.array_equal(kept.particles, first.particles)
    one, other, third = results(3, partial(work, 3, True))
    assert np.array_equal(one.layer.weight, third.layer.weight)
    for model in (other, third):
        assert model.layer.optimizer.t == one.layer.optimizer.t == 12
        for name, array in one.layer.optimizer.state.items():
            assert np.array_equal(array, model.layer.optimizer.state[name])


def test_a_fresh_model_begins_as_that_of_the_first_rank():
    def work(communicator):
        model = classifier(rng=communicator.Get_rank())
        model.train(split(), epochs=1, progress=False, communicator=communicator)
        return model

    one, other = results(2, work)
    assert np.array_equal(weights(one), weights(other))
    assert made("classifier").numParameters() == one.numParameters()


# Layer by layer ------------------------------------------------------------------------------------------------------


def deep():
    layers = [Dense(6, 8, Sigmoid(), SGD(lr=0.5), rng=1), Dropout(0.2), Dense(8, 5, Sigmoid(), SGD(lr=0.5), rng=2)]
    return MLP([*layers, Dense(5, 3, Softmax(), SGD(lr=0.5), rng=3)])


def pretrained(communicator=None, **keywords):
    with randomness.held():
        nn.seed(4)
        model = deep()
        settings = {"epochs": 3, "progress": False, "watch": False} | keywords
        pretraining = nn.pretrain(model, columns(11, np.float64), communicator=communicator, **settings)
        return model, pretraining.unrolled(), [stage.history for stage in pretraining.stages]


@pytest.mark.parametrize("by", ["autoencoder", "denoising", "contractive", "rbm"])
def test_layers_are_pretrained_as_by_one_process(by):
    one, unrolled, histories = pretrained(by=by)
    way = np.linalg.norm(weights(one) - weights(deep()))
    logs = []
    for model, other, found in results(2, lambda ranks: logs.append(ranks.log) or pretrained(ranks, by=by)):
        assert all(sum(size > 50 for _, size in log) == 2 * 3 * 4 for log in logs)  # gradients
        assert np.linalg.norm(weights(model) - weights(one)) < 1e-11 * way
        assert np.allclose(weights(other), weights(unrolled), rtol=1e-10, atol=1e-12)
        for mine, history in zip(found, histories, strict=True):
            (values,), (expected,) = mine.values(), history.values()
            assert np.allclose(values, expected, rtol=1e-11)


@pytest.mark.parametrize("after", [1, 3])
def test_a_pretraining_resumes_on_any_number_of_ranks(after, tmp_path):
    whole, *_ = pretrained()

    def broken(communicator, resume=False):
        def schedule(epoch, epochs):
            layers.extend([epoch] * (epoch == 0))
            if not resume and epoch == 1 and len(layers) == 2:
                raise InterruptedError
            return 1.0

        layers = []
        return pretrained(communicator, schedule=schedule, folder=tmp_path, resume=resume)

    first, other = together(2, partial(broken))
    assert isinstance(first, InterruptedError)
    assert isinstance(other, RankStopped)
    for model, *_ in results(after, partial(broken, resume=True)):
        assert np.allclose(weights(model), weights(whole), rtol=1e-10)


def test_pretraining_on_ranks_with_other_arguments():
    def work(communicator):
        pretrained(communicator, until=1 + 2 * communicator.Get_rank())

    first, second = together(2, work)
    assert "pretrain: expected the layers to train" in str(first)
    assert "to be the same on every rank" in str(first)
    assert isinstance(second, RankStopped)


def test_an_error_between_the_layers_ends_all(monkeypatch):
    through = pretraining_module._through

    def failing(layers, x):
        if threading.current_thread() is seen.setdefault("first", threading.current_thread()):
            raise MemoryError
        return through(layers, x)

    seen = {}
    monkeypatch.setattr(pretraining_module, "_through", failing)
    found = together(2, pretrained)
    assert sorted(type(one).__name__ for one in found) == ["MemoryError", "RankStopped"]
