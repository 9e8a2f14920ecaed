"""The protocol buffers of SavedModels, checkpoints and their object graphs.

`SCHEMA` (its notation: `io/messages.py`) lists the messages with TensorFlow's field names and numbers,
so that files interchange; fields that nothing here reads or writes are left out (they survive as
unknown fields). Most enums are int32, which is the same on the wire.
"""

from __future__ import annotations

from typing import Any

from tfjax._src.io.messages import build
from tfjax._src.io.protos import DATA_TYPE

SCHEMA = """
SavedModel: 1 saved_model_schema_version int64; 2 meta_graphs *MetaGraphDef
MetaGraphDef: 1 meta_info_def MetaInfoDef; 2 graph_def GraphDef; 3 saver_def SaverDef; 5 signature_def <string,SignatureDef; 6 asset_file_def *AssetFileDef; 7 object_graph_def SavedObjectGraph
MetaInfoDef: 1 meta_graph_version string; 4 tags *string; 5 tensorflow_version string; 7 stripped_default_attrs bool
AssetFileDef: 1 tensor_info TensorInfo; 2 filename string
SaverDef: 1 filename_tensor_name string; 2 save_tensor_name string; 3 restore_op_name string; 7 version int32
SignatureDef: 1 inputs <string,TensorInfo; 2 outputs <string,TensorInfo; 3 method_name string
TensorInfo: 1 name encoding/string; 2 dtype int32; 3 tensor_shape TensorShapeProto
GraphDef: 1 node *NodeDef; 4 versions VersionDef; 2 library FunctionDefLibrary
NodeDef: 1 name string; 2 op string; 3 input *string; 4 device string; 5 attr <string,AttrValue
VersionDef: 1 producer int32; 2 min_consumer int32
FunctionDefLibrary: 1 function *FunctionDef
FunctionDef: 1 signature OpDef; 5 attr <string,AttrValue; 3 node_def *NodeDef; 4 ret <string,string; 6 control_ret <string,string
OpDef: 1 name string; 2 input_arg *ArgDef; 3 output_arg *ArgDef; 20 control_output *string; 17 is_stateful bool
ArgDef: 1 name string; 3 type int32; 7 handle_data *DtypeAndShape
DtypeAndShape: 1 dtype int32; 2 shape TensorShapeProto
TensorShapeProto: 2 dim *Dim; 3 unknown_rank bool
Dim: 1 size int64; 2 name string
AttrValue: 2 s value/bytes; 3 i value/int64; 4 f value/float; 5 b value/bool; 6 type value/int32; 7 shape value/TensorShapeProto; 8 tensor value/TensorProto; 1 list value/AttrList; 10 func value/NameAttrList; 9 placeholder value/string
AttrList: 2 s *bytes; 3 i *int64; 4 f *float; 5 b *bool; 6 type *int32; 7 shape *TensorShapeProto; 8 tensor *TensorProto; 9 func *NameAttrList
NameAttrList: 1 name string; 2 attr <string,AttrValue
TensorProto: 1 dtype int32; 2 tensor_shape TensorShapeProto; 4 tensor_content bytes; 13 half_val *int32; 5 float_val *float; 6 double_val *double; 7 int_val *int32; 8 string_val *bytes; 10 int64_val *int64; 11 bool_val *bool; 16 uint32_val *uint32; 17 uint64_val *uint64
SavedObjectGraph: 1 nodes *SavedObject; 2 concrete_functions <string,SavedConcreteFunction
SavedObject: 1 children *ObjectReference; 15 dependencies *ObjectReference; 4 user_object kind/SavedUserObject; 5 asset kind/SavedAsset; 6 function kind/SavedFunction; 7 variable kind/SavedVariable; 8 bare_concrete_function kind/SavedBareConcreteFunction; 9 constant kind/SavedConstant; 10 resource kind/SavedResource
ObjectReference: 1 node_id int32; 2 local_name string
SavedUserObject: 1 identifier string; 2 version VersionDef; 3 metadata string
SavedAsset: 1 asset_file_def_index int32
SavedFunction: 1 concrete_functions *string; 2 function_spec FunctionSpec
FunctionSpec: 1 fullargspec StructuredValue; 2 is_method bool; 5 input_signature StructuredValue; 6 jit_compile int32
SavedVariable: 1 dtype int32; 2 shape TensorShapeProto; 3 trainable bool; 6 name string
SavedBareConcreteFunction: 1 concrete_function_name string; 2 argument_keywords *string; 3 allowed_positional_arguments int64; 4 function_spec FunctionSpec
SavedConstant: 1 operation string
SavedResource: 1 device string
SavedConcreteFunction: 2 bound_inputs *int32; 3 canonicalized_input_signature StructuredValue; 4 output_signature StructuredValue
StructuredValue: 1 none_value kind/NoneValue; 11 float64_value kind/double; 12 int64_value kind/sint64; 13 string_value kind/string; 14 bool_value kind/bool; 31 tensor_shape_value kind/TensorShapeProto; 32 tensor_dtype_value kind/=DataType; 33 tensor_spec_value kind/TensorSpecProto; 34 type_spec_value kind/TypeSpecProto; 51 list_value kind/ListValue; 52 tuple_value kind/TupleValue; 53 dict_value kind/DictValue; 54 named_tuple_value kind/NamedTupleValue
NoneValue:
TensorSpecProto: 1 name string; 2 shape TensorShapeProto; 3 dtype =DataType
TypeSpecProto: 1 type_spec_class =TypeSpecClass; 2 type_state StructuredValue; 3 type_spec_class_name string; 4 num_flat_components int32
SerializedDType: 1 datatype =DataType
ListValue: 1 values *StructuredValue
TupleValue: 1 values *StructuredValue
DictValue: 1 fields <string,StructuredValue
NamedTupleValue: 1 name string; 2 values *PairValue
PairValue: 1 key string; 2 value StructuredValue
TrackableObjectGraph: 1 nodes *TrackableObject
TrackableObject: 1 children *ObjectReference; 2 attributes *SerializedTensor; 3 slot_variables *SlotVariableReference
SerializedTensor: 1 name string; 2 full_name string; 3 checkpoint_key string
SlotVariableReference: 1 original_variable_node_id int32; 2 slot_name string; 3 slot_variable_node_id int32
BundleHeaderProto: 1 num_shards int32; 2 endianness int32; 3 version VersionDef
BundleEntryProto: 1 dtype int32; 2 shape TensorShapeProto; 3 shard_id int32; 4 offset int64; 5 size int64; 6 crc32c fixed32; 7 slices *TensorSliceProto
TensorSliceProto: 1 extent *Extent
Extent: 1 start int64; 2 length has_length/int64
"""

#: The enum TypeSpecClass: the specs that files may hold.
SPEC_CLASSES = {
    "UNKNOWN": 0, "SPARSE_TENSOR_SPEC": 1, "INDEXED_SLICES_SPEC": 2, "RAGGED_TENSOR_SPEC": 3,
    "TENSOR_ARRAY_SPEC": 4, "DATA_DATASET_SPEC": 5, "DATA_ITERATOR_SPEC": 6, "OPTIONAL_SPEC": 7,
    "PER_REPLICA_SPEC": 8, "VARIABLE_SPEC": 9, "ROW_PARTITION_SPEC": 10,
    "REGISTERED_TYPE_SPEC": 12, "EXTENSION_TYPE_SPEC": 13,
}  # fmt: skip

_classes = build(SCHEMA, "tfjax.saved_model", {"DataType": DATA_TYPE, "TypeSpecClass": SPEC_CLASSES})


def __getattr__(name: str) -> Any:
    try:
        return _classes[name]
    except KeyError:
        raise AttributeError(f"There is no message {name}.") from None
