"""The draw of the variational autoencoder and its gradient, see `layers.stochastic.sampler`."""

from __future__ import annotations

from leibnet.fused.compiled.activations import addBias
from leibnet.fused.compiled.compiler import STRETCH, Compiled, plus, sumOf
from leibnet.fused.compiled.mathematics import exp, expm1, tanh


@Compiled
def gaussianDraw(both, b, noise, deviation, z, bound):
    half, bound = z.dtype.type(0.5), z.dtype.type(bound)
    addBias(both, b)
    means, variances = both[: z.shape[0]].reshape(-1), both[z.shape[0] :].reshape(-1)
    noises, deviations, draws = noise.reshape(-1), deviation.reshape(-1), z.reshape(-1)
    for j in range(draws.size):
        variances[j] = u = bound * tanh(variances[j] / bound)
        deviations[j] = s = exp(half * u)
        draws[j] = means[j] + s * noises[j]


@Compiled
def gaussianDivergence(mean, logVariance):
    half = mean.dtype.type(0.5)
    means, variances = mean.reshape(-1), logVariance.reshape(-1)
    total = 0.0
    for start in range(0, means.size, STRETCH):
        m_here, u_here = means[start : start + STRETCH], variances[start : start + STRETCH]
        value = mean.dtype.type(0)
        for j in range(m_here.size):
            value = plus(value, half * (m_here[j] * m_here[j] + (expm1(u_here[j]) - u_here[j])))
        total += value
    return total


@Compiled
def gaussianDivergenceGradient(mean, deviation, weight, dmean, dlogVariance):
    half, one, weight = mean.dtype.type(0.5), mean.dtype.type(1), mean.dtype.type(weight)
    means, deviations = mean.reshape(-1), deviation.reshape(-1)
    of_means, of_variances = dmean.reshape(-1), dlogVariance.reshape(-1)
    for j in range(means.size):
        of_means[j] = weight * means[j]
        of_variances[j] = half * weight * (deviations[j] * deviations[j] - one)


@Compiled
def gaussianDrawBackward(dz, both, noise, deviation, dmean, dlogVariance, delta, db, bound):
    latent, samples = dz.shape
    half, one, bound = dz.dtype.type(0.5), dz.dtype.type(1), dz.dtype.type(bound)
    for i in range(latent):
        for j in range(samples):
            ratio = both[latent + i, j] / bound
            delta[i, j] = dz[i, j] + dmean[i, j]
            e = half * (dz[i, j] * noise[i, j] * deviation[i, j]) + dlogVariance[i, j]
            delta[latent + i, j] = e * (one - ratio * ratio)
    for i in range(2 * latent):
        db[i, 0] = sumOf(delta[i])
