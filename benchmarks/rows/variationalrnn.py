"""The variational recurrent network beside an LSTM with a Gaussian output, on signals with hidden switches.

The signals are positions of a mass on a hardening spring, measured with noise. The force on it jumps from level to
level at steps that nobody can foresee, and the networks are not told of it. A step of a sequence is a frame of ten
positions, as one of Chung et al. 2015 is of 200 samples of speech: where the force has jumped in it, all of them go
another way together, which a latent variable can say and a Gaussian with a diagonal covariance cannot. Or it is one
position, where there is little left to say: ten times what the LSTM has there is about what the variational network has
of a frame, so that it has won back what frames cost the LSTM.

Both networks have as many parameters and see the same sequences as often. The rate was chosen on the steps behind those
that are learnt, the test is of those after. Numbers are of positions over their standard deviation.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from figures.row import Another, Figure, Setting, row

from activations import ReLU
from dataset import Dataset, duffing, windows
from layers import GRU, LSTM, Dense, TimeDistributed
from loss import GaussianLikelihood
from nn import MLP, VariationalRNN
from optimizer import Adam, Cosine

STEPS, NOISE = 40, 0.01  # of a sequence; standard deviation of the measurement in m, where the positions have 0.26
FRAMES, SINGLE = 10, 1  # positions in a step


def signals(now: Setting, frame: int) -> tuple[np.ndarray, np.ndarray]:
    """Sequences (N, STEPS, frame) to learn from, which overlap by a half, and to test with."""
    count = 16_000 * frame, 4_000 * frame
    _, q = duffing(count[0] + 2 * count[1], noise=NOISE, rng=now.seed)
    steps = (q / q[: count[0]].std()).reshape(-1, frame)
    return windows(steps[: count[0] // frame], STEPS, STEPS // 2), windows(steps[-count[1] // frame :], STEPS, STEPS)


def variational(frame: int) -> VariationalRNN:
    """48 units, 8 latent variables; φ_x, φ_z, prior, encoder and decoder have a hidden layer each."""
    adam, units, latents, features = Adam(lr=0.005, clipNorm=1.0), 48, 8, 32

    def network(*sizes: int) -> MLP:
        *hidden, last = pairwise(sizes)
        return MLP([*(Dense(*pair, ReLU(), adam) for pair in hidden), Dense(*last, optimizer=adam)])

    return VariationalRNN(
        frame,
        latents,
        recurrent=GRU(2 * features, units, adam),
        prior=network(units, 32, 2 * latents),
        encoder=network(features + units, 48, 2 * latents),
        decoder=network(features + units, 48, 2 * frame),
        inputFeatures=MLP([Dense(frame, features, ReLU(), adam)]),
        latentFeatures=MLP([Dense(latents, features, ReLU(), adam)]),
    )


def plain(frame: int, units: int) -> MLP:
    """The LSTM between the same hidden layers: mean and log-variance of the next step."""
    adam = Adam(lr=0.005, clipNorm=1.0)

    def dense(inputs: int, outputs: int, activation: ReLU | None = None) -> TimeDistributed:
        return TimeDistributed(Dense(inputs, outputs, activation, adam))

    layers = [dense(frame, 32, ReLU()), LSTM(32, units, adam), dense(units, 48, ReLU()), dense(48, 2 * frame)]
    return MLP(layers, GaussianLikelihood())


def boundOf(now: Setting, frame: int, epochs: int) -> dict[str, float]:
    train, test = signals(now, frame)
    model = variational(frame)
    dataset = Dataset.fromSequences(train, test_size=0, batch_size=50)
    model.train(dataset, epochs=now.epochs(epochs), metrics=[], schedule=Cosine())
    x = np.moveaxis(test, 0, -1).astype(np.float32)
    return {
        "bound": float(model.bound(x, 20, rng=0).mean()) / STEPS,
        "100 draws": float(model.logLikelihood(x, 100, rng=0).mean()) / STEPS,
        "KL": float(model.divergences(x, rng=0).mean()),
        "parameters": model.numParameters(),
    }


def likelihoodOf(now: Setting, frame: int, epochs: int) -> dict[str, float]:
    train, test = signals(now, frame)
    wanted = variational(frame).numParameters()
    model = min((plain(frame, units) for units in range(20, 100)), key=lambda one: abs(one.numParameters() - wanted))
    dataset = Dataset.fromSequences(before(train), train, testSequences=before(test), testLabels=test, batch_size=50)
    model.train(dataset, epochs=now.epochs(epochs), metrics=[], schedule=Cosine())
    return {"likelihood": -model.evaluate(dataset, ["loss"])["loss"] / STEPS, "parameters": model.numParameters()}


def before(sequences: np.ndarray) -> np.ndarray:
    """What the network sees: every step one later, behind zeros."""
    return np.concatenate((np.zeros_like(sequences[:, :1]), sequences[:, :-1]), axis=1)


def bounds(step: str, epochs: int, other: str) -> list[Figure]:
    model = f"variational RNN, a step is {step}, {epochs} epochs"
    against = Another(other, "likelihood", "LSTM with a Gaussian output")
    return [
        Figure("bound", model, "lower bound of ln p(x), a step", "nats", 2, "higher", against),
        Figure("100 draws", model, "ln p(x) by 100 draws, a step", "nats", 2, "higher", against),
        Figure("KL", model, "KL(q ‖ p), a step", "nats", 2),
        Figure("parameters", model, "parameters", "", 0),
    ]


def likelihoods(step: str, epochs: int) -> list[Figure]:
    model = f"LSTM with a Gaussian output, a step is {step}, {epochs} epochs"
    return [
        Figure("likelihood", model, "ln p(x), a step", "nats", 2, "higher"),
        Figure("parameters", model, "parameters", "", 0),
    ]


@row(bounds("a frame of ten positions", 100, "gaussianLSTM"), seeds=range(5), seconds=250, needs=())
def variationalRNN(now: Setting) -> dict[str, float]:
    """By the validation sequences, after 40 epochs: a rate of 0.003 gives 8.7 nats a step, 0.005 gives 9.6."""
    return boundOf(now, FRAMES, epochs=100)


@row(likelihoods("a frame of ten positions", 100), seeds=range(5), seconds=40, needs=())
def gaussianLSTM(now: Setting) -> dict[str, float]:
    """By the validation sequences: a rate of 0.003 gives -1.1 nats after 60 epochs, one of 0.005 -0.9 after 150."""
    return likelihoodOf(now, FRAMES, epochs=100)


@row(bounds("a single position", 40, "gaussianLSTMSingle"), seeds=range(5), seconds=80, needs=())
def variationalRNNSingle(now: Setting) -> dict[str, float]:
    """What a single position may be has one peak, and nothing in it hangs together: there is little left to say."""
    return boundOf(now, SINGLE, epochs=40)


@row(likelihoods("a single position", 40), seeds=range(5), seconds=20, needs=())
def gaussianLSTMSingle(now: Setting) -> dict[str, float]:
    return likelihoodOf(now, SINGLE, epochs=40)
