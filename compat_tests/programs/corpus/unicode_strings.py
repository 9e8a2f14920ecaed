"""Text in many scripts: encodings, code points, characters, simple segmentation."""

import tensorflow as tf

print(tf.constant("Thanks 😊"))
print(tf.constant(["You're", "welcome!"]).shape)
text_utf8 = tf.constant("语言处理")
text_utf16be = tf.constant("语言处理".encode("UTF-16-BE"))
text_chars = tf.constant([ord(char) for char in "语言处理"])
print(text_utf8, text_utf16be, text_chars)
print(tf.strings.unicode_decode(text_utf8, input_encoding="UTF-8"))
print(tf.strings.unicode_encode(text_chars, output_encoding="UTF-8"))
print(tf.strings.unicode_transcode(text_utf8, input_encoding="UTF8", output_encoding="UTF-16-BE"))

batch_utf8 = [s.encode("UTF-8") for s in ["hÃllo", "What is the weather tomorrow", "Göödnight", "😊"]]
batch = tf.strings.unicode_decode(batch_utf8, input_encoding="UTF-8")
for row in batch.to_list():
    print(row)
print(batch.to_tensor(default_value=-1))
sparse = batch.to_sparse()
print(sparse.dense_shape.numpy(), sparse.values.shape)
print(tf.strings.unicode_encode([[99, 97, 116], [100, 111, 103], [99, 111, 119]], output_encoding="UTF-8"))
print(tf.strings.unicode_encode(batch, output_encoding="UTF-8"))
print(tf.strings.unicode_encode(tf.RaggedTensor.from_sparse(sparse), output_encoding="UTF-8"))

thanks = "Thanks 😊".encode("UTF-8")
print(tf.strings.length(thanks).numpy(), tf.strings.length(thanks, unit="UTF8_CHAR").numpy())
print(tf.strings.substr(thanks, pos=7, len=1).numpy(), tf.strings.substr(thanks, pos=7, len=1, unit="UTF8_CHAR").numpy())
print(tf.strings.unicode_split(thanks, "UTF-8").numpy())
codepoints, offsets = tf.strings.unicode_decode_with_offsets("🎈🎉🎊", "UTF-8")
for codepoint, offset in zip(codepoints.numpy(), offsets.numpy()):
    print("At byte offset {}: codepoint {}".format(offset, codepoint))
print(tf.strings.unicode_script([33464, 1041]), tf.strings.unicode_script(batch))

sentences = tf.strings.unicode_decode(["Hello, world.", "世界こんにちは"], "UTF-8")
scripts = tf.strings.unicode_script(sentences)
starts_word = tf.concat([tf.fill([scripts.nrows(), 1], True), tf.not_equal(scripts[:, 1:], scripts[:, :-1])], axis=1)
word_starts = tf.squeeze(tf.where(starts_word.values), axis=1)
words = tf.RaggedTensor.from_row_starts(values=sentences.values, row_starts=word_starts)
print(words)
counts = tf.reduce_sum(tf.cast(starts_word, tf.int64), axis=1)
sentence_words = tf.RaggedTensor.from_row_lengths(values=words, row_lengths=counts)
print(tf.strings.unicode_encode(sentence_words, "UTF-8").to_list())

print(tf.strings.lower("ÀÉÎ Straße", encoding="utf-8"), tf.strings.upper(["abc ñ"], encoding="utf-8"))
print(tf.strings.regex_replace(["a1-b22", "c3"], r"[0-9]+", "#"), tf.strings.regex_full_match(["ab12", "12"], r"[a-z]+\d+"))
print(tf.strings.split(["a b  c", " d"]), tf.strings.split("x,y,,z", sep=",", maxsplit=2))
print(tf.strings.ngrams(["a", "b", "c", "d"], [1, 2]), tf.strings.ngrams(tf.strings.split(["x y z", "w"]), 2, pad_values="_"))
print(tf.strings.join([["a", "b"], ["c", "d"]], "-"), tf.strings.reduce_join([["a", "b"], ["c", "d"]], axis=1, separator="+"))
print(tf.strings.format("{} and {}", (tf.constant([1, 2]), tf.constant(["x"]))).numpy())
print(tf.strings.to_number(["1.5", "-2"]), tf.strings.as_string([1.25, 2.0], precision=1), tf.strings.bytes_split(["ab", "c"]))
print(tf.strings.to_hash_bucket_fast(["Hello", "TensorFlow", "2.x"], 3), tf.strings.to_hash_bucket_strong(["a", "b"], 100, [1, 2]))
print(tf.strings.unsorted_segment_join(["this", "is", "a", "test"], [1, 0, 1, 0], 2, " "))


@tf.function
def tokens(lines):
    cleaned = tf.strings.regex_replace(tf.strings.lower(lines), "[[:punct:]]", "")
    return tf.strings.split(cleaned)


print(tokens(tf.constant(["Hello, World!", "It's ok."])))
