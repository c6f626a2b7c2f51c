# %% exercise-1
class FreeEnergy(Learning):
    """F(v) = -b·v - Σ_j ln(1 + exp(c_j + Σ_i W_ji v_i)), (1, N) for v (visible, N)."""

    def __init__(self, visible, hidden, optimizer=None):
        super().__init__(optimizer)
        self.visible, self.hidden, self.inputShape = visible, hidden, (visible,)
        rng = np.random.default_rng(0)
        shapes = {"weight": (hidden, visible), "b": (visible, 1), "c": (hidden, 1)}
        self._create(**{name: rng.normal(0, 0.1, shape) for name, shape in shapes.items()})

    def outputShape(self, inputShape):
        return (1,)

    def energy(self, v):
        W, b, c = (self.parameters[name] for name in ("weight", "b", "c"))
        return -b.T @ v - np.logaddexp(0, c + W @ v).sum(axis=0, keepdims=True)

    def slopes(self, v, dF):
        """dW, db and dc of Σ_n dF_n F(v_n), the sum over the columns of v."""
        W, c = self.parameters["weight"], self.parameters["c"]
        p = sigmoid(c + W @ v)  # p(h = 1 | v)
        dW = -(p * dF) @ v.T  # (hidden, N) (N, visible)
        db = -(v * dF).sum(axis=1, keepdims=True)
        dc = -(p * dF).sum(axis=1, keepdims=True)
        return dW, db, dc

    def _forward(self, x, now, training):
        return self.energy(x)

    def _backward(self, dF, now, wanted):
        W, b, c = (self.parameters[name] for name in ("weight", "b", "c"))
        v = now.x
        p = sigmoid(c + W @ v)
        for name, gradient in zip(("weight", "b", "c"), self.slopes(v, dF), strict=True):
            self.gradients[name][...] = gradient
        dv = -(b + W.T @ p) * dF
        return dv


# %% exercise-2
class NegativeLogLikelihood(FreeEnergy):
    """-ln p(v) = F(v) + ln Z, (1, N), for so few visible units that all their states can be summed over."""

    def __init__(self, visible, hidden, optimizer=None):
        super().__init__(visible, hidden, optimizer)
        self.states = (np.arange(2**visible) >> np.arange(visible)[:, None]) % 2.0  # one in every column

    def _forward(self, x, now, training):
        exponents = -self.energy(self.states)
        now.logZ = np.logaddexp.reduce(exponents, axis=1, keepdims=True)
        now.p = np.exp(exponents - now.logZ)  # the probability of every state, (1, states)
        return self.energy(x) + now.logZ

    def _backward(self, dy, now, wanted):
        W, b, c = (self.parameters[name] for name in ("weight", "b", "c"))
        v, p = now.x, now.p
        positive = self.slopes(v, dy)
        negative = self.slopes(self.states, p * dy.sum())
        for name, plus, minus in zip(("weight", "b", "c"), positive, negative, strict=True):
            self.gradients[name][...] = plus - minus
        dv = -(b + W.T @ sigmoid(c + W @ v)) * dy  # Z does not depend on v
        return dv
