# %% exercise-1
class Projection(Learning):
    """y = U Uᵀ x"""

    def __init__(self, inputDim, codes, optimizer=None):
        super().__init__(optimizer)
        self.inputDim, self.codes, self.inputShape = inputDim, codes, (inputDim,)
        self._create(plane=np.random.default_rng(0).normal(0, 1 / np.sqrt(inputDim), (inputDim, codes)))

    def outputShape(self, inputShape):
        return inputShape

    def _forward(self, x, now, training):
        U = self.parameters["plane"]
        return U @ (U.T @ x)

    def _backward(self, dy, now, wanted):
        U, x = self.parameters["plane"], now.x
        z, dz = U.T @ x, U.T @ dy
        dU = dy @ z.T + x @ dz.T  # y = U z, and z = Uᵀ x
        dx = U @ dz
        self.gradients["plane"][...] = dU
        return dx


# %% exercise-2
class Student(Penalty):
    """λ/N Σ ln(1 + h²)"""

    def __init__(self, weight=1.0):
        self.weight = weight

    def value(self, now):
        return self.weight * float(np.log1p(now.y**2).sum()) / now.y.shape[-1]

    def gradient(self, now):
        h, N = now.y, now.y.shape[-1]
        return self.weight * 2 * h / (1 + h**2) / N
