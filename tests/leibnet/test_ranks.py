"""The ranks that train one model together."""

from leibnet import ranks
from leibnet.processor.threadcount import ofCores
from leibnet.ranks import Ranks, RankStopped, apart, averaged, divisor, drawn, gathered, summed

import numpy as np
import pytest

from threadranks import results, together


class TestShare:
    @pytest.mark.parametrize(("total", "size"), [(10, 3), (2, 2), (7, 4), (64, 5)])
    def test_shares_are_a_batch_and_differ_by_one_at_most(self, total, size):
        def mine(communicator):
            share = Ranks(communicator).share(total)
            return share.start, share.stop, share.weight

        found = results(size, mine)
        assert [start for start, _, _ in found] == [0, *(stop for _, stop, _ in found[:-1])]
        assert found[-1][1] == total
        assert {stop - start for start, stop, _ in found} <= {total // size, total // size + 1}
        assert sum(weight for *_, weight in found) == pytest.approx(1)

    def test_noise_is_that_of_the_whole_batch(self):
        whole = np.random.default_rng(3).standard_normal((2, 7))
        folded = np.random.default_rng(4).standard_normal((2, 3, 7))

        def mine(communicator):
            share = Ranks(communicator).share(7)
            n = share.stop - share.start
            with share.active():
                once = drawn(np.random.default_rng(3).standard_normal, (2, n))
                thrice = drawn(np.random.default_rng(4).standard_normal, (2, 3 * n))
            return once, thrice.reshape(2, 3, n)

        found = results(3, mine)
        assert np.array_equal(np.concatenate([one for one, _ in found], axis=-1), whole)
        assert np.array_equal(np.concatenate([three for _, three in found], axis=-1), folded)

    def test_noise_of_other_columns_is_refused(self):
        def mine(communicator):
            with Ranks(communicator).share(8).active():
                drawn(np.random.default_rng(0).random, (2, 3))

        assert all("expected them to be of its 4 samples" in str(one) for one in together(2, mine))

    def test_noise_of_steps_that_samples_have(self):
        there = np.array([[1, 1, 1, 1, 1], [1, 0, 1, 1, 0], [0, 0, 1, 0, 0]], bool)
        whole = np.zeros(there.shape)
        whole[there] = np.random.default_rng(5).random(there.sum())

        def mine(communicator):
            share = Ranks(communicator).share(5)
            here = np.zeros((3, share.stop - share.start))
            with share.active(), ranks.among(there):
                has = there[:, share.columns]
                here[has] = drawn(np.random.default_rng(5).random, (int(has.sum()),))
            return here

        assert np.array_equal(np.concatenate(results(2, mine), axis=-1), whole)

    def test_a_rank_has_noise_of_its_own_and_all_leave_the_generator_alike(self):
        def mine(communicator):
            rng = np.random.default_rng(6)
            with Ranks(communicator).share(8).active():
                with apart(rng) as own:
                    noise = drawn(own.random, (3,))
                return noise, drawn(rng.random, (4,)), rng.random()

        (one, first, after), (other, second, too) = results(2, mine)
        assert not np.isclose(one, other).any()
        assert not np.isclose(first, second).any()
        assert after == too

    def test_without_ranks_everything_is_as_it_is(self):
        rng, array = np.random.default_rng(7), np.ones(3)
        assert ranks.current() is None
        with apart(rng) as own:
            assert own is rng
        assert summed(array) is averaged(array) is gathered(array) is array
        assert divisor(5.0) == 5


class TestSums:
    def test_sums_and_means(self):
        x = np.random.default_rng(8).random((4, 7))

        def mine(communicator):
            share = Ranks(communicator).share(7)
            here = x[:, share.columns]
            with share.active():
                return (
                    averaged(here.mean(axis=1)),
                    summed(here.sum(axis=1)),
                    gathered(here),
                    gathered(here > 0.5),
                    sum(here.sum(axis=1) / divisor(here.size) * share.weight),
                )

        for mean, total, whole, is_large, _ in results(3, mine):
            assert np.allclose(mean, x.mean(axis=1))
            assert np.allclose(total, x.sum(axis=1))
            assert np.array_equal(whole, x)
            assert np.array_equal(is_large, x > 0.5)
        assert sum(one[-1] for one in results(3, mine)) == pytest.approx(x.mean())

    @pytest.mark.parametrize("far", [False, True])
    def test_a_sum_is_made_in_blocks(self, far, monkeypatch):
        monkeypatch.setattr(ranks, "NEAR", 10)
        monkeypatch.setattr(ranks, "FAR", 20)

        def mine(communicator):
            all_of_them, x = Ranks(communicator), np.arange(42.0).reshape(6, 7)
            if far:
                all_of_them.areFar()
            all_of_them.sum(x, 0.5)
            return x, [size for name, size in communicator.log if size > 3]

        for x, sizes in results(2, mine):
            assert np.array_equal(x, np.arange(42.0).reshape(6, 7))
            assert sizes == ([20, 20] if far else [10, 10, 10, 10])

    def test_what_the_first_says(self):
        assert results(3, lambda communicator: Ranks(communicator).fromFirst(communicator.Get_rank())) == [0, 0, 0]
        assert results(2, lambda communicator: Ranks(communicator).everywhere(communicator.Get_rank())) == [[0, 1]] * 2


class TestEnd:
    @pytest.mark.parametrize("operation", ["sum", "fromFirst", "agree", "end"])
    @pytest.mark.parametrize("failing", [[0], [1], [1, 2]])
    def test_an_error_ends_all_and_is_raised_once(self, operation, failing):
        def mine(communicator):
            with Ranks(communicator) as all_of_them:
                all_of_them.agree()
                if all_of_them.rank in failing:
                    raise ValueError(f"of rank {all_of_them.rank}")
                if operation == "sum":
                    all_of_them.sum(np.ones(3))
                elif operation == "fromFirst":
                    all_of_them.fromFirst(1)
                elif operation == "agree":
                    all_of_them.agree()

        found = together(3, mine)
        assert str(found[failing[0]]) == f"of rank {failing[0]}"
        others = [one for rank, one in enumerate(found) if rank != failing[0]]
        assert all(isinstance(one, RankStopped) and one.code == 1 for one in others)

    def test_a_communicator_that_fails_is_not_asked_again(self):
        class Broken:
            calls = 0

            def Get_rank(self):
                return 0

            def Get_size(self):
                return 2

            def Allreduce(self, sent, received):
                Broken.calls += 1
                raise OSError("the network is down")

        with pytest.raises(OSError, match="the network is down"), Ranks(Broken()) as all_of_them:
            all_of_them.agree()
        assert Broken.calls == 1


class TestCommunicator:
    def test_none_and_one_rank_change_nothing(self):
        assert Ranks.of("train", None) is None
        assert results(1, lambda communicator: Ranks.of("train", communicator)) == [None]

    def test_anything_else_is_refused(self):
        with pytest.raises(TypeError, match="train: expected communicator to be a communicator of mpi4py"):
            Ranks.of("train", "MPI.COMM_WORLD")

    def test_threads(self):
        assert [ofCores(*given) for given in [(8, 2), (8, 3), (2, 4), (1, 1)]] == [4, 2, 1, 1]
