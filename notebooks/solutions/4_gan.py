# %% exercise-1
class Logistic(AdversarialLoss):
    """D classifies; G descends -ln D(G(z)). D ends without an activation: its output is z."""

    link = ""
    undecided = 0.0  # a z above it counts as "data"

    def critic(self, z, fakes, value=True, gradient=True):
        samples, data = z[:, :fakes], z[:, fakes:]
        loss = np.logaddexp(0, samples).mean() + np.logaddexp(0, -data).mean()
        dsamples = sigmoid(samples) / fakes  # label 0
        ddata = (sigmoid(data) - 1) / data.shape[1]  # label 1
        return loss, np.concatenate([dsamples, ddata], axis=1)

    def generator(self, z, value=True, gradient=True):
        loss = np.logaddexp(0, -z).mean()
        dz = (sigmoid(z) - 1) / z.shape[1]
        return loss, dz


# %% exercise-2
class Saturating(Logistic):
    """The same D; G descends ln(1 - D(G(z)))."""

    def generator(self, z, value=True, gradient=True):
        loss = -np.logaddexp(0, z).mean()
        dz = -sigmoid(z) / z.shape[1]
        return loss, dz
