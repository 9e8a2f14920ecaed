"""Prints results of TensorFlow Probability, a line a case, for a comparison of two TensorFlows.

python compat_tests/libraries/probability_cases.py > theirs
python -m tfjax compat_tests/libraries/probability_cases.py > ours
diff theirs ours
"""

import traceback

import numpy as np
import tensorflow as tf

# Probability 0.25 uses a name of this argument that NumPy 2.4 dropped.
_r = np.reshape


def _reshape(a, shape=None, order="C", *, newshape=None, copy=None):
    return _r(a, newshape if shape is None else shape, order=order)


np.reshape = _reshape
import tensorflow_probability as tfp

tfd = tfp.distributions
tfb = tfp.bijectors


def show(name, f):
    try:
        r = f()

        def fmt(x):
            if hasattr(x, "numpy"):
                x = x.numpy()
            x = np.asarray(x)
            return f"{x.dtype}{x.shape}:" + (
                np.array2string(np.round(x.astype("f8").ravel()[:4], 3) + 0.0) if x.dtype.kind in "fiub" else str(x)
            )

        print(name, [fmt(x) for x in tf.nest.flatten(r)])
    except Exception as e:
        tb = [f for f in traceback.extract_tb(e.__traceback__)]
        print(
            name,
            "ERR",
            type(e).__name__,
            str(e).replace("\n", " ")[:150],
            "|",
            f"{tb[-1].filename[-40:]}:{tb[-1].lineno}",
        )


x = np.array([0.2, 0.7], "f")
D = {
    "Normal": lambda: tfd.Normal([0.0, 1.0], [1.0, 2.0]),
    "LogNormal": lambda: tfd.LogNormal(0.0, 1.0),
    "Uniform": lambda: tfd.Uniform(0.0, 2.0),
    "Bernoulli": lambda: tfd.Bernoulli(logits=[0.3, -0.2]),
    "Categorical": lambda: tfd.Categorical(logits=[0.1, 0.2, 0.3]),
    "OneHot": lambda: tfd.OneHotCategorical(probs=[0.2, 0.8]),
    "Gamma": lambda: tfd.Gamma(2.0, 3.0),
    "Beta": lambda: tfd.Beta(2.0, 3.0),
    "Dirichlet": lambda: tfd.Dirichlet([1.0, 2.0]),
    "Exponential": lambda: tfd.Exponential(2.0),
    "Poisson": lambda: tfd.Poisson(2.0),
    "Binomial": lambda: tfd.Binomial(5.0, probs=0.3),
    "Laplace": lambda: tfd.Laplace(0.0, 1.0),
    "Cauchy": lambda: tfd.Cauchy(0.0, 1.0),
    "StudentT": lambda: tfd.StudentT(3.0, 0.0, 1.0),
    "Logistic": lambda: tfd.Logistic(0.0, 1.0),
    "Gumbel": lambda: tfd.Gumbel(0.0, 1.0),
    "HalfNormal": lambda: tfd.HalfNormal(1.0),
    "HalfCauchy": lambda: tfd.HalfCauchy(0.0, 1.0),
    "InverseGamma": lambda: tfd.InverseGamma(3.0, 1.0),
    "TruncatedNormal": lambda: tfd.TruncatedNormal(0.0, 1.0, -1.0, 1.0),
    "VonMises": lambda: tfd.VonMises(0.0, 1.0),
    "Weibull": lambda: tfd.Weibull(2.0, 1.0),
    "Pareto": lambda: tfd.Pareto(3.0, 0.1),
    "Kumaraswamy": lambda: tfd.Kumaraswamy(2.0, 3.0),
    "Geometric": lambda: tfd.Geometric(probs=0.3),
    "NegativeBinomial": lambda: tfd.NegativeBinomial(3.0, probs=0.4),
    "Chi2": lambda: tfd.Chi2(3.0),
    "Triangular": lambda: tfd.Triangular(0.0, 1.0, 0.5),
    "Deterministic": lambda: tfd.Deterministic([0.2, 0.7]),
    "MVNDiag": lambda: tfd.MultivariateNormalDiag([0.0, 1.0], [1.0, 2.0]),
    "MVNTriL": lambda: tfd.MultivariateNormalTriL([0.0, 1.0], [[1.0, 0.0], [0.5, 2.0]]),
    "MVNFull": lambda: tfd.MultivariateNormalFullCovariance([0.0, 1.0], [[2.0, 0.3], [0.3, 1.0]]),
    "MVNLowRank": lambda: tfd.MultivariateNormalDiagPlusLowRank([0.0, 1.0], [1.0, 2.0], [[0.1], [0.2]]),
    "MVT": lambda: tfd.MultivariateStudentTLinearOperator(3.0, [0.0, 1.0], tf.linalg.LinearOperatorDiag([1.0, 2.0])),
    "Wishart": lambda: tfd.WishartTriL(3, tf.eye(2)),
    "LKJ": lambda: tfd.LKJ(2, 1.5),
    "Independent": lambda: tfd.Independent(tfd.Normal([0.0, 1.0], [1.0, 2.0]), 1),
    "MixtureSame": lambda: tfd.MixtureSameFamily(
        tfd.Categorical(probs=[0.3, 0.7]), tfd.Normal([-1.0, 1.0], [1.0, 2.0])
    ),
    "Mixture": lambda: tfd.Mixture(tfd.Categorical(probs=[0.3, 0.7]), [tfd.Normal(-1.0, 1.0), tfd.Normal(1.0, 2.0)]),
    "Transformed": lambda: tfd.TransformedDistribution(tfd.Normal(0.0, 1.0), tfb.Sigmoid()),
    "Sample": lambda: tfd.Sample(tfd.Normal(0.0, 1.0), 2),
    "RelaxedBernoulli": lambda: tfd.RelaxedBernoulli(0.5, probs=0.3),
    "RelaxedOneHot": lambda: tfd.RelaxedOneHotCategorical(0.5, probs=[0.3, 0.7]),
    "LogitNormal": lambda: tfd.LogitNormal(0.0, 1.0),
    "Multinomial": lambda: tfd.Multinomial(4.0, probs=[0.3, 0.7]),
    "QuantizedDist": lambda: tfd.QuantizedDistribution(tfd.Normal(0.0, 1.0)),
    "Autoregressive": lambda: tfd.Autoregressive(
        lambda s: tfd.Independent(tfd.Normal(s * 0.5 if s is not None else tf.zeros(2), 1.0), 1), tf.zeros(2), 2
    ),
    "GP": lambda: tfd.GaussianProcess(tfp.math.psd_kernels.ExponentiatedQuadratic(), [[0.0], [1.0]]),
    "HMM": lambda: tfd.HiddenMarkovModel(
        tfd.Categorical(probs=[0.6, 0.4]),
        tfd.Categorical(probs=[[0.7, 0.3], [0.2, 0.8]]),
        tfd.Normal([0.0, 1.0], [1.0, 1.0]),
        2,
    ),
    "Skellam": lambda: tfd.Skellam(1.0, 2.0),
    "GeneralizedNormal": lambda: tfd.GeneralizedNormal(0.0, 1.0, 2.0),
    "JohnsonSU": lambda: tfd.JohnsonSU(0.0, 1.0, 0.0, 1.0),
    "SinhArcsinh": lambda: tfd.SinhArcsinh(0.0, 1.0),
    "Moyal": lambda: tfd.Moyal(0.0, 1.0),
    "Horseshoe": lambda: tfd.Horseshoe(1.0),
    "ContBernoulli": lambda: tfd.ContinuousBernoulli(probs=0.3),
    "Zipf": lambda: tfd.Zipf(3.0),
    "PlackettLuce": lambda: tfd.PlackettLuce([0.2, 0.5, 0.3]),
    "OrderedLogistic": lambda: tfd.OrderedLogistic([0.0, 1.0], 0.3),
    "LinearGaussianSSM": lambda: tfd.LinearGaussianStateSpaceModel(
        3,
        tf.linalg.LinearOperatorIdentity(1),
        tfd.MultivariateNormalDiag([0.0], [1.0]),
        tf.linalg.LinearOperatorIdentity(1),
        tfd.MultivariateNormalDiag([0.0], [1.0]),
        tfd.MultivariateNormalDiag([0.0], [1.0]),
    ),
}
for n, mk in D.items():
    show(
        n + ".lp",
        lambda: (
            lambda d: d.log_prob(
                d.sample(2, seed=[1, 2]) * 0 + d.mode()
                if n in ("Categorical", "OneHot", "Multinomial", "OrderedLogistic")
                else d.log_prob(tf.eye(2))
                if n in ("Wishart", "LKJ")
                else d.log_prob([1, 0, 2])
                if n == "PlackettLuce"
                else d.log_prob([1.0, 2.0])
                if n == "Zipf"
                else d.log_prob([[0.2], [0.7], [0.1]])
                if n == "LinearGaussianSSM"
                else d.log_prob(x)
            )
        )(mk()),
    )
    show(n + ".sample", lambda: mk().sample(3, seed=[3, 4]))
    for m in ("mean", "stddev", "entropy"):

        def f():
            try:
                return getattr(mk(), m)()
            except NotImplementedError:
                return tf.constant("NI")

        show(n + "." + m, f)

    def g():
        v = tf.Variable(x if n not in ("Wishart", "LKJ") else np.eye(2, dtype="f"))
        with tf.GradientTape() as t:
            l = tf.reduce_sum(mk().log_prob(v))
        return t.gradient(l, v)

    if n not in (
        "Categorical",
        "OneHot",
        "Multinomial",
        "OrderedLogistic",
        "PlackettLuce",
        "Zipf",
        "LinearGaussianSSM",
    ):
        show(n + ".grad", g)
B = {
    "Exp": tfb.Exp(),
    "Softplus": tfb.Softplus(),
    "Sigmoid": tfb.Sigmoid(),
    "Tanh": tfb.Tanh(),
    "Shift": tfb.Shift(2.0),
    "Scale": tfb.Scale(2.0),
    "Chain": tfb.Chain([tfb.Exp(), tfb.Shift(1.0)]),
    "Invert": tfb.Invert(tfb.Exp()),
    "SoftmaxCentered": tfb.SoftmaxCentered(),
    "FillTriangular": None,
    "ScaleTriL": tfb.ScaleMatvecTriL([[1.0, 0.0], [0.5, 2.0]]),
    "Permute": tfb.Permute([1, 0]),
    "Reshape": tfb.Reshape([2, 1], [2]),
    "CorrelationCholesky": None,
    "Ascending": tfb.Ascending(),
    "Power": tfb.Power(2.0),
    "Cumsum": tfb.Cumsum(),
    "NormalCDF": tfb.NormalCDF(),
    "Gumbel": tfb.GumbelCDF(0.0, 1.0),
    "SinhArcsinh": tfb.SinhArcsinh(),
    "BatchNorm": None,
    "RealNVP": tfb.RealNVP(1, shift_and_log_scale_fn=lambda z, d, **k: (z * 0.5, z * 0.1)),
}
for n, b in B.items():
    if b is None:
        continue
    show(
        "b." + n,
        lambda: (
            b.forward(x),
            b.inverse(b.forward(x)),
            b.forward_log_det_jacobian(x, 1),
            b.inverse_log_det_jacobian(tf.abs(b.forward(x)), 2 if n == "Reshape" else 1),
        ),
    )
show(
    "kl",
    lambda: [
        tfd.kl_divergence(tfd.Normal(0.0, 1.0), tfd.Normal(1.0, 2.0)),
        tfd.kl_divergence(
            tfd.MultivariateNormalDiag([0.0, 1.0], [1.0, 2.0]),
            tfd.MultivariateNormalTriL([0.0, 1.0], [[1.0, 0.0], [0.5, 2.0]]),
        ),
        tfd.kl_divergence(tfd.Categorical(probs=[0.3, 0.7]), tfd.Categorical(probs=[0.5, 0.5])),
        tfd.kl_divergence(tfd.Gamma(2.0, 3.0), tfd.Gamma(1.0, 2.0)),
        tfd.kl_divergence(tfd.Beta(2.0, 3.0), tfd.Beta(1.0, 2.0)),
        tfd.kl_divergence(tfd.Dirichlet([1.0, 2.0]), tfd.Dirichlet([2.0, 2.0])),
    ],
)
J = lambda: tfd.JointDistributionSequential(
    [tfd.Normal(0.0, 1.0), lambda m: tfd.Normal(m, 1.0), lambda s, m: tfd.Independent(tfd.Normal([s, m], 1.0), 1)]
)
show("joint", lambda: (J().sample(seed=[1, 2]), J().log_prob([0.1, 0.2, [0.3, 0.4]])))
JN = lambda: tfd.JointDistributionNamed(dict(m=tfd.Normal(0.0, 1.0), s=lambda m: tfd.Normal(m, 1.0)))
show("jointnamed", lambda: (JN().sample(seed=[1, 2]), JN().log_prob(m=0.1, s=0.2)))


@tfd.JointDistributionCoroutineAutoBatched
def JC():
    m = yield tfd.Normal(0.0, 1.0, name="m")
    yield tfd.Normal([m, m], 1.0, name="y")


show("jointco", lambda: (JC.sample(seed=[1, 2]), JC.log_prob(0.1, [0.2, 0.3])))


def hmc(compiled, kern="hmc"):
    t = tfd.MultivariateNormalDiag([0.0, 1.0], [1.0, 2.0])
    k = (
        tfp.mcmc.HamiltonianMonteCarlo(t.log_prob, step_size=0.3, num_leapfrog_steps=3)
        if kern == "hmc"
        else tfp.mcmc.NoUTurnSampler(t.log_prob, step_size=0.3)
        if kern == "nuts"
        else tfp.mcmc.RandomWalkMetropolis(t.log_prob)
    )
    if kern == "hmc":
        k = tfp.mcmc.SimpleStepSizeAdaptation(k, num_adaptation_steps=4)
    f = lambda: tfp.mcmc.sample_chain(
        6, current_state=tf.zeros(2), kernel=k, num_burnin_steps=3, trace_fn=None, seed=[1, 2]
    )
    return (tf.function(f) if compiled else f)()


for k in ("rwm", "hmc", "nuts"):
    for c in (False, True):
        show(f"mcmc.{k}.{c}", lambda: hmc(c, k))
show(
    "vi",
    lambda: tfp.vi.monte_carlo_variational_loss(
        lambda z: tfd.Normal(1.0, 1.0).log_prob(z), tfd.Normal(0.0, 1.0), sample_size=5, seed=[1, 2]
    ),
)
show(
    "lbfgs",
    lambda: (
        tfp.optimizer.lbfgs_minimize(
            lambda z: tfp.math.value_and_gradient(lambda q: tf.reduce_sum((q - 1.0) ** 2), z),
            initial_position=tf.zeros(2),
        ).position
    ),
)
show(
    "bfgs",
    lambda: (
        tfp.optimizer.bfgs_minimize(
            lambda z: tfp.math.value_and_gradient(lambda q: tf.reduce_sum((q - 1.0) ** 2), z),
            initial_position=tf.zeros(2),
        ).position
    ),
)
show(
    "nelder",
    lambda: (
        tfp.optimizer.nelder_mead_minimize(
            lambda q: tf.reduce_sum((q - 1.0) ** 2, -1), initial_vertex=tf.zeros(2)
        ).position
    ),
)
show("ode", lambda: tfp.math.ode.DormandPrince().solve(lambda t, y: -y, 0.0, tf.constant([1.0]), [1.0]).states)
show(
    "stats",
    lambda: (
        tfp.stats.percentile(x, 50.0),
        tfp.stats.covariance(tf.constant([[1.0, 2.0], [2.0, 1.0]])),
        tfp.stats.auto_correlation(tf.constant([1.0, 2.0, 3.0, 1.0])),
        tfp.mcmc.effective_sample_size(tf.sin(tf.range(20.0))),
        tfp.mcmc.potential_scale_reduction(tf.sin(tf.reshape(tf.range(40.0), [20, 2]))),
    ),
)
show(
    "math",
    lambda: (
        tfp.math.softplus_inverse(x),
        tfp.math.log_add_exp(x, x),
        tfp.math.lbeta(x, x),
        tfp.math.erfcx(x),
        tfp.math.bessel_kve(x, x),
        tfp.math.betainc(x, x, x),
        tfp.math.owens_t(x, x),
        tfp.math.lambertw(x),
        tfp.math.log1mexp(x),
        tfp.math.fill_triangular(tf.range(3.0)),
        tfp.math.interp_regular_1d_grid(x, 0.0, 1.0, [1.0, 2.0, 3.0]),
    ),
)


@tf.function
def lp(d, x):
    return d.log_prob(x)


show("dist-arg", lambda: lp(tfd.Normal(0.0, 1.0), tf.constant(0.3)))


def train():
    q = tfd.Normal(tf.Variable(0.0, name="loc"), tfp.util.TransformedVariable(1.0, tfb.Softplus(), name="s"))
    opt = tf.keras.optimizers.Adam(0.1)
    for i in range(3):
        with tf.GradientTape() as t:
            l = -tf.reduce_mean(q.log_prob([1.0, 2.0, 3.0]))
        g = t.gradient(l, q.trainable_variables)
        opt.apply_gradients(zip(g, q.trainable_variables))
    return [l] + [v.numpy() for v in q.trainable_variables]


show("train", train)
