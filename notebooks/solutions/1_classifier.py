# %% exercise-1
class FullyConnected(Learning):
    """z = W x + b."""

    def __init__(self, inputDim, outputDim, optimizer=None):
        super().__init__(optimizer)
        self.inputDim, self.outputDim, self.inputShape = inputDim, outputDim, (inputDim,)
        weight = np.random.default_rng(0).normal(0, np.sqrt(2 / inputDim), (outputDim, inputDim))
        self._create(weight=weight, bias=np.zeros((outputDim, 1)))

    def outputShape(self, inputShape):
        return (self.outputDim,)

    def _forward(self, x, now, training):
        return self.parameters["weight"] @ x + self.parameters["bias"]

    def _backward(self, dz, now, wanted):
        x = now.x  # what went in
        dW = dz @ x.T  # (outputs, N) (N, inputs): the product sums over the samples
        db = dz.sum(axis=1, keepdims=True)
        dx = self.parameters["weight"].T @ dz
        self.gradients["weight"][...] = dW
        self.gradients["bias"][...] = db
        return dx


# %% exercise-2
class Softplus(Activation):
    """f(z) = ln(1 + exp(z))"""

    def apply(self, z, out=None):
        return np.logaddexp(0, z, out=out)  # without overflow

    def derivative(self, z):
        return 1 / (1 + np.exp(-z))  # the sigmoid


# %% exercise-3
class Huber(Loss):
    """Squares up to delta, distances beyond."""

    def __init__(self, delta=1.0):
        self.delta = delta

    def perSample(self, y, a):
        e = np.abs(a - y)
        return np.where(e <= self.delta, e**2 / 2, self.delta * (e - self.delta / 2)).sum(axis=0)

    def derivative(self, y, a, out=None):
        return np.divide(np.clip(a - y, -self.delta, self.delta), y.shape[-1], out=out)  # continuous: e meets delta
