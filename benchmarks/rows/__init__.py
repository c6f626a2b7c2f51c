"""The rows of the table of results: a file for every family of models, a function for every training.

A new model adds its rows to the file of its family, or a file of its own here and a line in FAMILIES. A row declares
its figures, takes a `Setting` and gives the figures by name:

    @row([Figure("error", "model 784-10", "squared error", "", 2, "lower", anchor="5", source="a paper, table 1")])
    def model(now):
        dataset = Dataset(now.images)
        ...
        network.train(dataset, epochs=now.epochs(10), metrics=[])
        return {"error": network.evaluate(dataset, ["squared_error"])["squared_error"]}

**Validation and test.** All numbers in a row, such as widths, rates and epochs, were chosen before. It trains on all
training samples (MNIST: 60,000), and sees the test set (MNIST: 10,000) once, when the training is over. None of today's
rows chooses anything; one that does, such as when to stop, takes validation samples out of the training set
(`validation_size`) and chooses by them.

The first row of a family is the one of a quick look, so it must also run on the bundled digits.
"""

from types import ModuleType

from figures.row import Row

from rows import (
    autoencoders,
    classifier,
    convolutional,
    cyclegan,
    depth,
    disentanglement,
    dynamics,
    energy,
    featurevae,
    frames,
    gan,
    gsn,
    mixtures,
    pca,
    pretraining,
    recurrent,
    regularised,
    retrieval,
    segmentation,
    synthesis,
    text,
    transfer,
    translation,
    uses,
    vae,
    variationalrnn,
    wasserstein,
)

FAMILIES: dict[str, ModuleType] = {
    "Classifier": classifier,
    "PCA": pca,
    "Autoencoders": autoencoders,
    "Regularised autoencoders": regularised,
    "Convolutional autoencoders": convolutional,
    "Variational autoencoder": vae,
    "VAE by features": featurevae,
    "Disentanglement": disentanglement,
    "Frames of a game": frames,
    "GAN": gan,
    "CycleGAN": cyclegan,
    "Uses of generative models": uses,
    "Wasserstein critics": wasserstein,
    "Pictures by gradient": synthesis,
    "Mixtures of Gaussians": mixtures,
    "Residual networks": depth,
    "Transfer": transfer,
    "Segmentation": segmentation,
    "Boltzmann machines": energy,
    "Generative stochastic network": gsn,
    "Pre-training": pretraining,
    "Retrieval by binary codes": retrieval,
    "Recurrent networks": recurrent,
    "Dynamic systems": dynamics,
    "Language models": text,
    "Variational recurrent network": variationalrnn,
    "Translation without pairs": translation,
}


def rowsOf(family: ModuleType) -> list[Row]:
    """In the order of the file."""
    return [one for one in vars(family).values() if isinstance(one, Row)]


ROWS: dict[str, Row] = {one.name: one for family in FAMILIES.values() for one in rowsOf(family)}
