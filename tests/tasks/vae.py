"""A VAE on two moons: how far are its samples from points that it has not seen? Sliced Wasserstein distance."""

import leibnet as ln

ln.seed(0)
moons = ln.Dataset("two_moons", train_size=4000, test_size=2000)
adam = ln.Adam(lr=0.005)
vae = ln.VAE(
    ln.MLP([ln.Dense(2, 64, ln.Tanh(), adam), ln.Dense(64, 64, ln.Tanh(), adam)]),
    ln.Sampler(64, 2, adam),
    ln.MLP([ln.Dense(2, 64, ln.Tanh(), adam), ln.Dense(64, 64, ln.Tanh(), adam), ln.Dense(64, 2, optimizer=adam)]),
    loss=ln.MSE(variance=0.01),
)
vae.train(moons, epochs=60, metrics=["test_loss", "test_reconstruction", "test_kl"], schedule=ln.Cosine())
x, x_test = moons.trainSet()[0], moons.testSet()[0]
print(f"data {ln.slicedWasserstein(x[:, :2000], x_test):.3f}")
print(f"samples {ln.slicedWasserstein(vae.sample(2000), x_test):.3f}")
