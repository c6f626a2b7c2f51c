"""The reverse of max-pooling."""

from __future__ import annotations

from leibnet.types import Array, Shape

from layers.images.pooling import MaxPooling2D, unpool
from layers.images.windows import imageShape, pair
from layers.passes import Pass, Wanted
from layers.referring import Referring


class MaxUnpooling2D(Referring):
    """Every number goes to where the maximum stood that its pooling layer chose; all others are 0.

    So an encoder's pooling and its decoder's unpooling share the places, as in SegNet (Badrinarayanan et al. 2015,
    arXiv:1511.00561). Where windows overlap, numbers for the same place are added.

    Parameters
    ----------
    pool : the `MaxPooling2D`, a layer before it in the same network, of the same number of channels; or its place there
        as messages and files give it, such as "layers[2]".
    outputSize : (height, width) of its output, that of the pooling layer's input; default the input's times the
        strides, which is right where the windows fill the image.

    Example
    -------
    >>> from layers import Chain
    >>> pool = MaxPooling2D(2)
    >>> x = np.array([[1.0, 2, 5, 0], [4, 3, 0, 5]]).reshape(1, 2, 4, 1)
    >>> Chain([pool, MaxUnpooling2D(pool)]).feedforward(x)[0, :, :, 0]
    array([[0., 0., 5., 0.],
           [4., 0., 0., 0.]])
    """

    reference, referent = "pool", MaxPooling2D

    def __init__(self, pool: MaxPooling2D | str, outputSize: Shape | None = None) -> None:
        super().__init__()
        self._point(pool)
        self.outputSize = None if outputSize is None else pair("MaxUnpooling2D", "outputSize", outputSize)

    @property
    def pool(self) -> MaxPooling2D | str:
        """The pooling layer, or its place where it is in no network yet."""
        return self.referred

    def _take(self, there: MaxPooling2D) -> None:
        super()._take(there)
        there.isReferredTo = True

    def outputShape(self, inputShape: Shape) -> Shape:
        channels, height, width = imageShape(self.describe, inputShape)
        if self.outputSize is not None:
            return channels, *self.outputSize
        rows, columns = self._found().strides
        return channels, height * rows, width * columns

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        pool: MaxPooling2D = self._found()
        now.pooled = pooled = pool.now
        if pooled.x is None or pooled.training != training:
            raise RuntimeError(
                f"{self.describe()}: expected {pool.describe()}, whose places it takes, to have passed the same "
                "samples before it, got an input alone; give the whole network its input (the codes of an autoencoder "
                "lack the places)"
            )
        shape = (*self.outputShape(x.shape[:-1]), x.shape[-1])
        if x.shape != pooled.y.shape or shape != pooled.x.shape:
            raise ValueError(
                f"{self.describe()}: expected what {pool.describe()} gave, {pooled.y.shape}, to become its input, "
                f"{pooled.x.shape}, got {x.shape} to become {shape}; give as many channels, and "
                "outputSize=(height, width)"
            )
        y = now.buffer("y", shape)
        unpool(x, pooled.winners, y, pooled.windows, now)
        return y

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        if not wanted.input:
            return None
        dx = now.buffer("dx", now.x.shape)
        dx[...] = 0
        for number, tap in enumerate(now.pooled.windows.each()):
            dx[tap.places] += dy[tap.numbers] * (now.pooled.winners[tap.places] == number)
        return dx

    def __repr__(self) -> str:
        return f"MaxUnpooling2D of {self._referredName()}"
