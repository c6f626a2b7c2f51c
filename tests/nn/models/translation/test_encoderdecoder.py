"""The encoder-decoder: what it learns from pairs, and what it writes."""

import copy
import itertools
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from activations import ReLU, Softmax
from dataset import Batch, Dataset, Vocabulary
from interrupting import Stop
from layers import (
    GRU,
    L1,
    LSTM,
    Attention,
    Bidirectional,
    Chain,
    CrossAttention,
    Dense,
    Embedding,
    LastStep,
    LayerNormalization,
    PositionalEncoding,
    Residual,
    TimeDistributed,
    attend,
)
from loss import MSE
from nn import (
    Checkpoint,
    DivergenceError,
    EncoderDecoder,
    Model,
    TrainingWarning,
    checkGradients,
    plots,
    seed,
)
from nn.models.translation.beamsearch import beamSearch, drawn
from nn.training.step import StepContext
from optimizer import Adam

WORDS = Vocabulary.characters("<>abcd")
N = len(WORDS)
F = 8
SOURCES = ["ab", "bcad", "c", "dda"]
TARGETS = ["ba", "dacb", "cc", "a"]
FIGURES = frozenset({"loss", "surprise", "accuracy"})


def attentive(positions=12, features=F, penalty=None, lr=0.01):
    adam = Adam(lr=lr)

    def block(*first):
        wide = [Dense(features, 2 * features, ReLU(), adam), Dense(2 * features, features, optimizer=adam)]
        return [
            Residual([LayerNormalization(features, optimizer=adam), one]) for one in (*first, TimeDistributed(wide))
        ]

    def begin():
        return [Embedding(N, features, adam, penalty=penalty), PositionalEncoding(features, positions)]

    own = Attention(features, 2, causal=True, optimizer=adam)
    encoder = [*begin(), *block(Attention(features, 2, optimizer=adam)), LayerNormalization(features, optimizer=adam)]
    end = [LayerNormalization(features, optimizer=adam), TimeDistributed(Dense(features, N, Softmax(), adam))]
    return encoder, [*begin(), *block(own, CrossAttention(features, 2, optimizer=adam)), *end]


def recurrent(cell=LSTM, penalty=None):
    adam = Adam(lr=0.01)
    encoder = [Embedding(N, 5, adam, penalty=penalty), Bidirectional(cell(5, 4, adam), GRU(5, 4, adam))]
    end = TimeDistributed(Dense(F, N, Softmax(), adam))
    return encoder, [
        Embedding(N, 5, adam, penalty=penalty),
        cell(5, F, adam),
        Residual([CrossAttention(F, optimizer=adam)]),
        end,
    ]


def model(layers=attentive, number=0, **keywords):
    seed(number)
    return EncoderDecoder(WORDS, *layers(**keywords), start="<", end=">")


def sharp(layers=attentive, number=15):
    """One with decided opinions, which differ from source to source."""
    one = model(layers, number)
    for leaf in one.namedLayers().values():
        if isinstance(leaf, Embedding | CrossAttention):
            for parameter in leaf.parameters.values():
                parameter *= 3
    one.decoder.layers[-1].layer.weight *= 4
    return one


def weights(one):
    return np.concatenate([array.ravel() for array in one.weights().values()])


def step(one, sources=SOURCES, targets=TARGETS, quantities=FIGURES, **keywords):
    return one.step(one.batchOf(sources, targets, **keywords), StepContext(quantities))


def log_p(one, source, before):
    """ln p of the next token after these, read in one pass, which remembers nothing."""
    with one.encoder.use("inference"), one.decoder.use("inference"):
        attend(one.decoder, one.encoder.forward(WORDS.encode(source).reshape(-1, 1, 1), training=False))
        p = one.decoder.forward(np.array(before).reshape(-1, 1, 1), training=False)[-1, :, 0]
        attend(one.decoder, None)
    return np.log(p)


def greedy(one, source, length, start="<"):
    written = [WORDS.tokens.index(start)]
    for _ in range(length):
        written.append(int(log_p(one, source, written).argmax()))
        if WORDS.tokens[written[-1]] == ">":
            return [WORDS.tokens[k] for k in written[1:-1]]
    return [WORDS.tokens[k] for k in written[1:]]


BOTH = pytest.mark.parametrize("layers", [attentive, recurrent])

# What it writes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "number"),
    [(attentive, 7), (attentive, 15), (attentive, 21), (recurrent, 14), (recurrent, 22), (recurrent, 23)],
)
def test_the_likeliest_token_every_time_as_if_all_were_read_anew(layers, number):
    one = sharp(layers, number)
    expected = [greedy(one, source, 7) for source in SOURCES]
    assert one.translate(SOURCES, length=7) == expected
    assert len({len(each) for each in expected}) > 1
    assert len({tuple(each) for each in expected}) == 4


def test_samples_are_written_together_in_any_groups(monkeypatch):
    one = sharp()
    alone = [one.translate([source], length=9, beams=3)[0] for source in SOURCES]
    assert one.translate(SOURCES, length=9, beams=3) == alone
    monkeypatch.setattr("nn.models.translation.translating.AT_ONCE", 6)  # two sources at a time
    assert one.translate(SOURCES, length=9, beams=3) == alone


def best(one, source, length, alpha):
    """The best of all sequences of at most so many tokens, of which each was scored by itself."""
    end, found = WORDS.tokens.index(">"), (-np.inf, ())
    for n in range(1, length + 1):
        for tokens in itertools.product(range(N), repeat=n):
            if end in tokens[:-1] or (n < length and tokens[-1] != end):
                continue
            p = sum(log_p(one, source, [0, *tokens[:i]])[tokens[i]] for i in range(n))
            found = max(found, (p / n**alpha, tokens))
    return [WORDS.tokens[k] for k in found[1] if k != end]


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_with_all_hypotheses_it_finds_the_best_of_all_sequences(alpha):
    one = sharp(number=1)
    sources = ["ab", "d"]
    found = one.translate(sources, length=2, beams=N * N, lengthPenalty=alpha)
    assert found == [best(one, source, 2, alpha) for source in sources]


class Tree:
    """ln p of a token after all that is before it, at random."""

    def __init__(self, samples, kinds, number):
        self._kinds, self._number = kinds, number
        self._written = [(sample,) for sample in range(samples)]
        self._known = {}

    def of(self, written):
        if written not in self._known:
            z = 2 * np.random.default_rng([self._number, *written]).standard_normal(self._kinds)
            self._known[written] = z - np.log(np.exp(z).sum())
        return self._known[written]

    def __call__(self, tokens, origins):
        self._written = [(*self._written[k], int(token)) for token, k in zip(tokens, origins, strict=True)]
        return np.array([self.of(one) for one in self._written])


@pytest.mark.parametrize("alpha", [0.0, 0.7, 1.0, 1.5])
@pytest.mark.parametrize("number", range(3))
def test_beam_search_against_all_sequences(alpha, number):
    samples, kinds, end, length = 3, 3, 2, 4
    tree = Tree(samples, kinds, number)
    found = beamSearch(tree, np.zeros(samples, int), end, length, kinds**length, alpha)
    for sample in range(samples):
        scored = {}
        for n in range(1, length + 1):
            for tokens in itertools.product(range(kinds), repeat=n):
                if end not in tokens[:-1] and (n == length or tokens[-1] == end):
                    p = sum(tree.of((sample, 0, *tokens[:i]))[tokens[i]] for i in range(n))
                    scored[tokens] = p / n**alpha
        likeliest = max(scored, key=scored.get)
        assert found[sample].tolist() == [token for token in likeliest if token != end]


def test_more_beams_find_better_ones():
    """Not each of them, but in mean."""
    means = []
    for beams in (1, 2, 8):
        tree = Tree(60, 4, 0)
        found = beamSearch(tree, np.zeros(60, int), 3, 5, beams)
        whole = [[*tokens, 3][:5] for tokens in found]
        means.append(np.mean([sum(tree.of((n, 0, *t[:i]))[t[i]] for i in range(len(t))) for n, t in enumerate(whole)]))
    assert means[0] < means[1] < means[2]


def test_what_is_drawn_follows_the_distribution():
    tree, many = Tree(1, 3, 0), 4000

    class Same(Tree):
        def of(self, written):
            return tree.of((0, *written[1:]))

    for temperature in (1.0, 0.5):
        found = drawn(Same(many, 3, 0), np.zeros(many, int), 2, 2, temperature, np.random.default_rng(0))
        p = np.exp(tree.of((0, 0)) / temperature)
        first = np.array([tokens[0] if len(tokens) else 2 for tokens in found])
        assert np.abs(np.bincount(first, minlength=3) / many - p / p.sum()).max() < 4 * np.sqrt(0.25 / many)
        after = [tokens[1] if len(tokens) > 1 else 2 for tokens in found if len(tokens) and tokens[0] == 1]
        p = np.exp(tree.of((0, 0, 1)) / temperature)
        assert np.abs(np.bincount(after, minlength=3) / len(after) - p / p.sum()).max() < 2 / np.sqrt(len(after))


def test_translations_are_drawn_with_a_temperature():
    one = model()
    first = one.translate(SOURCES, length=9, temperature=1.0, rng=0)
    assert first == one.translate(SOURCES, length=9, temperature=1.0, rng=0)
    assert first != one.translate(SOURCES, length=9, temperature=1.0, rng=1)
    cold = one.translate(SOURCES, length=9, temperature=1e-6, rng=1)
    assert cold == one.translate(SOURCES, length=9)


def test_the_start_may_say_the_language():
    one = sharp()
    by_start = {start: one.translate(SOURCES, start, length=6) for start in "<ab"}
    assert by_start["a"] == [greedy(one, source, 6, "a") for source in SOURCES]
    assert by_start["a"] != by_start["b"]
    mixed = one.translate(SOURCES, ["<", "a", "b", "a"], length=6)
    assert mixed == [by_start[start][i] for i, start in enumerate("<aba")]


def test_a_reversal_is_learnt_and_written():
    one = model(features=16, lr=0.01)
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice([*"abcd"], n)) for n in rng.integers(1, 4, 24)]
    batch = one.batchOf(texts, [text[::-1] for text in texts])
    for _ in range(80):
        values = one.step(batch, StepContext(FIGURES))
    assert values["surprise"] < 0.1
    right = [[*text[::-1]] for text in texts]
    assert np.mean([a == b for a, b in zip(one.translate(texts, beams=2), right, strict=True)]) > 0.9


def test_writing_changes_nothing_and_leaves_nothing():
    one = model()
    before, fresh = weights(one), copy.deepcopy(one)
    one.translate(SOURCES, beams=3)
    assert np.array_equal(weights(one), before)
    with one.decoder.use("inference"), pytest.raises(RuntimeError, match="nothing to look at"):
        one.decoder.forward(np.zeros((1, 1, 1)))
    for each in (one, fresh):
        with each.decoder.use("inference"):
            attend(each.decoder, np.ones((2, F, 3)))
    x = np.zeros((4, 1, 3))
    assert np.array_equal(one.decoder.predict(x), fresh.decoder.predict(x))
    assert step(one) == step(fresh)


def test_contexts_are_projected_once(monkeypatch):
    """Also where no hypothesis moves: no end is written."""
    one, projected, project = model(number=5), [], CrossAttention._project

    def counted(self, folded, rows, name, now):
        projected.append(name)
        return project(self, folded, rows, name, now)

    monkeypatch.setattr(CrossAttention, "_project", counted)
    one.decoder.layers[-1].layer.bias[WORDS.tokens.index(">")] = -100
    one.translate(SOURCES, length=8)
    assert (projected.count("kv"), projected.count("q")) == (1, 8)


def test_several_threads_translate_at_once():
    one = sharp()
    expected = [one.translate([source], length=9, beams=2) for source in SOURCES]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda source: one.translate([source], length=9, beams=2), SOURCES * 5))
    assert found == expected * 5


def test_where_it_looks_while_it_writes():
    one = sharp()
    found = one.attention("bcad", "da")
    assert {name: array.shape for name, array in found.items()} == {"decoder.layers.3.chain.layers.1": (2, 3, 4)}
    (weights,) = found.values()
    assert np.allclose(weights.sum(axis=-1), 1)
    assert not np.allclose(weights[0], weights[1])
    assert np.allclose(one.attention("bcad", "d")["decoder.layers.3.chain.layers.1"], weights[:, :2])
    plots.plotAttention(found, [*"da", one.end], "bcad")
    with one.decoder.use("inference"), pytest.raises(RuntimeError, match="nothing to look at"):
        one.decoder.forward(np.zeros((1, 1, 1)))


# What it learns ------------------------------------------------------------------------------------------------------


@BOTH
def test_gradients(layers):
    one = model(layers)
    report = checkGradients(one, one.batchOf(SOURCES, TARGETS))
    assert report, report
    assert len(report.entries) == sum(len(leaf.parameters) for leaf in one.namedLayers().values())


def test_gradients_with_weights_penalties_and_frozen_parts():
    one = model(recurrent, penalty=L1(0.1))
    batch = one.batchOf(SOURCES, TARGETS)
    parts = {name: part for name, part in batch.parts.items() if name not in ("inputs", "labels", "weights")}
    weighed = Batch.of(batch.inputs, weights=np.array([1.0, 0.5, 2.0, 0.25]), **parts)
    for frozen in ([], one.decoder.layers[:1], [one.decoder], [one.encoder]):
        for layer in frozen:
            for part in (layer, *layer.parts()):
                part.trainable = False
        report = checkGradients(one, weighed)
        assert report, report
        for layer in frozen:
            for part in (layer, *layer.parts()):
                part.trainable = True


def test_an_error_of_a_thousandth_in_the_gradient_of_the_contexts_is_found(monkeypatch):
    one = model(recurrent)
    batch = one.batchOf(SOURCES, TARGETS)
    module = "nn.models.translation.encoderdecoder.contextGradient"
    true = EncoderDecoder._descend.__globals__["contextGradient"]
    monkeypatch.setattr(module, lambda network: 1.001 * true(network))
    assert not checkGradients(one, batch)


def test_the_loss_is_that_of_each_pair_by_itself():
    """Neither the padding of a batch nor what stands beside a pair matters."""
    one = model()
    values = one.measure(one.batchOf(SOURCES, TARGETS), FIGURES)
    nats, right, tokens = [], 0, 0
    for source, target in zip(SOURCES, TARGETS, strict=True):
        written = [*WORDS.encode("<" + target + ">")]
        surprises = [log_p(one, source, written[:i]) for i in range(1, len(written))]
        nats.append(-sum(p[k] for p, k in zip(surprises, written[1:], strict=True)))
        right += sum(p.argmax() == k for p, k in zip(surprises, written[1:], strict=True))
        tokens += len(target) + 1
    assert values["loss"] == pytest.approx(np.mean(nats))
    assert values["surprise"] == pytest.approx(sum(nats) / tokens)
    assert values["accuracy"] == pytest.approx(right / tokens)
    evaluated = one.evaluate(one.batchOf(SOURCES, TARGETS))
    assert evaluated == pytest.approx(values)
    assert step(one) == pytest.approx(values)


def test_padding_is_no_sample_of_what_is_computed_for_every_step():
    one = model()
    step(one)
    counts = [one.encoder.layers[3].chain.layers[1], one.decoder.layers[-1]]
    assert [part.layer.input.shape[-1] for part in counts] == [sum(map(len, SOURCES)), sum(map(len, TARGETS)) + 4]


def test_padding_that_all_have_is_cut():
    one, other = model(), model()
    batch = one.batchOf(SOURCES, TARGETS)
    parts = {name: np.concatenate((part, np.zeros((30, *part.shape[1:])))) for name, part in batch.parts.items()
             if name in ("mask", "second", "secondMask")}  # fmt: skip
    wide = Batch.of(np.concatenate((batch.inputs, np.zeros((30, 1, 4)))), **parts)  # longer than the positions
    assert one.step(batch, StepContext(FIGURES)) == other.step(wide, StepContext(FIGURES))
    assert np.array_equal(weights(one), weights(other))


def test_masks_that_hide_nothing_are_as_none():
    one, other = model(), model()
    batch = one.batchOf(["ab", "cd"], ["abc", "bcd"])
    bare = Batch.of(batch.inputs, second=batch.second)
    assert one.step(batch, StepContext(FIGURES)) == other.step(bare, StepContext(FIGURES))
    assert np.array_equal(weights(one), weights(other))


def test_weights_of_pairs():
    """A pair of the weight 0 is not there; one of the weight 2 is there twice."""
    one, other = model(penalty=L1(0.1)), model(penalty=L1(0.1))
    batch = one.batchOf(SOURCES, TARGETS)
    parts = {name: part for name, part in batch.parts.items() if name in ("mask", "second", "secondMask")}
    weighed = Batch.of(batch.inputs, weights=np.array([1.0, 2.0, 0.0, 1.0]), **parts)
    order = [0, 1, 1, 3]
    twice = other.batchOf([SOURCES[i] for i in order], [TARGETS[i] for i in order])
    assert one.step(weighed, StepContext(FIGURES)) == pytest.approx(other.step(twice, StepContext(FIGURES)))
    assert np.allclose(weights(one), weights(other), atol=1e-9)


def test_every_parameter_moves_and_frozen_ones_stay():
    one = model()
    before = one.weights()
    step(one)
    assert all((one.weights()[name] != array).any() for name, array in before.items())
    one.encoder.freeze()
    before = one.weights()
    step(one)
    assert {name.split(".")[0] for name, array in one.weights().items() if (array != before[name]).any()} == {"decoder"}


def test_an_evaluation_is_over_all_tokens_whatever_the_batches():
    one = model()
    whole = one.evaluate(one.batchOf(SOURCES, TARGETS))
    one.prepare(None)
    for part in (slice(0, 1), slice(1, 4)):
        one.measure(one.batchOf(SOURCES[part], TARGETS[part]), FIGURES)
    assert one.overall(FIGURES) == pytest.approx({name: whole[name] for name in ("surprise", "accuracy")})


@BOTH
def test_files_and_copies(layers, tmp_path):
    one = sharp(layers)
    step(one)
    one.save(tmp_path / "model.safetensors")
    for again in (Model.load(tmp_path / "model.safetensors"), copy.deepcopy(one)):
        assert isinstance(again, EncoderDecoder)
        assert (again.vocabulary, again.start, again.end) == (WORDS, "<", ">")
        assert again.translate(SOURCES, beams=2, length=8) == one.translate(SOURCES, beams=2, length=8)
        assert again.measure(again.batchOf(SOURCES, TARGETS), FIGURES) == one.measure(
            one.batchOf(SOURCES, TARGETS), FIGURES
        )
    assert "decoder: layer" in str(one)


def test_the_encoder_goes_to_other_programs_and_the_decoder_does_not(tmp_path):
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    one = model()
    one.astype(np.float32)
    path = one.export(tmp_path / "encoder.onnx", part="encoder", inputShape=(4, 1), rows=False)
    x = np.random.default_rng(0).integers(0, N, (4, 1, 3)).astype(np.float32)
    (contexts,) = runtime.InferenceSession(path).run(None, {"input": x})
    assert np.allclose(contexts, one.encoder.predict(x), atol=1e-5)
    with pytest.raises(ValueError, match="CrossAttention.*export the encoder"):
        one.export(tmp_path / "decoder.onnx", part="decoder", inputShape=(4, 1))


# Bad input -----------------------------------------------------------------------------------------------------------


def batch_with(one, **parts):
    given = dict(one.batchOf(SOURCES, TARGETS).parts) | parts
    return Batch.of(given.pop("inputs"), **{name: part for name, part in given.items() if name in parts or "ask" in name
                                            or name == "second"})  # fmt: skip


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda one: one.translate(["ab", "abz"]), r"sources\[1\].*'z'"),
        (lambda one: one.translate(["ab", "abcd" * 4]), r"sources\[1\].*at most 12 tokens, the positions.*16"),
        (lambda one: one.translate(["ab"], length=13), "at most 12, the positions of the decoder"),
        (lambda one: one.translate(["ab"], length=0), "length"),
        (lambda one: one.translate(["ab"], "z"), "start.*a token of the vocabulary.*'z'"),
        (lambda one: one.translate(["ab"], ["<", "<"]), "start.*1, one for each source"),
        (lambda one: one.translate(["ab"], beams=0), "beams"),
        (lambda one: one.translate(["ab"], lengthPenalty=-1), "lengthPenalty"),
        (lambda one: one.translate(["ab"], beams=2, lengthPenalty=1e4), "lengthPenalty"),
        (lambda one: one.translate(["ab"], beams=2, temperature=1.0), "temperature"),
        (lambda one: one.batchOf(["ab"], []), "targets.*1, as many as sources"),
        (lambda one: step(one, ["ab" * 7], ["a"]), "at most 12 steps"),
        (lambda one: step(one, ["ab"], ["ab" * 7]), "at most 12 steps"),
        (lambda one: one.step(Batch.of(np.zeros((3, 1, 2))), StepContext()), "fromPairs"),
        (lambda one: one.step(batch_with(one, second=np.full((4, 1, 4), 6.0), secondMask=np.ones((4, 4))),
                              StepContext()), r"second \(step 0, sample 0\).*from 0 to 5.*6"),
        (lambda one: one.step(batch_with(one, inputs=np.full((4, 1, 4), 0.5)), StepContext()), r"inputs \(step 0.*0.5"),
        (lambda one: one.step(batch_with(one, secondMask=np.ones((3, 4))), StepContext()), "secondMask.*of shape"),
        (lambda one: one.step(batch_with(one, secondMask=np.arange(6)[:, None] > np.zeros(4)), StepContext()),
         "secondMask.*padding behind"),
        (lambda one: one.step(batch_with(one, secondMask=np.arange(6)[:, None] < np.ones(4)), StepContext()),
         "second.*two steps or more"),
    ],
)  # fmt: skip
def test_bad_input(call, message):
    one = model()
    before = weights(one)
    with pytest.raises(ValueError, match=message):
        call(one)
    assert np.array_equal(weights(one), before)


def test_bad_kinds():
    with pytest.raises(TypeError, match="a list of lists of tokens"):
        model().translate("ab")
    with pytest.raises(TypeError, match="start.*a list of such.*3"):
        model().translate(["ab"], start=3)
    with pytest.raises(TypeError, match="Vocabulary"):
        EncoderDecoder("ab", *attentive())
    with pytest.raises(TypeError, match="CategoricalCrossEntropy"):
        EncoderDecoder(WORDS, *attentive(), "<", ">", MSE())
    with pytest.raises(TypeError, match="CategoricalCrossEntropy"):
        model().prepare(MSE())


def changed(part, change):
    encoder, decoder = attentive()
    parts = {"encoder": encoder, "decoder": decoder}
    parts[part] = change(parts[part])
    return EncoderDecoder(WORDS, *parts.values(), "<", ">")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EncoderDecoder(WORDS, *attentive()), "start.*a token of the vocabulary.*'<start>'"),
        (lambda: EncoderDecoder(WORDS, *attentive(), "<"), "end.*a token of the vocabulary.*'<end>'"),
        (lambda: changed("decoder", lambda layers: [*layers[:3], *layers[4:]]), "with CrossAttention in it"),
        (lambda: changed("decoder", lambda layers: layers[:-1]), "ends in TimeDistributed.*for 6 entries"),
        (lambda: changed("decoder", lambda layers: [*layers[:-1], TimeDistributed(Dense(F, 5, Softmax()))]), "6 entr"),
        (lambda: changed("encoder", lambda layers: [*layers, LastStep()]), "the encoder.*contexts"),
        (lambda: changed("encoder", lambda layers: [*layers, TimeDistributed(Dense(F, 4))]), r"contexts \(2, 8\)"),
        (lambda: changed("encoder", lambda layers: [Embedding(N - 1, F), *layers[1:]]), r"the encoder.*Embedding\(6, "),
        (lambda: changed("encoder", lambda layers: []), "the encoder|encoder.*a list of layers"),
        (lambda: changed("decoder", lambda layers: [layers[0], Bidirectional(LSTM(F, 4)), *layers[1:]]), "later steps"),
    ],
    ids=["start", "end", "no cross-attention", "no probabilities", "few outputs", "last step", "other features",
         "few tokens", "no layers", "bidirectional"],
)  # fmt: skip
def test_networks_that_do_not_fit_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_layer_in_both_networks_is_refused():
    encoder, decoder = attentive()
    with pytest.raises(ValueError, match="there twice"):
        EncoderDecoder(WORDS, encoder, [encoder[0], *decoder[1:]], "<", ">")


@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_a_divergence_is_told_before_anything_is_updated(part):
    one = model()
    getattr(one, part).layers[0].weight[0, 0] = np.inf
    before = one.weights()
    with pytest.raises(DivergenceError, match=rf"{part}\.layers\[0\]"), one.guarded(3):
        step(one, ["<ab"], ["ba"])
    assert all(np.array_equal(array, before[name]) for name, array in one.weights().items())


# Data sets -----------------------------------------------------------------------------------------------------------


def texts(n=40, number=0, longest=5):
    rng = np.random.default_rng(number)
    return ["".join(rng.choice([*"abcd"], length)) for length in rng.integers(1, longest, n)]


def reversals(sources=None, target=lambda text: text[::-1], vocabulary=WORDS, **keywords):
    sources = texts() if sources is None else sources
    options = {"start": "<", "end": ">", "batch_size": 8, "test_size": 8, "rng": 0} | keywords
    return Dataset.fromPairs(sources, [target(text) for text in sources], vocabulary=vocabulary, **options)


def test_a_batch_of_a_data_set_is_one_of_these_texts():
    one, other = model(), model()
    data = reversals(texts(8), test_size=0, shuffle=False)
    of_texts = other.batchOf(texts(8), [text[::-1] for text in texts(8)])
    assert one.step(data.trainSet(), StepContext(FIGURES)) == other.step(of_texts, StepContext(FIGURES))
    assert np.array_equal(weights(one), weights(other))


def test_it_is_trained_on_a_data_set_and_evaluated():
    one, data = model(), reversals(validation_size=6)
    history = one.train(data, epochs=6, progress=False)
    assert history["train_surprise"][-1] < history["train_surprise"][0]
    assert {"train_surprise", "validation_surprise", "test_surprise"} <= history.keys()
    again = one.evaluate(data)
    assert again["surprise"] == pytest.approx(history["test_surprise"][-1])
    test = data.testSet()
    assert again == pytest.approx(one.evaluate(test), rel=1e-5)
    diagnosis = one.diagnose(data)
    assert diagnosis.healthy, diagnosis


def test_a_training_goes_on_to_the_bit(tmp_path):
    whole, part, again = model(), model(), model(number=5)
    seed(1)
    whole.train(reversals(), epochs=3, progress=False)
    path = tmp_path / "training.safetensors"
    seed(1)
    with pytest.raises(KeyboardInterrupt):
        part.train(reversals(), epochs=3, checkpoint=Checkpoint(path, seconds=0), listeners=[Stop(6)], progress=False)
    history = again.train(reversals(), epochs=3, checkpoint=path, resume=True, progress=False)
    assert np.array_equal(weights(again), weights(whole))
    assert history == whole.history


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (lambda: reversals(vocabulary=Vocabulary.characters("<>abcde")), "vocabulary=model.vocabulary"),
        (lambda: reversals(texts(longest=20)), "at most 12 steps, the positions of the encoder"),
        (lambda: reversals(target=lambda text: 9 * text), "at most 12 steps, the positions of the decoder"),
        (lambda: Dataset.fromSequences([np.zeros((3, 1))] * 9, test_size=3), "of pairs of token sequences.*fromPairs"),
        (lambda: Dataset("digits"), "of pairs of token sequences.*fromPairs"),
    ],
    ids=["vocabulary", "long sources", "long targets", "no targets", "digits"],
)
def test_other_data_sets_are_refused(data, message):
    one = model()
    for use in (lambda: one.train(data(), epochs=1, progress=False), lambda: one.evaluate(data())):
        with pytest.raises(ValueError, match=message):
            use()


def test_a_text_may_be_empty():
    """As the first back-translations are."""
    one, other = model(), model(recurrent)
    for sources, targets in ((["", "ab"], ["ab", ""]), (["", ""], ["a", "bc"])):
        assert checkGradients(other, other.batchOf(sources, targets))
        assert np.isfinite(step(one, sources, targets)["loss"])
        assert len(one.translate(sources, beams=2)) == 2
    assert one.translate([]) == []


# What goes wrong -----------------------------------------------------------------------------------------------------


def found(one, data, **keywords):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", TrainingWarning)
        one.train(data, metrics=[], progress=False, **keywords)
    return [each.message for each in caught if isinstance(each.message, TrainingWarning)]


def copier():
    """One that has learnt to copy, whatever the data say from now on."""
    one = model(features=16)
    data = reversals(texts(60), target=lambda text: text, test_size=0, batch_size=20)
    assert found(one, data, epochs=60) == []  # what the targets ask for
    assert np.mean([[*a] == b for a, b in zip(texts(60), one.translate(texts(60)), strict=True)]) > 0.9
    return one


@pytest.mark.slow
def test_a_translator_that_copies_is_found():
    one = copier()
    for network in one.networks().values():
        network.freeze()
    kinds = [warning.kind for warning in found(one, reversals(texts(60), test_size=0, batch_size=20), epochs=200)]
    assert kinds == ["copying"]
    assert "copies" in str(one.diagnose(reversals(texts(60), test_size=0)))


@pytest.mark.slow
def test_a_translator_that_learns_is_healthy():
    assert found(model(features=16), reversals(texts(60), test_size=0, batch_size=20), epochs=100) == []


def test_sources_longer_than_what_can_be_written_are_no_copies():
    encoder, decoder = attentive(positions=12)[0], attentive(positions=4)[1]
    one = EncoderDecoder(WORDS, encoder, decoder, "<", ">")
    one.decoder.layers[-1].layer.bias[WORDS.tokens.index(">")] = -100  # it never ends
    step(one, ["abcdabcd", "dcb"], ["ab", "b"])
    assert one._copied() == 0  # the watch of a training asks for it


def test_one_position_is_enough():
    one = EncoderDecoder(WORDS, *attentive(positions=1), "<", ">")
    assert len(one.translate(["a"])[0]) <= 1


def test_contexts_have_their_gradient_wherever_the_decoder_learns():
    first = Embedding(N, F)
    first.trainable = False
    decoder = [Chain([first, CrossAttention(F, 2)]), TimeDistributed(Dense(F, N, Softmax()))]
    one = EncoderDecoder(WORDS, [Embedding(N, F)], decoder, "<", ">")
    step(one)
    assert one.encoder.layers[0].gradientVector.any()


def test_all_that_looks_takes_the_contexts():
    second = [TimeDistributed(Dense(F, 4)), CrossAttention(4), TimeDistributed(Dense(4, N, Softmax()))]
    with pytest.raises(ValueError, match="CrossAttention 4, 1 head.*takes"):
        EncoderDecoder(WORDS, [Embedding(N, F)], [Embedding(N, F), CrossAttention(F), *second], "<", ">")
