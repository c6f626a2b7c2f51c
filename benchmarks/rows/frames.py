"""Frames of a game of two paddles and a ball: does a code of a β-VAE stand for one position?"""

from __future__ import annotations

from figures.row import Figure, Setting, row

from activations import LeakyReLU, Sigmoid
from dataset import Dataset
from layers import Conv2D, Conv2DTranspose, Coordinates, Dense, Flatten, Reshape, Sampler, UpSampling2D
from nn import MLP, VAE, codeFactorR2
from optimizer import Adam, Cosine

MODEL = "β-VAE, β = 8, on frames of a game, 32 x 32, 6 codes, spatial broadcast decoder"
POSITIONS = ("ball x", "ball y", "left paddle", "right paddle")


@row(
    [
        *(
            Figure(
                position, MODEL, f"R² of {position} from the best single code", "", 3, "higher",
                anchor="0.8", source="this project's plan",
            )
            for position in POSITIONS
        ),
        Figure("reconstruction", MODEL, "reconstruction", "nats", 1, "lower"),
        Figure("kl", MODEL, "KL divergence", "nats", 2),
    ],
    seconds=200,
    needs=(),
)  # fmt: skip
def frames(now: Setting) -> dict[str, float]:
    """Chosen on validation frames, where ReLU lost more than half of the encoder's units, and the paddles with them."""
    dataset, adam = Dataset("paddles", 20_000, batch_size=32), Adam(lr=0.0015)
    encoder = MLP([Flatten(), Dense(1024, 256, LeakyReLU(0.1), adam), Dense(256, 256, LeakyReLU(0.1), adam)])
    decoder = MLP([Reshape((6, 1, 1)), UpSampling2D(16), Coordinates()])
    decoder.addLayer(Conv2D(8, 64, 1, LeakyReLU(0.1), adam))
    decoder.addLayer(Conv2D(64, 32, 1, LeakyReLU(0.1), adam))
    decoder.addLayer(Conv2DTranspose(32, 1, 4, Sigmoid(), adam, strides=2, padding="same"))
    model = VAE(encoder, Sampler(256, 6, adam, beta=8), decoder)
    model.train(dataset, epochs=now.epochs(40), metrics=[], schedule=Cosine())
    images, positions = dataset.testSet()
    best = codeFactorR2(model.encode(images)[0], positions).max(axis=0)
    return dict(zip(POSITIONS, map(float, best), strict=True)) | model.evaluate(images, ["reconstruction", "kl"])
