"""Clusters and their servers as protocol buffers, with TensorFlow's field names and numbers."""

from __future__ import annotations

from tfjax._src.io.messages import build

# Of ConfigProto the fields that programs set; others survive as unknown fields.
_SCHEMA = """
JobDef: 1 name string; 2 tasks <int32,string
ClusterDef: 1 job *JobDef
TaskDeviceFilters: 1 device_filters *string
JobDeviceFilters: 1 name string; 2 tasks <int32,TaskDeviceFilters
ClusterDeviceFilters: 1 jobs *JobDeviceFilters
GPUOptions: 1 per_process_gpu_memory_fraction double; 4 allow_growth bool; 2 allocator_type string; 3 deferred_deletion_bytes int64; 5 visible_device_list string; 6 polling_active_delay_usecs int32; 7 polling_inactive_delay_msecs int32; 8 force_gpu_compatible bool
ThreadPoolOptionProto: 1 num_threads int32; 2 global_name string
OptimizerOptions: 1 do_common_subexpression_elimination bool; 2 do_constant_folding bool; 6 max_folded_constant_in_bytes int64; 4 do_function_inlining bool; 3 opt_level int32; 5 global_jit_level int32; 7 cpu_global_jit bool
GraphOptions: 2 enable_recv_scheduling bool; 3 optimizer_options OptimizerOptions; 4 build_cost_model int64; 9 build_cost_model_after int64; 5 infer_shapes bool; 6 place_pruned_graph bool; 7 enable_bfloat16_sendrecv bool; 8 timeline_step int32
RPCOptions: 1 use_rpc_for_inprocess_master bool; 2 compression_algorithm string; 3 compression_level int32; 4 cache_rpc_response bool; 5 disable_session_connection_sharing bool; 6 num_channels_per_target int32
ConfigProto: 1 device_count <string,int32; 2 intra_op_parallelism_threads int32; 5 inter_op_parallelism_threads int32; 9 use_per_session_threads bool; 12 session_inter_op_thread_pool *ThreadPoolOptionProto; 3 placement_period int32; 4 device_filters *string; 6 gpu_options GPUOptions; 18 pluggable_device_options GPUOptions; 7 allow_soft_placement bool; 8 log_device_placement bool; 10 graph_options GraphOptions; 11 operation_timeout_in_ms int64; 13 rpc_options RPCOptions; 14 cluster_def ClusterDef; 15 isolate_session_state bool; 17 share_cluster_devices_in_session bool
ServerDef: 1 cluster ClusterDef; 2 job_name string; 8 replica int32; 3 task_index int32; 4 default_session_config ConfigProto; 5 protocol string; 6 port int32; 7 cluster_device_filters ClusterDeviceFilters
"""

_classes = build(_SCHEMA, "tensorflow")

JobDef, ClusterDef, ServerDef = (_classes[n] for n in ("JobDef", "ClusterDef", "ServerDef"))
JobDeviceFilters, TaskDeviceFilters = _classes["JobDeviceFilters"], _classes["TaskDeviceFilters"]
ConfigProto, ClusterDeviceFilters = _classes["ConfigProto"], _classes["ClusterDeviceFilters"]
EXPORTS = {
    "train.ClusterDef": "ClusterDef",
    "train.JobDef": "JobDef",
    "train.ServerDef": "ServerDef",
}
