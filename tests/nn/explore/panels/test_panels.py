"""The panels' widgets without a browser: they are built, and what their handlers do is seen in them."""

import asyncio

import numpy as np
import pytest

pytest.importorskip("nicegui", reason="the page needs nicegui: leibnet[explore]")

from nicegui import Client, core
from nicegui.page import page

import builders
import rankmodels
from activations import Sigmoid
from layers import Binarize, Dense
from nn import DBN, GSN, MLP, RBM, Autoencoder
from nn.explore.panels.buttons import gif
from nn.explore.panels.chains.running import Running
from nn.explore.panels.choosing import panelsOf
from nn.explore.panels.codes.bits import BitsPanel
from nn.explore.panels.codes.cycle import CyclePanel
from nn.explore.panels.codes.index import IndexPanel
from nn.explore.panels.numbers.codes import NumberCodesPanel
from nn.explore.panels.numbers.inputs import NumbersPanel
from nn.explore.panels.numbers.sequences import SequencesPanel
from nn.explore.panels.numbers.system import SystemPanel
from nn.explore.panels.texts.filling import Filling
from nn.explore.panels.texts.translating import TranslationPanel
from nn.explore.panels.texts.writing import Writing
from nn.explore.samples import samplesFor
from nn.explore.subjects.indices import Index
from nn.measures.retrieval.hammingindex import HammingIndex


class Event:
    """What a widget tells its handler."""

    def __init__(self, value=None, args=None):
        self.value, self.args = value, args


def on(kind, model, use):
    """Builds a panel as in a tab, lets it show its first state, and uses it."""

    async def tab():
        core.loop = asyncio.get_running_loop()
        with Client(page("")) as client:
            panel = kind(model, samplesFor(model))
            panel.build()
            for timer in [one for one in client.elements.values() if type(one).__name__ == "Timer"]:
                if timer.active:  # the first state, as soon as the tab is there
                    timer.active = False
                    await timer.callback()
            await use(panel)
        client.delete()

    asyncio.run(tab())


async def settled(panel):
    """Waits for what the sliders' own events ask for."""
    for _ in range(200):
        await asyncio.sleep(0.005)
        if not panel._latest._working:
            return


def binary():
    encoder = MLP([Dense(64, 6, rng=0), Binarize()])
    return Autoencoder(encoder, MLP([Dense(6, 64, Sigmoid(), rng=1)]))


MADE = {name: lambda name=name: rankmodels.made(name) for name in rankmodels.MODELS} | {
    "digits of an RBM": lambda: RBM(64, 10, rng=0),
    "images without a shape": builders.images,
    "bits": binary,
}


@pytest.mark.parametrize("name", MADE)
def test_every_kind_has_a_panel_of_use(name):
    model = MADE[name]()
    panels = panelsOf(model, samplesFor(model))
    assert len(panels) > 1
    for panel in panels[:-1]:

        async def use(panel):
            pass

        on(type(panel), model, use)


# Texts ---------------------------------------------------------------------------------------------------------------


def test_writing():
    model = rankmodels.made("LanguageModel")

    async def use(panel):
        begun = panel._writer.text
        assert begun in panel._text.content
        for _ in range(5):
            await panel._write()
        assert panel._writer.written == model.generate(begun, 5, rng=0)
        await panel._take(3)
        assert panel._writer.written[-1] == model.vocabulary.tokens[3]
        await panel._back()
        assert len(panel._writer.written) == 5
        assert len(panel._choices._numbers) == min(12, len(model.vocabulary))
        cold = panel._choices._rows[0].content
        await panel._heat(Event(0.2))
        assert panel._choices._rows[0].content != cold
        panel._beginning.value = "§"
        await panel._begin()
        assert "§" in panel._error.content
        assert panel._writer.text.startswith(begun)
        panel._beginning.value = "to be"
        await panel._begin()
        assert panel._error.content == ""
        assert panel._writer.text == "to be"

    on(Writing, model, use)


def test_translating():
    model = rankmodels.made("EncoderDecoder")

    async def use(panel):
        panel._source.value = "abcd"
        await panel._widen(Event(3))
        best = "".join(model.translate(["abcd"], beams=3)[0])
        assert panel._best.content.removesuffix(" ...") == best.replace("<", "&lt;").replace(">", "&gt;")
        assert panel._others.content.count("<div>") == len(panel._found)
        assert "<span" in panel._seen.content
        assert panel._asText().startswith("abcd\n")
        panel._source.value = "abz"
        await panel._translate()
        assert "&#x27;z&#x27;" in panel._error.content

    on(TranslationPanel, model, use)


def test_filling():
    model = rankmodels.made("MaskedLanguageModel")

    async def use(panel):
        panel._text.value = "abcd"
        await panel._read()
        panel._hidden.clear()
        await panel._turn(2)
        assert [gap.place for gap in panel._gaps] == [2]
        assert panel._gaps[0].answers[0][0] == model.fill(["ab_d"])[0][2]
        assert "which was c" in panel._answers.content
        await panel._turn(2)
        assert panel._answers.content == "Nothing is hidden."
        panel._text.value = "zz"
        await panel._read()
        assert panel._error.content
        assert panel._tokens == ["a", "b", "c", "d"]

    on(Filling, model, use)


# Chains --------------------------------------------------------------------------------------------------------------

CHAINS = {
    "RBM": lambda: RBM(64, 10, rng=0),
    "DBN": lambda: DBN([RBM(64, 10, rng=0), RBM(10, 5, rng=1)]),
    "GSN": lambda: GSN(builders.network(64, 9), builders.network(9, 64, output=Sigmoid())),
    "a small RBM": builders.rbm,
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_runs_and_is_held(name):
    model = CHAINS[name]()

    async def use(panel):
        for _ in range(4):
            await panel._advance()
        assert panel._count.content.startswith("4 steps")
        assert panel._image.props["src"].startswith("data:image/png")
        film = gif(panel._film())
        assert film.startswith(b"GIF")
        assert "polyline" in panel._chart.content
        if not panel._chain.canClamp:
            return
        half = next(name for name in panel._halves() if name != "nothing")
        start = np.round(np.random.default_rng(0).uniform(size=(*panel._chain.shape, 1)))
        await panel._begin(start)
        panel._hold(Event(half))
        kept = panel._halves()[half]
        assert 0 < kept.sum() < kept.size
        for _ in range(5):
            await panel._advance()
        assert np.array_equal(panel._chain.step.state[kept], start[..., 0][kept])
        await panel._noise()
        assert panel._chain.kept is not None

    on(Running, model, use)


# Numbers -------------------------------------------------------------------------------------------------------------


def test_numbers():
    model = builders.network(2, 3, 1)

    async def use(panel):
        await panel._clicked(Event(args=[0.25, 0.0]))
        await settled(panel)
        assert np.allclose(panel._values, [-1.5, 3])
        assert f"{model.predict([[-1.5], [3.0]])[0, 0]:.5g}" in panel._answer.content
        assert panel._point.style["left"] == "25.0%"
        assert panel._point.style["top"] == "0.0%"
        await panel._turn(Event(2))
        assert ">x2<" in panel._curve.content

    on(NumbersPanel, model, use)


def test_codes_of_numbers():
    model = builders.autoencoder()

    async def use(panel):
        panel._sample[:] = 0.3
        await panel._encode()
        clipped = np.clip(
            model.encode(np.full((6, 1), 0.3))[:, 0], panel._subject.coding.low, panel._subject.coding.high
        )
        assert np.allclose(panel._z, clipped)
        assert panel._decoded.content.count("leibnet-share") == 6

    on(NumberCodesPanel, model, use)


def test_signals():
    model = rankmodels.made("DynamicSystem")

    async def use(panel):
        before = panel._output.content
        await panel._lengthen(Event(50))
        assert panel._output.content != before
        u, y = panel._compute()
        assert np.allclose(y, model.simulate(u[:, :, None])[:, :, 0])
        assert len(panel._asText().splitlines()) == 50
        panel._pasted.value = panel._asText()
        await panel._paste()
        assert panel._compared.content.count("polyline") == 3
        assert "RMSE" in panel._verdict.content
        panel._pasted.value = "1 2\n3"
        await panel._paste()
        assert panel._verdict.content.startswith("line 1")

    on(SystemPanel, model, use)


def test_sequences():
    model = rankmodels.made("VariationalRNN")

    async def use(panel):
        before = panel._all.content
        await panel._setter("_seed")(Event(5))
        assert panel._all.content != before
        await panel._setter("_steps")(Event(25))
        assert len(panel._asText().splitlines()) == 25
        assert panel._all.content.count("polyline") == 3

    on(SequencesPanel, model, use)


# Codes ---------------------------------------------------------------------------------------------------------------


def test_bits():
    model = binary()

    async def use(panel):
        before = panel._image.props["src"]
        panel._subject.flip(0)
        await panel._latest()
        assert panel._image.props["src"] != before
        assert [one.text for one in panel._switches] == [str(int(bit)) for bit in panel._subject.code]
        assert gif(panel._film()).startswith(b"GIF")

    on(BitsPanel, model, use)


def test_there_and_back():
    model = builders.cyclegan()

    async def use(panel):
        assert [one.content for one in panel._titles] == ["x", "G(x)", "F(G(x))"]
        await panel._turn(Event(True))
        assert panel._sample.shape == (4,)
        assert [one.content for one in panel._titles] == ["y", "F(y)", "G(F(y))"]
        assert panel._png()

    on(CyclePanel, model, use)


def test_an_index():
    codes = np.random.default_rng(0).random((12, 30)) < 0.3

    async def use(panel):
        await panel._search(Event(7))
        first, second = panel._found.content.splitlines()[:2]
        assert first.split()[0] == "7"
        assert second.split()[1] == "0"

    on(IndexPanel, Index(HammingIndex(codes)), use)
