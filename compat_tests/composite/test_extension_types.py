"""Extension types and dispatch for them."""

from __future__ import annotations

import pytest

from compat_tests.expressions import expression_table

# Annotations are read when a class is made, so the classes are text that runs under both libraries.
CLASSES = """
import typing
from typing import Mapping, Optional, Tuple, Union

E = tf.experimental


class M(E.ExtensionType):
    values: tf.Tensor
    mask: tf.Tensor
    def with_default(self, d):
        return tf.where(self.mask, self.values, d)
    @property
    def shape(self): return self.values.shape
class N(E.ExtensionType):
    x: tf.Tensor
    n: int = 3
    s: str = 'a'
    f: float = 1.0
    t: Tuple[tf.Tensor, ...] = ()
    p: Optional[tf.Tensor] = None
    d: Mapping[str, tf.Tensor] = {}
class V(E.ExtensionType):
    x: tf.Tensor
    def __validate__(self):
        self.x.shape.assert_has_rank(1)
class C(E.ExtensionType):
    a: tf.Tensor
    b: tf.Tensor
    def __init__(self, z):
        self.a=z; self.b=z*2
class S(E.ExtensionType):
    x: tf.Tensor
class R(E.ExtensionType):
    r: tf.RaggedTensor
    m: M
class U(E.ExtensionType):
    u: Union[int, tf.Tensor, str]
class Sub(M):
    extra: int = 5
class B(E.BatchableExtensionType):
    a: tf.Tensor
    b: tf.Tensor


m = M([1, 2, 3], [True, False, True])
n = N([1.0])
b = B(tf.constant([[1, 2], [3, 4]]), tf.constant([5, 6]))


@tf.experimental.dispatch_for_unary_elementwise_apis(M)
def unary(op,x): return M(op(x.values),x.mask)
@tf.experimental.dispatch_for_binary_elementwise_apis(M,M)
def binary(op,x,y): return M(op(x.values,y.values),x.mask&y.mask)
@tf.experimental.dispatch_for_binary_elementwise_apis(Union[M,tf.Tensor],Union[M,tf.Tensor])
def binary2(op,x,y):
    x=x if isinstance(x,M) else M(x,tf.ones_like(x,tf.bool)); y=y if isinstance(y,M) else M(y,tf.ones_like(y,tf.bool))
    return M(op(x.values,y.values),x.mask&y.mask)
@tf.experimental.dispatch_for_api(tf.stack)
def mstack(values: typing.List[M], axis=0, name='stack'):
    return M(tf.stack([v.values for v in values],axis),tf.stack([v.mask for v in values],axis))
@tf.experimental.dispatch_for_api(tf.shape,{'input':M})
def mshape(input,out_type=tf.int32): return tf.shape(input.values)
@tf.experimental.dispatch_for_api(tf.reduce_sum,{'input_tensor':M})
def msum(input_tensor,axis=None,keepdims=False,name=None): return tf.reduce_sum(tf.where(input_tensor.mask,input_tensor.values,0),axis)
def loop(x):
    for i in tf.range(3): x=M(x.values+1,x.mask)
    return x
"""

BAD = [
    "class Bad(E.ExtensionType):\n    x: list",
    "class Bad(E.ExtensionType):\n    x = 3",
    "class Bad(E.ExtensionType):\n    x: int = 'a'",
    "@E.dispatch_for_api(tf.add)\ndef f(x, y): pass",
    "@E.dispatch_for_api(tf.add, {'z': M})\ndef f(x, y): pass",
    "@E.dispatch_for_api(tf.add, {'x': M})\ndef f(a, b): pass",
    "@E.dispatch_for_api(len, {'x': M})\ndef f(a): pass",
]


def run(text, scope):
    # Without this file's own `from __future__`: annotations are objects.
    exec(compile(text, "classes", "exec", dont_inherit=True), scope)


def values(tf):
    scope = {"tf": tf, "__name__": "classes"}
    run(CLASSES, scope)
    return scope


test_extension_types = expression_table(
    r"""
    m
    str(m)
    m.values
    M(values=[1],mask=[True])
    M([1])
    M([1],[True],[3])
    M([1],mask='x')
    M([1],msk=[True])
    M([1],object())
    m==m
    m!=m
    m==M([1,2,4],[True,False,True])
    m==M([1,2],[True,False])
    m==3
    m.with_default(0)
    m.shape
    n
    N([1.0],n=5,t=([1],[2.0]),d={'k':[1]})
    N([1.0],n=5,t=([1],[2.0]),d={'k':[1]}).d
    N([1.0],n=5,d={'k':[1]}).d['k']
    N([1.0],n='x')
    N([1.0],n=1.5)
    N([1.0],f=2).f
    N([1.0],s=3)
    N([1.0],p=[1]).p
    N([1.0],t=5)
    V([1])
    V([[1]])
    C(tf.constant([1]))
    C(tf.constant([1])).b
    S([[1.,2.]])
    S([1.,2.])
    S([[1,2]])
    R(tf.ragged.constant([[1],[2,3]]),m)
    R([[1]],m)
    U(3)
    U('a')
    U([1])
    U(1.5)
    U(tf.constant(1))
    Sub([1],[True])
    Sub([1],[True],extra=7)
    tf.type_spec_from_value(m)
    M.Spec(tf.TensorSpec([3]),tf.TensorSpec([3],tf.bool))
    M.Spec(values=tf.TensorSpec([3],tf.int32),mask=tf.TensorSpec([3],tf.bool)).values
    M.Spec(values=tf.TensorSpec([3],tf.int32),mask=tf.TensorSpec([3],tf.bool))==tf.type_spec_from_value(m)
    M.Spec(values=tf.TensorSpec([None],tf.int32),mask=tf.TensorSpec([None],tf.bool)).is_compatible_with(m)
    tf.type_spec_from_value(n)
    M.Spec.from_value(m)
    tf.nest.flatten(m,expand_composites=True)
    tf.nest.flatten(N([1.0],t=([1],[2.0]),d={'b':[1],'a':[2]}),expand_composites=True)
    tf.nest.map_structure(lambda x:x,m,expand_composites=True)
    tf.nest.flatten(m)
    tf.is_tensor(m)
    tf.abs(m)
    m.values+1
    tf.add(m,1)
    tf.add(tf.constant([1,2,3]),m)
    tf.stack([m,m])
    tf.stack([m,tf.constant([1])])
    tf.shape(m)
    tf.reduce_sum(m)
    tf.math.reduce_sum(m,axis=0)
    tf.reduce_max(m)
    tf.sqrt(M([4.],[True]))
    tf.cast(m,tf.float32)
    tf.nn.relu(m)
    tf.zeros_like(m)
    tf.concat([m,m],0)
    tf.function(lambda x:M(x.values*2,x.mask))(m)
    tf.function(lambda x:x.with_default(9))(m)
    tf.function(lambda x:x,input_signature=[M.Spec(tf.TensorSpec([None],tf.int32),tf.TensorSpec([None],tf.bool))])(m)
    tf.cond(tf.constant(True),lambda:m,lambda:M(m.values+1,m.mask))
    tf.abs(m)
    tf.experimental.ExtensionType()
    tf.type_spec_from_value(b)
    isinstance(m,E.ExtensionType)
    m._type_spec
    setattr(m,'values',3)
    delattr(m,'values')
    m.foo
    setattr(m,'foo',3)
    """,
    values,
)


@pytest.mark.parametrize("text", BAD)
def test_what_cannot_be(text):
    import tensorflow

    import tfjax

    errors = []
    for library in (tfjax, tensorflow):
        scope = values(library)
        try:
            run(text, scope)
        except Exception as error:
            errors.append((type(error).__name__, str(error)))
    assert len(errors) == 2
    assert errors[0] == errors[1]
