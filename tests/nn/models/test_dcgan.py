"""A DCGAN: transposed convolutions and BatchNormalization against convolutions in steps of 2."""

import numpy as np

from activations import LeakyReLU, ReLU, Sigmoid, Tanh
from dataset import Dataset
from layers import Activate, BatchNormalization, Conv2D, Conv2DTranspose, Dense, Flatten, Reshape
from nn import GAN, MLP, checkGradients
from optimizer import Adam


def dcgan(**keywords):
    adam = Adam(lr=0.005, beta1=0.5)
    generator = MLP(
        [
            *(Dense(4, 12, optimizer=adam, rng=0), Reshape((3, 2, 2)), BatchNormalization(3, optimizer=adam)),
            *(Activate(ReLU()), Conv2DTranspose(3, 2, 4, None, adam, 2, "same", rng=1)),
            *(BatchNormalization(2, optimizer=adam), Activate(ReLU())),
            Conv2DTranspose(2, 1, 4, Tanh(), adam, 2, "same", rng=2),
        ]
    )
    first, second = (
        Conv2D(inputs, outputs, 4, LeakyReLU(0.2), adam, 2, "same", rng=outputs) for inputs, outputs in ((1, 3), (3, 4))
    )
    discriminator = MLP([first, second, Flatten(), Dense(16, 1, Sigmoid(), adam, rng=3)])
    return GAN(generator, discriminator, rng=4, **keywords)


def digits():
    return Dataset("digits", train_size=200, test_size=20, batch_size=50, images=True, valueRange=(-1, 1), rng=0)


def test_all_gradients_are_exact():
    report = checkGradients(dcgan(), np.random.default_rng(0).uniform(-1, 1, (1, 8, 8, 4)))
    assert report, report


def test_a_training_is_resumed_to_the_bit(tmp_path):
    def trained(epochs, **keywords):
        gan = dcgan(averaging=0.9)
        gan.train(digits(), epochs=epochs, metrics=[], **keywords)
        return gan.sample(5, rng=0)

    path = tmp_path / "checkpoint.safetensors"
    trained(1, checkpoint=path)
    assert np.array_equal(trained(3, checkpoint=path, resume=True), trained(3))


def test_a_file_keeps_the_samples_to_the_bit(tmp_path):
    gan = dcgan(averaging=0.9)
    gan.train(digits(), epochs=1, metrics=[])
    again = GAN.load(gan.save(tmp_path / "gan"))
    assert np.array_equal(again.sample(5, rng=0), gan.sample(5, rng=0))
    assert gan.sample(5).shape == (1, 8, 8, 5)
