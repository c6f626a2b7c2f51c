"""Networks that go to other programs."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from leibnet.types import Array, Shape

from dataset import Standardization
from layers import Chain
from nn.storage import statedict
from nn.storage.onnx.exported import Exported
from nn.storage.stored import Stored


class Portable(Stored):
    """Something stored that is made of networks, whose weights and computations other programs can take.

    Attributes
    ----------
    standardization : what samples go through before they come to the layers, or None.
    classNames : the names of a classifier's outputs, in their order, for the files that `export` writes; None.
    sampleShape : the shape of one sample of the training data, or None.
    generating : the names of networks that take noise and give samples.
    """

    standardization: Standardization | None = None
    classNames: list[str] | None = None
    sampleShape: Shape | None = None
    generating: ClassVar[tuple[str, ...]] = ("generator",)

    @abstractmethod
    def networks(self) -> dict[str, Chain]:
        """The networks by name, in the order of the forward pass."""

    def exported(self) -> dict[str, Exported]:
        scale = self.standardization
        return {
            name: Exported(chain.children(), after=scale)
            if name in self.generating
            else Exported(chain.children(), scale, classNames=self.classNames, inputShape=self.sampleShape)
            for name, chain in self.networks().items()
        }

    def stateDict(self) -> dict[str, Array]:
        """Copies of all parameters as `load_state_dict` of PyTorch takes them: "0.weight", "0.bias", "2.weight", ...

        Names and shapes are those of a `torch.nn.Sequential` with a module for every layer, and another one for every
        activation but the identity; see `nn.storage.statedict` for networks of networks.

        Example
        -------
        >>> from activations import ReLU
        >>> from layers import Dense
        >>> from nn import MLP
        >>> {name: array.shape for name, array in MLP([Dense(4, 3, ReLU()), Dense(3, 1)]).stateDict().items()}
        {'0.weight': (3, 4), '0.bias': (3,), '2.weight': (1, 3), '2.bias': (1,)}

        Saved with `safetensors.numpy.save_file`, they are read with `safetensors.torch.load_file`: docs/export.md.
        """
        return statedict.stateDict(self.networks())
