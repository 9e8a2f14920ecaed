"""tf.lookup: static, vocabulary and mutable tables."""

from __future__ import annotations

import tempfile
from pathlib import Path

from compat_tests.expressions import expression_table

FOLDER = Path(tempfile.mkdtemp())


def values(tf):
    L = tf.lookup
    words, pairs = str(FOLDER / "words.txt"), str(FOLDER / "pairs.txt")
    Path(words).write_text("the\nquick\nbrown\nfox\n")
    Path(pairs).write_text("a\t10\nb\t20\n")
    whole, number = L.TextFileIndex.WHOLE_LINE, L.TextFileIndex.LINE_NUMBER
    init = L.KeyValueTensorInitializer
    abc = init(tf.constant(["a", "b", "c"]), tf.constant([0, 1, 2], tf.int64))
    ten = init(tf.constant([10, 20], tf.int64), tf.constant([0, 1], tf.int64))
    lines = L.TextFileInitializer(words, tf.string, whole, tf.int64, number)
    return {
        "L": L, "words": words, "pairs": pairs,
        "si": L.StaticHashTable(abc, default_value=-1),
        "ii": L.StaticHashTable(init(tf.constant([1, 2, 3]), tf.constant([10, 20, 30])), default_value=0),
        "i_s": L.StaticHashTable(init(tf.constant([0, 1], tf.int64), tf.constant(["x", "y"])), default_value="UNK"),
        "fl": L.StaticHashTable(lines, -1),
        "fr": L.StaticHashTable(L.TextFileInitializer(words, tf.int64, number, tf.string, whole), "?"),
        "fk": L.StaticHashTable(L.TextFileInitializer(pairs, tf.string, 0, tf.int64, 1), -1),
        "vt": L.StaticVocabularyTable(abc, 5),
        "v0": L.StaticVocabularyTable(lines, 1),
        "vi": L.StaticVocabularyTable(ten, 3),
        "vn": L.StaticVocabularyTable(None, 4, lookup_key_dtype=tf.string),
        "m": L.experimental.MutableHashTable(tf.string, tf.int64, -1),
        "mv": L.experimental.MutableHashTable(tf.int64, tf.float32, [0.0, 0.0]),
        "d": L.experimental.DenseHashTable(tf.string, tf.int64, -1, "", "$"),
        "dv": L.experimental.DenseHashTable(tf.int64, tf.int64, [-1, -1], -1, -2),
    }


# Lines that change a table stand before those that read it.
test_lookup = expression_table(
    r"""
    si.lookup(tf.constant(['a','z','c']))
    si[tf.constant('b')]
    si.size()
    si.key_dtype
    si.value_dtype
    si.default_value
    si.name
    type(si).__name__
    si.lookup(tf.constant([1]))
    si.lookup(tf.ragged.constant([['a'],['b','q']]))
    si.lookup(tf.sparse.from_dense([['a','']]))
    si.lookup(tf.constant([['a','b']]))
    ii.lookup(tf.constant([1,5]))
    ii.lookup(tf.constant([1,5],tf.int64))
    tf.function(lambda x: ii.lookup(x))(tf.constant([1,5]))
    tf.function(lambda x: si.lookup(x))(tf.constant(['a','q']))
    i_s.lookup(tf.constant([0,1,2],tf.int64))
    fl.lookup(tf.constant(['fox','cat']))
    fl.size()
    fr.lookup(tf.constant([0,9],tf.int64))
    fk.lookup(tf.constant(['a','b','q']))
    vt.lookup(tf.constant(['a','z','y','q']))
    vt[tf.constant(['a','z'])]
    vt.size()
    vt.name
    vt.key_dtype
    vt.value_dtype
    v0.lookup(tf.constant(['fox','zzz']))
    v0.size()
    vi.lookup(tf.constant([10,20,30,40,50],tf.int64))
    vi.size()
    vn.lookup(tf.constant(['a','b']))
    vn.size()
    vt.lookup(tf.ragged.constant([['a'],['zz']]))
    vt.lookup(tf.sparse.from_dense([['a','']]))
    vt.lookup(tf.constant([1]))
    L.StaticVocabularyTable(L.KeyValueTensorInitializer(tf.constant(['a']),tf.constant([0],tf.int64)),0)
    L.StaticVocabularyTable(L.KeyValueTensorInitializer(tf.constant(['a']),tf.constant([0])),1)
    L.StaticHashTable(L.KeyValueTensorInitializer(['a','a'],[0,1]),-1)
    L.StaticHashTable(L.KeyValueTensorInitializer(['a','a'],[0,0]),-1).size()
    L.StaticHashTable(L.KeyValueTensorInitializer(['a','b'],[0]),-1)
    L.StaticHashTable(L.KeyValueTensorInitializer(['a'],[0]),'x')
    L.KeyValueTensorInitializer(['a','b'],[0,1]).key_dtype
    L.KeyValueTensorInitializer(['a','b'],[0,1]).value_dtype
    L.KeyValueTensorInitializer(['a','b'],[0,1],value_dtype=tf.int64).value_dtype
    L.StaticHashTable(L.TextFileInitializer('/nonexistent',tf.string,-2,tf.int64,-1),-1)
    L.TextFileInitializer(words,tf.string,-5,tf.int64,-1)
    L.TextFileInitializer('',tf.string,-2,tf.int64,-1)
    L.TextFileInitializer(words,tf.string,-1,tf.int64,-1)
    L.StaticHashTable(L.TextFileInitializer(words,tf.string,-2,tf.int64,-1,vocab_size=4),-1).size()
    L.StaticHashTable(L.TextFileInitializer(words,tf.string,-2,tf.int64,-1,vocab_size=2),-1).size()
    L.StaticHashTable(L.TextFileInitializer(words,tf.string,-2,tf.int64,-1,value_index_offset=3),-1).lookup(tf.constant(['the']))
    m.insert(tf.constant(['a','b']),tf.constant([1,2],tf.int64))
    m.lookup(tf.constant(['a','z']))
    m.lookup(tf.constant(['a','z']),dynamic_default_values=tf.constant([7,8],tf.int64))
    m[tf.constant('a')]
    m.size()
    m.insert(['c'],[3])
    m.remove(tf.constant(['a']))
    m.size()
    m.name
    m.insert(tf.constant(['a']),tf.constant([1,2],tf.int64))
    m.lookup(tf.constant([1]))
    mv.insert(tf.constant([1],tf.int64),[[1.,2.]])
    mv.lookup(tf.constant([1,2],tf.int64))
    mv.lookup(tf.constant([[1,2]],tf.int64))
    d.insert(tf.constant(['a','b']),tf.constant([1,2],tf.int64))
    d.lookup(tf.constant(['a','z']))
    d.insert_or_assign(['a'],[5])
    d['a']
    d.insert([''],[1])
    d.lookup(tf.constant(['']))
    d.name
    dv.insert([1],[[3,4]])
    dv.lookup([1,9])
    list(tf.data.Dataset.from_tensor_slices(['a','z']).map(lambda x: si.lookup(x)))
    list(tf.data.Dataset.from_tensor_slices(['a','z']).map(vt.lookup).batch(2))
    tf.function(lambda k,v: (m.insert(k,v), m.lookup(k))[1])(tf.constant(['n']),tf.constant([9],tf.int64))
    m.lookup(tf.constant(['n']))
    L.TextFileIndex.WHOLE_LINE
    L.TextFileIndex.LINE_NUMBER
    """,
    values,
)


def test_traced_tables_are_compiled():
    import tfjax as tf

    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer([1, 2], [10, 20]), -1)
    compiled = tf.function(table.lookup, jit_compile=True)
    assert compiled(tf.constant([2, 7])).numpy().tolist() == [20, -1]
