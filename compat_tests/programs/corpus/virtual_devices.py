"""In the style of the guide to GPUs: virtual devices, placement by tf.device, and what is refused."""

import tensorflow as tf


def attempt(label, function):
    try:
        print(label, function())
    except (ValueError, KeyError, RuntimeError, tf.errors.InvalidArgumentError) as error:
        print(label, type(error).__name__, str(error).partition(" [Op")[0])


config = tf.config
cpus = config.list_physical_devices("CPU")
stranger = config.PhysicalDevice("/physical_device:GPU:7", "GPU")
print(cpus, config.list_physical_devices("GPU"), config.get_visible_devices())
Split = config.LogicalDeviceConfiguration
attempt("unknown", lambda: config.set_logical_device_configuration(stranger, [Split()]))
attempt("limit", lambda: config.set_logical_device_configuration(cpus[0], [Split(memory_limit=10)]))
attempt("priority", lambda: config.set_logical_device_configuration(cpus[0], [Split(experimental_priority=1)]))
attempt("type", lambda: config.set_visible_devices(cpus, "GPU"))
attempt("hide", lambda: config.set_visible_devices([], "GPU"))
attempt("growth", lambda: config.experimental.set_memory_growth(cpus[0], True))
attempt("growth", lambda: config.experimental.get_memory_growth(stranger))
attempt("details", lambda: config.experimental.get_device_details(cpus[0]))
attempt("details", lambda: config.experimental.get_device_details(stranger))
print(config.get_logical_device_configuration(cpus[0]))
config.experimental.set_virtual_device_configuration(cpus[0], [config.experimental.VirtualDeviceConfiguration()] * 4)
print(config.get_logical_device_configuration(cpus[0])[0])
config.threading.set_inter_op_parallelism_threads(2)
print(config.threading.get_inter_op_parallelism_threads(), config.threading.get_intra_op_parallelism_threads())

print(config.list_logical_devices())
attempt("same again", lambda: config.set_logical_device_configuration(cpus[0], [Split()] * 4))
attempt("too late", lambda: config.set_logical_device_configuration(cpus[0], [Split()] * 2))
attempt("too late", lambda: config.set_visible_devices([], "CPU"))
attempt("too late", lambda: config.threading.set_inter_op_parallelism_threads(5))
attempt("memory", lambda: config.experimental.get_memory_info("CPU:0"))
attempt("memory", lambda: config.experimental.get_memory_info("GPU:0"))
attempt("memory", lambda: config.experimental.get_memory_info("elsewhere"))
attempt("policy", lambda: config.experimental.set_device_policy("loud"))
print(config.experimental.get_device_policy(), config.experimental.get_synchronous_execution())
print(config.experimental.tensor_float_32_execution_enabled(), config.optimizer.get_jit() == "")
print(config.get_soft_device_placement(), tf.debugging.get_log_device_placement())

x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
print(x.device, tf.matmul(x, x).device)
for name in ("CPU:1", "/cpu:3", "/device:CPU:2", "/job:localhost/replica:0/task:0/device:CPU:1", "", "/task:0/cpu:2",
             "/cpu:*", "CPU", "/CPU:9", "/gpu:0", "foo", "/device:CPU", "/job:worker/task:1/cpu:0"):
    def placed(name=name):
        with tf.device(name):
            made = (tf.constant(1.0), tf.add(1.0, 2.0), tf.Variable(1.0), tf.matmul(x, x), tf.zeros([3]))
            return sorted({t.device for t in made}), float(tf.reduce_sum(tf.matmul(x, x)))

    attempt(repr(name), placed)
attempt("function", lambda: tf.device(lambda op: "/cpu:0"))
attempt("number", lambda: tf.device(5).__enter__())

with tf.device("CPU:1"):
    a = tf.constant(1.0)
    with tf.device("CPU:2"):
        b = tf.constant(2.0)
        with tf.device(None):
            c = tf.constant(3.0)
        with tf.device("/job:localhost"):
            d = tf.constant(4.0)
    e = a + b
f = a + b
for tensor in (a, b, c, d, e, f):
    print(tensor.device, float(tensor))

with tf.device(config.list_logical_devices()[2]):
    v = tf.Variable([1.0, 2.0])
w = tf.Variable([1.0, 1.0])
v.assign_add(w)
print(v.device, w.device, (v + w).device, (v + w).numpy())
with tf.GradientTape() as tape:
    loss = tf.reduce_sum(v * v * w)
print([g.numpy() for g in tape.gradient(loss, [v, w])])


@tf.function
def double(value):
    print("tracing", repr(value.device))
    with tf.device("/cpu:1"):
        result = value * 2
        print(repr(result.device), repr(tf.constant(1.0).device))
        with tf.device(None):
            print(repr((value * 2).device))
        with tf.device("/gpu:0"):
            print(repr((value * 2).device))
    return result + v


print(double(x).device)
with tf.device("/cpu:3"):
    print(double(x).device, double(x).numpy())

with tf.device("CPU:1"):
    model = tf.keras.Sequential([tf.keras.layers.Input((2,)), tf.keras.layers.Dense(2, kernel_initializer="ones")])
print(model(x).device, model(x).numpy())
model.compile("sgd", "mse")
print(round(model.fit(x, x, epochs=2, verbose=0).history["loss"][-1], 4))

config.set_soft_device_placement(False)
def missing():
    with tf.device("/GPU:0"):
        return tf.matmul(x, x)
attempt("hard", missing)

spec = tf.DeviceSpec.from_string("/job:w/task:1/GPU:2")
print(spec, spec.to_string(), spec.job, spec.replica, spec.task, spec.device_type, spec.device_index)
print(spec.make_merged_spec(tf.DeviceSpec(job="a", device_index=3)).to_string(), spec.replace(task=4).to_string())
attempt("spec", lambda: tf.DeviceSpec.from_string("/foo:1"))
print(tf.test.gpu_device_name() == "", tf.test.is_built_with_xla())

config.experimental.enable_op_determinism()
attempt("no seed", lambda: tf.random.uniform([2]))
tf.random.set_seed(1)
print(tf.random.uniform([2]).numpy())
