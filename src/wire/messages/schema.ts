// Generated from proto/broker_v1.proto by proto/generate.mjs: change those, not this.

/**
 * The names of the messages of SPEC §0.
 *
 * @category model
 * @since 0.1.0
 */
export type MessageName =
  | 'Frame'
  | 'Hello'
  | 'Negotiated'
  | 'Refused'
  | 'HelloReply'
  | 'HandoffOffer'
  | 'HandoffAck'
  | 'ServiceDefinition'

/**
 * One field of a message: its number, its name in the .proto file, what it holds, and its wire type.
 *
 * @category model
 * @since 0.1.0
 */
export interface FieldSchema {
  readonly number: number
  readonly name: string
  readonly kind: 'uint32' | 'uint64' | 'enum' | 'bool' | 'bytes' | 'string' | 'strings' | 'map' | 'message'
  readonly wireType: number
  /** The enum or message it holds. */
  readonly of?: string
}

/**
 * The fields of each message, in ascending order of their numbers (SPEC §0).
 *
 * @category constants
 * @since 0.1.0
 */
export const SCHEMA: Readonly<Record<MessageName, ReadonlyArray<FieldSchema>>> = {
  Frame: [
    { number: 1, name: 'envelope_version', kind: 'uint32', wireType: 0 },
    { number: 2, name: 'kind', kind: 'enum', wireType: 0, of: 'FrameKind' },
    { number: 3, name: 'payload_protocol', kind: 'uint32', wireType: 0 },
    { number: 4, name: 'payload', kind: 'bytes', wireType: 2 },
    { number: 5, name: 'request_id', kind: 'uint64', wireType: 0 },
    { number: 6, name: 'payload_encoding', kind: 'enum', wireType: 0, of: 'PayloadEncoding' },
    { number: 7, name: 'deadline_unix_ms', kind: 'uint64', wireType: 0 },
    { number: 8, name: 'traceparent', kind: 'string', wireType: 2 },
    { number: 9, name: 'tracestate', kind: 'string', wireType: 2 },
  ],
  Hello: [
    { number: 1, name: 'client_min_protocol', kind: 'uint32', wireType: 0 },
    { number: 2, name: 'client_max_protocol', kind: 'uint32', wireType: 0 },
    { number: 3, name: 'service_name', kind: 'string', wireType: 2 },
    { number: 4, name: 'wanted_version', kind: 'string', wireType: 2 },
    { number: 5, name: 'client_version', kind: 'string', wireType: 2 },
    { number: 6, name: 'client_capabilities', kind: 'uint64', wireType: 0 },
    { number: 7, name: 'auth_token', kind: 'bytes', wireType: 2 },
    { number: 8, name: 'request_id', kind: 'string', wireType: 2 },
    { number: 9, name: 'connection_id', kind: 'uint64', wireType: 0 },
    { number: 10, name: 'peer_pid', kind: 'uint32', wireType: 0 },
    { number: 11, name: 'client_lib_name', kind: 'string', wireType: 2 },
    { number: 12, name: 'client_lib_version', kind: 'string', wireType: 2 },
    { number: 13, name: 'peer_attestation_nonce', kind: 'bytes', wireType: 2 },
    { number: 14, name: 'capability_token', kind: 'bytes', wireType: 2 },
    { number: 15, name: 'client_keepalive_secs', kind: 'uint64', wireType: 0 },
  ],
  Negotiated: [
    { number: 1, name: 'negotiated_protocol', kind: 'uint32', wireType: 0 },
    { number: 2, name: 'daemon_version', kind: 'string', wireType: 2 },
    { number: 3, name: 'backend_pipe', kind: 'string', wireType: 2 },
    { number: 4, name: 'warnings', kind: 'strings', wireType: 2 },
    { number: 5, name: 'server_capabilities', kind: 'uint64', wireType: 0 },
    { number: 6, name: 'keepalive_interval_secs', kind: 'uint64', wireType: 0 },
    { number: 7, name: 'handle_passed_token', kind: 'bytes', wireType: 2 },
    { number: 8, name: 'connection_id', kind: 'uint64', wireType: 0 },
  ],
  Refused: [
    { number: 1, name: 'reason', kind: 'string', wireType: 2 },
    { number: 2, name: 'daemon_min_protocol', kind: 'uint32', wireType: 0 },
    { number: 3, name: 'daemon_max_protocol', kind: 'uint32', wireType: 0 },
    { number: 4, name: 'code', kind: 'enum', wireType: 0, of: 'ErrorCode' },
    { number: 5, name: 'details', kind: 'map', wireType: 2 },
    { number: 6, name: 'retry_after_ms', kind: 'uint64', wireType: 0 },
  ],
  HelloReply: [
    { number: 1, name: 'negotiated', kind: 'message', wireType: 2, of: 'Negotiated' },
    { number: 2, name: 'refused', kind: 'message', wireType: 2, of: 'Refused' },
  ],
  HandoffOffer: [
    { number: 1, name: 'handle_value', kind: 'uint64', wireType: 0 },
    { number: 2, name: 'token', kind: 'bytes', wireType: 2 },
    { number: 3, name: 'service_name', kind: 'string', wireType: 2 },
    { number: 4, name: 'correlation_id', kind: 'uint64', wireType: 0 },
  ],
  HandoffAck: [
    { number: 1, name: 'token', kind: 'bytes', wireType: 2 },
    { number: 2, name: 'accepted', kind: 'bool', wireType: 0 },
    { number: 3, name: 'error_detail', kind: 'string', wireType: 2 },
    { number: 4, name: 'correlation_id', kind: 'uint64', wireType: 0 },
  ],
  ServiceDefinition: [
    { number: 1, name: 'service_name', kind: 'string', wireType: 2 },
    { number: 2, name: 'binary_path', kind: 'string', wireType: 2 },
    { number: 3, name: 'isolation', kind: 'enum', wireType: 0, of: 'BrokerIsolation' },
    { number: 4, name: 'explicit_instance', kind: 'string', wireType: 2 },
    { number: 5, name: 'per_version_binary_dir', kind: 'string', wireType: 2 },
    { number: 6, name: 'min_version', kind: 'string', wireType: 2 },
    { number: 7, name: 'version_allow_list', kind: 'strings', wireType: 2 },
    { number: 8, name: 'labels', kind: 'map', wireType: 2 },
  ],
}
