"""A competition's notebook: record files, rotations and cutmix in a repeated pipeline, folds, a learning rate by epoch."""

import os, re, math, random
from functools import partial

import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.metrics import confusion_matrix, f1_score

SEED = 2020


def seed_everything(seed=SEED):
    random.seed(seed)
    np.random.seed(seed)
    os.environ['PYTHONHASHSEED'] = str(seed)
    os.environ['TF_DETERMINISTIC_OPS'] = '1'
    tf.keras.utils.set_random_seed(seed)


seed_everything()
try:
    tpu = tf.distribute.cluster_resolver.TPUClusterResolver()
    tf.config.experimental_connect_to_cluster(tpu)
    tf.tpu.experimental.initialize_tpu_system(tpu)
    strategy = tf.distribute.experimental.TPUStrategy(tpu)
except ValueError:
    strategy = tf.distribute.get_strategy()
print("REPLICAS: ", strategy.num_replicas_in_sync)
AUTO = tf.data.experimental.AUTOTUNE
IMAGE_SIZE = [16, 16]
BATCH_SIZE = 16 * strategy.num_replicas_in_sync
digits = load_digits()
images = (np.kron(digits.images[:240], np.ones((2, 2))) * 15).astype(np.uint8)
labels = digits.target[:240]


def _bytes_feature(value):
    if isinstance(value, type(tf.constant(0))):
        value = value.numpy()
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def _int64_feature(value):
    return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))


def _float_feature(value):
    return tf.train.Feature(float_list=tf.train.FloatList(value=[value]))


def serialize_example(image, image_id, label):
    feature = {'image': _bytes_feature(tf.io.encode_png(image[..., None])), 'image_id': _bytes_feature(image_id.encode()),
               'target': _int64_feature(label), 'mean': _float_feature(float(image.mean()))}
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


os.makedirs("records")
for shard in range(4):
    rows = range(shard * 60, shard * 60 + 60)
    with tf.io.TFRecordWriter(f"records/train{shard:02d}-{len(rows)}.tfrec") as writer:
        for i in rows:
            writer.write(serialize_example(images[i], f"img_{i}", labels[i]))
FILES = tf.io.gfile.glob("records/*.tfrec")
FILES = sorted(FILES)
print(FILES)


def decode_image(image_data):
    image = tf.image.decode_png(image_data, channels=3)
    image = tf.cast(image, tf.float32) / 255.0
    image = tf.reshape(image, [*IMAGE_SIZE, 3])
    return image


def read_labeled_tfrecord(example):
    LABELED_TFREC_FORMAT = {"image": tf.io.FixedLenFeature([], tf.string), "target": tf.io.FixedLenFeature([], tf.int64),
                            "mean": tf.io.FixedLenFeature([], tf.float32)}
    example = tf.io.parse_single_example(example, LABELED_TFREC_FORMAT)
    return decode_image(example['image']), tf.cast(example['target'], tf.int32)


def read_unlabeled_tfrecord(example):
    fmt = {"image": tf.io.FixedLenFeature([], tf.string), "image_id": tf.io.FixedLenFeature([], tf.string)}
    example = tf.io.parse_single_example(example, fmt)
    return decode_image(example['image']), example['image_id']


def load_dataset(filenames, labeled=True, ordered=False):
    ignore_order = tf.data.Options()
    if not ordered:
        ignore_order.experimental_deterministic = True
    dataset = tf.data.TFRecordDataset(filenames, num_parallel_reads=AUTO if ordered else None)
    dataset = dataset.with_options(ignore_order)
    dataset = dataset.map(partial(read_labeled_tfrecord) if labeled else read_unlabeled_tfrecord, num_parallel_calls=AUTO)
    return dataset


def get_mat(rotation, shear, height_zoom, width_zoom, height_shift, width_shift):
    rotation = math.pi * rotation / 180.
    shear = math.pi * shear / 180.
    c1 = tf.math.cos(rotation)
    s1 = tf.math.sin(rotation)
    one = tf.constant([1], dtype='float32')
    zero = tf.constant([0], dtype='float32')
    rotation_matrix = tf.reshape(tf.concat([c1, s1, zero, -s1, c1, zero, zero, zero, one], axis=0), [3, 3])
    c2 = tf.math.cos(shear)
    s2 = tf.math.sin(shear)
    shear_matrix = tf.reshape(tf.concat([one, s2, zero, zero, c2, zero, zero, zero, one], axis=0), [3, 3])
    zoom_matrix = tf.reshape(tf.concat([one / height_zoom, zero, zero, zero, one / width_zoom, zero, zero, zero, one], axis=0), [3, 3])
    shift_matrix = tf.reshape(tf.concat([one, zero, height_shift, zero, one, width_shift, zero, zero, one], axis=0), [3, 3])
    return tf.keras.backend.dot(tf.keras.backend.dot(rotation_matrix, shear_matrix), tf.keras.backend.dot(zoom_matrix, shift_matrix)) \
        if hasattr(tf.keras.backend, "dot") else rotation_matrix @ shear_matrix @ zoom_matrix @ shift_matrix


def transform(image, label):
    DIM = IMAGE_SIZE[0]
    XDIM = DIM % 2
    rot = 15. * tf.random.normal([1], dtype='float32')
    shr = 5. * tf.random.normal([1], dtype='float32')
    h_zoom = 1.0 + tf.random.normal([1], dtype='float32') / 10.
    w_zoom = 1.0 + tf.random.normal([1], dtype='float32') / 10.
    h_shift = 2. * tf.random.normal([1], dtype='float32')
    w_shift = 2. * tf.random.normal([1], dtype='float32')
    m = get_mat(rot, shr, h_zoom, w_zoom, h_shift, w_shift)
    x = tf.repeat(tf.range(DIM // 2, -DIM // 2, -1), DIM)
    y = tf.tile(tf.range(-DIM // 2, DIM // 2), [DIM])
    z = tf.ones([DIM * DIM], dtype='int32')
    idx = tf.stack([x, y, z])
    idx2 = tf.matmul(m, tf.cast(idx, dtype='float32'))
    idx2 = tf.cast(idx2, dtype='int32')
    idx2 = tf.clip_by_value(idx2, -DIM // 2 + XDIM + 1, DIM // 2)
    idx3 = tf.stack([DIM // 2 - idx2[0, ], DIM // 2 - 1 + idx2[1, ]])
    d = tf.gather_nd(image, tf.transpose(idx3))
    return tf.reshape(d, [DIM, DIM, 3]), label


def data_augment(image, label):
    image = tf.image.random_flip_left_right(image)
    image = tf.image.random_saturation(image, 0, 2)
    return image, label


def onehot(image, label):
    return image, tf.one_hot(label, 10)


def cutmix(image, label, PROBABILITY=1.0):
    DIM = IMAGE_SIZE[0]
    CLASSES = 10
    imgs, labs = [], []
    for j in range(BATCH_SIZE):
        P = tf.cast(tf.random.uniform([], 0, 1) <= PROBABILITY, tf.int32)
        k = tf.cast(tf.random.uniform([], 0, BATCH_SIZE), tf.int32)
        x = tf.cast(tf.random.uniform([], 0, DIM), tf.int32)
        y = tf.cast(tf.random.uniform([], 0, DIM), tf.int32)
        b = tf.random.uniform([], 0, 1)
        WIDTH = tf.cast(DIM * tf.math.sqrt(1 - b), tf.int32) * P
        ya = tf.math.maximum(0, y - WIDTH // 2)
        yb = tf.math.minimum(DIM, y + WIDTH // 2)
        xa = tf.math.maximum(0, x - WIDTH // 2)
        xb = tf.math.minimum(DIM, x + WIDTH // 2)
        one = image[j, ya:yb, 0:xa, :]
        two = image[k, ya:yb, xa:xb, :]
        three = image[j, ya:yb, xb:DIM, :]
        middle = tf.concat([one, two, three], axis=1)
        img = tf.concat([image[j, 0:ya, :, :], middle, image[j, yb:DIM, :, :]], axis=0)
        imgs.append(img)
        a = tf.cast(WIDTH * WIDTH / DIM / DIM, tf.float32)
        labs.append((1 - a) * label[j] + a * label[k])
    image2 = tf.reshape(tf.stack(imgs), (BATCH_SIZE, DIM, DIM, 3))
    label2 = tf.reshape(tf.stack(labs), (BATCH_SIZE, CLASSES))
    return image2, label2


def get_training_dataset(files, do_aug=True):
    dataset = load_dataset(files, labeled=True)
    dataset = dataset.map(data_augment, num_parallel_calls=None)
    if do_aug:
        dataset = dataset.map(transform, num_parallel_calls=None)
    dataset = dataset.map(onehot)
    dataset = dataset.repeat()
    dataset = dataset.shuffle(128, seed=SEED)
    dataset = dataset.batch(BATCH_SIZE, drop_remainder=True)
    if do_aug:
        dataset = dataset.map(cutmix)
    dataset = dataset.prefetch(AUTO)
    return dataset


def count_data_items(filenames):
    n = [int(re.compile(r"-([0-9]*)\.").search(filename).group(1)) for filename in filenames]
    return np.sum(n)


print("items", count_data_items(FILES))
for im, lb in get_training_dataset(FILES[:1]).take(3):
    print(im.shape, lb.shape, np.round(tf.reduce_mean(im, [1, 2, 3])[:4].numpy(), 4), np.round(lb[0].numpy(), 3))
LR_START, LR_MAX, LR_MIN, LR_RAMPUP, LR_SUS, LR_EXP = 1e-4, 5e-3, 1e-4, 2, 0, .8


def lrfn(epoch):
    if epoch < LR_RAMPUP:
        lr = (LR_MAX - LR_START) / LR_RAMPUP * epoch + LR_START
    elif epoch < LR_RAMPUP + LR_SUS:
        lr = LR_MAX
    else:
        lr = (LR_MAX - LR_MIN) * LR_EXP**(epoch - LR_RAMPUP - LR_SUS) + LR_MIN
    return lr


def build_model():
    inp = tf.keras.layers.Input(shape=(*IMAGE_SIZE, 3))
    x = tf.keras.layers.Conv2D(8, 3, activation="relu")(inp)
    x = tf.keras.layers.GlobalAveragePooling2D()(x)
    x = tf.keras.layers.Dense(10, activation='softmax', dtype='float32')(x)
    model = tf.keras.Model(inputs=inp, outputs=x)
    model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=0.001),
                  loss=tf.keras.losses.CategoricalCrossentropy(label_smoothing=0.05), metrics=['categorical_accuracy'])
    return model


skf = KFold(n_splits=2, shuffle=True, random_state=SEED)
oof_pred, oof_tar = [], []
for fold, (idxT, idxV) in enumerate(skf.split(np.arange(4))):
    print('#### FOLD', fold + 1, idxT, idxV)
    tf.keras.backend.clear_session()
    train_files, val_files = [FILES[i] for i in idxT], [FILES[i] for i in idxV]
    with strategy.scope():
        model = build_model()
    sv = tf.keras.callbacks.ModelCheckpoint('fold-%i.weights.h5' % fold, monitor='val_loss', verbose=0, save_best_only=True,
                                            save_weights_only=True, mode='min', save_freq='epoch')
    history = model.fit(get_training_dataset(train_files), epochs=2, callbacks=[sv, tf.keras.callbacks.LearningRateScheduler(lrfn, verbose=0)],
                        steps_per_epoch=count_data_items(train_files) // BATCH_SIZE,
                        validation_data=load_dataset(val_files).map(onehot).batch(BATCH_SIZE), verbose=0)
    print({k: np.round(v, 3).tolist() for k, v in sorted(history.history.items())})
    model.load_weights('fold-%i.weights.h5' % fold)
    cdataset = load_dataset(val_files, labeled=True, ordered=True).batch(BATCH_SIZE)
    probabilities = model.predict(cdataset.map(lambda i, l: i), verbose=0)
    targets = np.concatenate([l.numpy() for _, l in cdataset])
    oof_pred.append(np.argmax(probabilities, axis=-1)); oof_tar.append(targets)
ids = np.concatenate([i.numpy() for _, i in load_dataset(FILES[3:], labeled=False, ordered=True).batch(7)]).astype('U')
sub = pd.DataFrame({"image_id": ids[:5], "target": np.concatenate(oof_pred)[:5]})
sub.to_csv("submission.csv", index=False)
print(sub["image_id"].tolist())
