# %% exercise-1
class Window(Learning):
    """z[a, b] = Σ_i Σ_j w[i, j] x[a + i, b + j] + bias, of images with one channel."""

    def __init__(self, size=3, optimizer=None):
        super().__init__(optimizer)
        self.size = size
        self._create(weight=np.random.default_rng(0).normal(0, 1 / size, (size, size)), bias=np.zeros(1))

    def outputShape(self, inputShape):
        channels, height, width = inputShape
        return channels, height - self.size + 1, width - self.size + 1

    def _forward(self, x, now, training):
        w = self.parameters["weight"]
        _, rows, columns = self.outputShape(x.shape[:-1])
        z = np.zeros((1, rows, columns, x.shape[-1]), x.dtype) + self.parameters["bias"]
        for i in range(self.size):
            for j in range(self.size):
                z += w[i, j] * x[:, i : i + rows, j : j + columns]
        return z

    def _backward(self, dz, now, wanted):
        w, x = self.parameters["weight"], now.x
        _, rows, columns, N = dz.shape
        dw, dx = np.zeros_like(w), np.zeros_like(x)
        for i in range(self.size):
            for j in range(self.size):
                dw[i, j] = (dz * x[:, i : i + rows, j : j + columns]).sum()
                dx[:, i : i + rows, j : j + columns] += w[i, j] * dz
        db = dz.sum()
        self.gradients["weight"][...] = dw
        self.gradients["bias"][...] = db
        return dx


# %% exercise-2
class LargestOfFour(Layer):
    """The largest number of every square of 2 x 2."""

    def outputShape(self, inputShape):
        channels, height, width = inputShape
        return channels, height // 2, width // 2

    def _forward(self, x, now, training):
        channels, height, width, N = x.shape
        now.squares = x.reshape(channels, height // 2, 2, width // 2, 2, N)
        return now.squares.max(axis=(2, 4))

    def _backward(self, dy, now, wanted):
        y, squares = now.y, now.squares
        dsquares = (squares == y[:, :, None, :, None]) * dy[:, :, None, :, None]
        return dsquares.reshape(now.x.shape)
