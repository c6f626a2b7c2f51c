"""A GAN on a spiral: how far are its samples from points that it has not seen? Sliced Wasserstein distance."""

import leibnet as ln

import numpy as np

ln.seed(0)
rng = np.random.default_rng(0)
angle = 3 * np.pi * np.sqrt(rng.uniform(0.05, 1, 4000))
points = angle * np.stack((np.cos(angle), np.sin(angle))) + 0.3 * rng.normal(size=(2, 4000))
data = ln.Dataset.fromArrays(points, test_size=1000, standardize=True, batch_size=100)
adam, hidden = ln.Adam(lr=0.001, beta1=0.5), ln.LeakyReLU(0.2)
gan = ln.GAN(
    ln.MLP([ln.Dense(2, 64, hidden, adam), ln.Dense(64, 64, hidden, adam), ln.Dense(64, 2, optimizer=adam)]),
    ln.MLP([ln.Dense(2, 64, hidden, adam), ln.Dense(64, 64, hidden, adam), ln.Dense(64, 1, ln.Sigmoid(), adam)]),
    instanceNoise=0.3,
)
gan.train(data, epochs=100, schedule=ln.Cosine())
x, x_test = data.trainSet()[0], data.testSet()[0]
print(f"data {ln.slicedWasserstein(x[:, :1000], x_test):.3f}")
print(f"samples {ln.slicedWasserstein(gan.sample(1000), x_test):.3f}")
