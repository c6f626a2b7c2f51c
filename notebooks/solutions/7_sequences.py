# %% exercise-1
class Elman(Learning):
    """h[t + 1] = tanh(Wx x[t] + Wh h[t] + b)"""

    def __init__(self, inputDim, outputDim, optimizer=None, scale=1.0):
        super().__init__(optimizer)
        self.inputDim, self.outputDim, self.scale = inputDim, outputDim, scale
        rng = np.random.default_rng(0)
        Wh = scale * np.linalg.qr(rng.normal(size=(outputDim, outputDim)))[0]  # orthogonal for scale 1
        Wx = rng.normal(0, 1 / np.sqrt(inputDim), (outputDim, inputDim))
        self._create(Wx=Wx, Wh=Wh, b=np.zeros((outputDim, 1)))

    def outputShape(self, inputShape):
        return inputShape[0], self.outputDim

    def _forward(self, x, now, training):
        Wx, Wh, b = self.parameters.values()
        now.h = np.zeros((len(x) + 1, self.outputDim, x.shape[-1]), x.dtype)
        for t in range(len(x)):
            now.h[t + 1] = np.tanh(Wx @ x[t] + Wh @ now.h[t] + b)
        return now.h[1:]

    def _backward(self, dh, now, wanted):
        Wx, Wh, b = self.parameters.values()
        x, h = now.x, now.h
        dWx, dWh, db, dx = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b), np.zeros_like(x)
        later = np.zeros_like(h[0])
        for t in reversed(range(len(x))):
            dz = (1 - h[t + 1] ** 2) * (dh[t] + later)  # of the sum before tanh: h[t + 1] is what step t made
            dWx += dz @ x[t].T
            dWh += dz @ h[t].T
            db += dz.sum(axis=1, keepdims=True)
            dx[t] = Wx.T @ dz
            later = Wh.T @ dz  # for the step before
        for name, gradient in {"Wx": dWx, "Wh": dWh, "b": db}.items():
            self.gradients[name][...] = gradient
        return dx


# %% exercise-2
class OneHead(Layer):
    """Attention of one head; a step of the input is its query, its key and its value, above one another."""

    def __init__(self, size):
        super().__init__()
        self.size = size

    def outputShape(self, inputShape):
        return inputShape[0], self.size

    def _forward(self, x, now, training):
        Q, K, V = np.split(x, 3, axis=1)  # (steps, size, N) each
        S = np.einsum("kdn,qdn->kqn", K, Q) / np.sqrt(self.size)
        S[np.tri(len(x), k=-1, dtype=bool)] = -np.inf  # keys after the query, k > q
        P = np.exp(S - S.max(axis=0))
        now.P = P = P / P.sum(axis=0)
        return np.einsum("kqn,kdn->qdn", P, V)

    def _backward(self, dy, now, wanted):
        Q, K, V = np.split(now.x, 3, axis=1)
        P = now.P
        dV = np.einsum("kqn,qdn->kdn", P, dy)
        dP = np.einsum("qdn,kdn->kqn", dy, V)
        dS = P * (dP - (P * dP).sum(axis=0))  # the softmax of every column
        dQ = np.einsum("kqn,kdn->qdn", dS, K) / np.sqrt(self.size)
        dK = np.einsum("kqn,qdn->kdn", dS, Q) / np.sqrt(self.size)
        return np.concatenate([dQ, dK, dV], axis=1)
