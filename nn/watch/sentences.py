"""What the watch says: for everything that can be found, the figures and what to try."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from layers import Layer
from nn.watch.reading import placeOf
from nn.watch.symptom import Finding


class Sentence(NamedTuple):
    """A sentence with gaps for figures; `{also}` is the gap for the other layers where the same was found."""

    kind: str
    text: str

    def of(self, layer: Layer, others: Sequence[Layer] = (), explains: bool = True, **figures: Any) -> Finding:
        """The sentence said of a layer.

        Parameters
        ----------
        layer : where it was found.
        others : where else.
        explains : see `Finding`.
        figures : what stands in the gaps.
        """
        also = f"; the same in {', '.join(map(placeOf, others))}" if others else ""
        return Finding(self.kind, layer.describe(), self.text.format(also=also, **figures), explains)


_REDRAW = "Omit initializer: weights are then drawn at random, in a size that fits."
_ORDER = "Do inputs and labels belong together, in the same order?"
_RATES = "try ten times the learning rate, and a tenth."
_GUESSING = (
    "the loss is no better than guessing: {loss:.4g}, and {guess:.4g} with the mean of the labels as the answer to "
    "every input. "
)

INPUTS = Sentence(
    "inputs",
    "its inputs are not scaled: they go from {low:.4g} to {high:.4g}, with a root mean square of {size:.3g}. Scale "
    "them, to 0 ... 1 or to mean 0 and variance 1 (Dataset does it for grey values of type uint8).",
)
TARGETS = Sentence(
    "targets",
    "labels go from {low:.4g} to {high:.4g}, its outputs only from {least:g} to {most:g}. Scale the labels, or end in "
    "Identity() with MSE().",
)
ZERO_WEIGHTS = Sentence(
    "weights", "its weights are all 0, so that its units are alike and nothing gets through{also}. " + _REDRAW
)
SMALL_WEIGHTS = Sentence(
    "weights",
    "its weights are too small, {size:.2g} (root mean square) where Glorot's initialisation has {glorot:.2g}: signals "
    "and gradients fade{also}. " + _REDRAW,
)
EQUAL_WEIGHTS = Sentence(
    "weights", "its weights are the same for all its units, which will all learn the same{also}. " + _REDRAW
)
LARGE_WEIGHTS = Sentence(
    "weights",
    "its weights are too large, {size:.2g} (root mean square) where He's initialisation has {he:.2g}, and make its "
    "pre-activations {result:.3g}{also}. Omit initializer, or divide the weights.",
)
EXPLODING_SIGNALS = Sentence(
    "weights",
    "signals explode on their way here, its pre-activations differ by {size:.3g} from sample to sample{also}. Omit "
    "initializer, or divide the weights of the layers up to it.",
)
LARGE_UPDATES = Sentence(
    "updates",
    "one update moved its weights by {ratio:.3g} times their initial size. The learning rate is too large: divide it "
    "by {divisor:,}.",
)
LOST_UPDATES = Sentence(
    "updates",
    "its updates are {ratio:.1g} times its weights, those of the other layers even less: rounding takes them away. The "
    "learning rate is too small: try a hundred times as much.",
)
DEAD_UNITS = Sentence(
    "units",
    "{count} of its {total} {units} are dead: {activation!r} is flat there for every sample, so that no gradient passes"
    "{also}. Try a tenth of the learning rate, LeakyReLU(), and biases of 0.",
)
NEVER_LARGEST = Sentence(
    "units",
    "{count} of its {total} {units} are dead: they are among the k largest of no sample, so that no gradient passes"
    "{also}. Let k fall from a larger number (start=), or try a tenth of the learning rate.",
)
SATURATED_UNITS = Sentence(
    "units",
    "{share:.0%} of its outputs are saturated: {activation!r} is flat there, so that hardly any gradient passes{also}. "
    "Try a tenth of the learning rate, and smaller weights.",
)
SAME_PLACE = Sentence(
    "attention",
    "all its heads look at one place only: {share:.1%} of the weights of every head are at one of {steps} steps, most "
    "of them at step {place}, whatever the query is, so that it says the same everywhere{also}. Put LayerNormalization "
    "before it, omit initializer, or try a tenth of the learning rate.",
)
SHARP_ATTENTION = Sentence(
    "attention",
    "its heads look at one place only, each query at its own: {share:.0%} of the queries of every head have "
    "99% of their weight at one of {steps} steps, so that hardly any gradient passes to queries and keys{also}. Put "
    "LayerNormalization before it, omit initializer, or try a tenth of the learning rate.",
)
VANISHING_GRADIENTS = Sentence(
    "gradients",
    "gradients vanish on their way back, to {ratio:.2g} times those of {other}. Try {instead}, and fewer layers.",
)
EXPLODING_GRADIENTS = Sentence(
    "gradients",
    "gradients explode on their way back, to {ratio:.2g} times those of {other}. Try the default initializer, or "
    "smaller weights.",
)
VANISHING_THROUGH_TIME = Sentence(
    "gradients",
    "gradients vanish through time: {horizon} steps before the end of {steps} they are less than a thousandth of what "
    "they are there, and {ratio:.1g} times at the first step. Nothing is learnt of what comes so early, and the loss "
    "is no better than guessing. Try an LSTM or a GRU, larger biases of its forget gates, or shorter sequences.",
)
EXPLODING_THROUGH_TIME = Sentence(
    "gradients",
    "gradients explode through time: {horizon} steps before the end of {steps} they are more than a thousand times "
    "those that come from the layers above, and up to {ratio:.1g} times. Try the default initializer, or smaller "
    "recurrent weights; clipNorm=1 in the optimizer limits the damage.",
)
GUESSING = Sentence("guessing", f"{_GUESSING}{_ORDER} If so, {_RATES}")
RECONSTRUCTING_THE_MEAN = Sentence("guessing", f"{_GUESSING}{_RATES.capitalize()}")
MEMORISING = Sentence(
    "memorising",
    "it learns the training set by heart: the loss there is {loss:.4g}, where guessing has {guess:.4g}, but the "
    "{failure}. " + _ORDER,
)
COLLAPSED_POSTERIOR = Sentence(
    "collapse",
    "the posterior has collapsed: none of its {codes} codes has a KL divergence above {most:.2g} nats, so that they "
    "say nothing of the input. Try a smaller beta (it is {beta:g}), or a warmUp.",
)
SILENT_LATENTS = Sentence(
    "collapse",
    "the latent variables are silent: the KL divergence of a step is {kl:.2g} nats, so that z_t says nothing of x_t, "
    "and the model is a recurrent network without them. Try a warmUp, and a smaller state of the recurrent layer. "
    "Where the past tells all that can be told, they have nothing to say.",
)
COPYING = Sentence(
    "copying",
    "the translator copies: {share:.0%} of its translations are equal to their sources, and should not be. A token "
    "that begins the targets should say their language (start=); drop and mask some tokens of the sources, and begin "
    "with denoising before back-translation, whose pairs would be of a text and itself.",
)
NOISY_RECONSTRUCTIONS = Sentence(
    "collapse",
    "the posterior has collapsed: none of its {codes} codes has a KL divergence above {most:.2g} nats, so that they "
    "say next to nothing of the input. The loss, MSE(variance={variance:g}), takes the data for noise: their variance "
    "is {spread:.3g} where it is largest. Give MSE(variance={fitting:g}), about a hundredth of that.",
)
COLLAPSED_GENERATOR = Sentence(
    "collapse",
    "the generator has collapsed: its samples differ from one another {share:.1%} as much as the data (in variance). "
    "Start anew with another seed, a smaller lr for the discriminator, or Adam's beta1=0.5.",
)
INVERSION = Sentence(
    "inversion",
    "the generator turns black into white: input and translation have a correlation of {likeness:.2f}, and the other "
    "generator turns it back, so that no loss shows it. The mean pictures of the two domains do not ask for it, their "
    "correlation is {asked:.2f}. Look at some translations: if it is right, all is well; otherwise start anew with "
    "another seed, with generators that begin near to the identity, Residual([...]), or with an identityWeight.",
)
DOMINATION = Sentence(
    "domination",
    "the discriminator wins outright: -ln D(G(z)) stays at {surprise:.3g}, where 0.7 to 3 is usual, and the generator "
    "cannot catch up. Try a smaller lr for the discriminator, a larger one for the generator, or instanceNoise=0.1.",
)
NARROW_CLIPPING = Sentence(
    "critic",
    "its weights are clipped to {limit:g} and less, where Glorot's initialisation has {glorot:.2g}: signals and "
    "gradients fade, and the generator learns nothing{also}. Try a limit of 0.01 to 0.1, or GradientPenalty().",
)
STEEP_CRITIC = Sentence(
    "critic",
    "nothing holds the critic's slopes in bounds: its outputs differ {slope:.3g} times as much as what it is shown, "
    "where {wanted:g} is enough, and its loss has no bound. Try {cure}.",
)
FLAT_CRITIC = Sentence(
    "critic",
    "the critic says the same of everything: its outputs differ {slope:.2g} times as much as what it is shown, so that "
    "the generator learns next to nothing. Try a larger limit than {limit:g}, or GradientPenalty().",
)
