"""Rows of a table: lookups, normalisation and encodings as the inputs of a functional model."""

import numpy as np
import pandas as pd
import tensorflow as tf
from tensorflow.keras import layers

tf.keras.utils.set_random_seed(13)
rng = np.random.RandomState(1)
n = 120
dataframe = pd.DataFrame({
    "Type": rng.choice(["Cat", "Dog"], n), "Age": rng.randint(0, 60, n), "Breed1": rng.choice(["a b", "c", "d-e"], n),
    "Fee": rng.randint(0, 200, n), "PhotoAmt": rng.rand(n).round(2), "AdoptionSpeed": rng.randint(0, 5, n)})
dataframe['target'] = np.where(dataframe['AdoptionSpeed'] == 4, 0, 1)
dataframe = dataframe.drop(columns=['AdoptionSpeed'])
dataframe = dataframe.sample(frac=1, random_state=0)
train, val, test = dataframe[:96], dataframe[96:108], dataframe[108:]
print(len(train), len(val), len(test))


def df_to_dataset(dataframe, shuffle=True, batch_size=32):
  df = dataframe.copy()
  labels = df.pop('target')
  df = {key: value.to_numpy()[:, tf.newaxis] for key, value in dataframe.items()}
  ds = tf.data.Dataset.from_tensor_slices((dict(df), labels))
  if shuffle:
    ds = ds.shuffle(buffer_size=len(dataframe))
  ds = ds.batch(batch_size)
  ds = ds.prefetch(batch_size)
  return ds


train_ds = df_to_dataset(train, batch_size=5)
[(train_features, label_batch)] = train_ds.take(1)
print('Every feature:', list(train_features.keys()))
print('A batch of ages:', train_features['Age'].numpy().ravel())
print('A batch of targets:', label_batch)


def get_normalization_layer(name, dataset):
  normalizer = layers.Normalization(axis=None)
  feature_ds = dataset.map(lambda x, y: x[name])
  normalizer.adapt(feature_ds)
  return normalizer


layer = get_normalization_layer('PhotoAmt', train_ds)
print(layer(train_features['PhotoAmt']).numpy().ravel())


def get_category_encoding_layer(name, dataset, dtype, max_tokens=None):
  if dtype == 'string':
    index = layers.StringLookup(max_tokens=max_tokens)
  else:
    index = layers.IntegerLookup(max_tokens=max_tokens)
  feature_ds = dataset.map(lambda x, y: x[name])
  index.adapt(feature_ds)
  encoder = layers.CategoryEncoding(num_tokens=index.vocabulary_size())
  return lambda feature: encoder(index(feature))


test_type_layer = get_category_encoding_layer(name='Type', dataset=train_ds, dtype='string')
print(test_type_layer(train_features['Type']))
test_age_layer = get_category_encoding_layer(name='Age', dataset=train_ds, dtype='int64', max_tokens=5)
print(test_age_layer(train_features['Age']))
batch_size = 32
train_ds = df_to_dataset(train, batch_size=batch_size)
val_ds = df_to_dataset(val, shuffle=False, batch_size=batch_size)
test_ds = df_to_dataset(test, shuffle=False, batch_size=batch_size)
all_inputs = {}
encoded_features = []
for header in ['PhotoAmt', 'Fee']:
  numeric_col = tf.keras.Input(shape=(1,), name=header)
  normalization_layer = get_normalization_layer(header, train_ds)
  encoded_numeric_col = normalization_layer(numeric_col)
  all_inputs[header] = numeric_col
  encoded_features.append(encoded_numeric_col)
age_col = tf.keras.Input(shape=(1,), name='Age', dtype='int64')
encoding_layer = get_category_encoding_layer(name='Age', dataset=train_ds, dtype='int64', max_tokens=5)
all_inputs['Age'] = age_col
encoded_features.append(encoding_layer(age_col))
for header in ['Type', 'Breed1']:
  categorical_col = tf.keras.Input(shape=(1,), name=header, dtype='string')
  encoding_layer = get_category_encoding_layer(name=header, dataset=train_ds, dtype='string', max_tokens=5)
  encoded_categorical_col = encoding_layer(categorical_col)
  all_inputs[header] = categorical_col
  encoded_features.append(encoded_categorical_col)
all_features = tf.keras.layers.concatenate(encoded_features)
x = tf.keras.layers.Dense(32, activation="relu")(all_features)
x = tf.keras.layers.Dropout(0.5)(x)
output = tf.keras.layers.Dense(1)(x)
model = tf.keras.Model(all_inputs, output)
model.compile(optimizer='adam', loss=tf.keras.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"], run_eagerly=True)
h = model.fit(train_ds, epochs=3, validation_data=val_ds, verbose=0)
print({k: np.round(v, 4).tolist() for k, v in h.history.items()})
result = model.evaluate(test_ds, return_dict=True, verbose=0)
print({k: round(v, 4) for k, v in result.items()})
model.save('my_pet_classifier.keras')
reloaded_model = tf.keras.models.load_model('my_pet_classifier.keras')
sample = {'Type': 'Cat', 'Age': 3, 'Breed1': 'c', 'Fee': 100, 'PhotoAmt': 0.2}
input_dict = {name: tf.convert_to_tensor([value]) for name, value in sample.items()}
predictions = reloaded_model.predict(input_dict, verbose=0)
prob = tf.nn.sigmoid(predictions[0])
print("This particular pet had a %.1f percent probability of getting adopted." % (100 * prob[0] if False else 100 * float(prob[0])))
