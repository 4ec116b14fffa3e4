import { readFileSync } from 'node:fs'
import {
  BrokerIsolation, ErrorCode, type FieldSchema, FrameKind, type MessageName, PayloadEncoding, SCHEMA,
} from 'hello-negotiation/wire'
import protobuf from 'protobufjs'
import { describe, expect, it } from 'vitest'

/** SPEC §0, said once more and by hand: what is frozen must not follow a change of the generator. */
const FROZEN: Readonly<Record<MessageName, string>> = {
  Frame: '1 uint32 envelope_version, 2 FrameKind kind, 3 uint32 payload_protocol, 4 bytes payload, 5 uint64 request_id, '
    + '6 PayloadEncoding payload_encoding, 7 uint64 deadline_unix_ms, 8 string traceparent, 9 string tracestate',
  Hello: '1 uint32 client_min_protocol, 2 uint32 client_max_protocol, 3 string service_name, 4 string wanted_version, '
    + '5 string client_version, 6 uint64 client_capabilities, 7 bytes auth_token, 8 string request_id, 9 uint64 connection_id, '
    + '10 uint32 peer_pid, 11 string client_lib_name, 12 string client_lib_version, 13 bytes peer_attestation_nonce, '
    + '14 bytes capability_token, 15 uint64 client_keepalive_secs',
  Negotiated: '1 uint32 negotiated_protocol, 2 string daemon_version, 3 string backend_pipe, 4 strings warnings, '
    + '5 uint64 server_capabilities, 6 uint64 keepalive_interval_secs, 7 bytes handle_passed_token, 8 uint64 connection_id',
  Refused: '1 string reason, 2 uint32 daemon_min_protocol, 3 uint32 daemon_max_protocol, 4 ErrorCode code, 5 map details, '
    + '6 uint64 retry_after_ms',
  HelloReply: '1 Negotiated negotiated, 2 Refused refused',
  HandoffOffer: '1 uint64 handle_value, 2 bytes token, 3 string service_name, 4 uint64 correlation_id',
  HandoffAck: '1 bytes token, 2 bool accepted, 3 string error_detail, 4 uint64 correlation_id',
  ServiceDefinition: '1 string service_name, 2 string binary_path, 3 BrokerIsolation isolation, 4 string explicit_instance, '
    + '5 string per_version_binary_dir, 6 string min_version, 7 strings version_allow_list, 8 map labels',
}

describe('the schema (SPEC §0)', () => {
  it.each(Object.entries(FROZEN))('of %s is frozen (SPEC §0)', (name, fields) => {
    const spelled = (field: FieldSchema): string => `${field.number} ${field.of ?? field.kind} ${field.name}`
    expect(SCHEMA[name as MessageName].map(spelled).join(', ')).toBe(fields)
  })

  it('tells the wire type of every kind', () => {
    const isVarint = (kind: FieldSchema['kind']): boolean => ['uint32', 'uint64', 'enum', 'bool'].includes(kind)
    const fields = Object.values(SCHEMA).flat()
    expect(fields.filter(({ kind, wireType }) => wireType !== (isVarint(kind) ? 0 : 2))).toEqual([])
  })

  it('numbers its enums as the wire does (SPEC §0)', () => {
    expect(Object.entries(FrameKind)).toEqual([
      ['FRAME_KIND_REQUEST', 0], ['FRAME_KIND_RESPONSE', 1], ['FRAME_KIND_EVENT', 2], ['FRAME_KIND_CANCEL', 3],
    ])
    expect(Object.entries(PayloadEncoding)).toEqual([
      ['PAYLOAD_ENCODING_NONE', 0], ['PAYLOAD_ENCODING_ZSTD', 1], ['PAYLOAD_ENCODING_SNAPPY', 2], ['PAYLOAD_ENCODING_LZ4', 3],
    ])
    expect(Object.entries(ErrorCode)).toEqual([
      ['ERROR_CODE_UNSPECIFIED', 0], ['ERROR_VERSION_UNSUPPORTED', 1], ['ERROR_SERVICE_UNKNOWN', 2], ['ERROR_BACKEND_SPAWN_FAILED', 3],
      ['ERROR_RATE_LIMITED', 4], ['ERROR_SHUTTING_DOWN', 5], ['ERROR_PEER_REJECTED', 6], ['ERROR_INTERNAL', 7],
      ['ERROR_VERSION_BLOCKED', 8], ['ERROR_FD_PRESSURE', 9],
    ])
    expect(Object.entries(BrokerIsolation)).toEqual([['PRIVATE_BROKER', 0], ['SHARED_BROKER', 1], ['EXPLICIT_INSTANCE', 2]])
  })

  it('reserves the numbers that are reserved (SPEC W13)', () => {
    const proto = readFileSync(new URL('../../../proto/broker_v1.proto', import.meta.url), 'utf8')
    const schema = protobuf.parse(proto).root.lookup('running_process.broker.v1') as protobuf.Namespace
    const reservedOf = (name: string): unknown => (schema.get(name) as protobuf.Type | protobuf.Enum).reserved
    const names = ['Frame', 'Hello', 'ErrorCode', 'HandoffOffer', 'HandoffAck']
    expect(Object.fromEntries(names.map((name) => [name, reservedOf(name)]))).toEqual({
      Frame: [[10, 15]], Hello: [[16, 20]], ErrorCode: [[10, 20]], HandoffOffer: [[5, 10]], HandoffAck: [[5, 10]],
    })
  })
})
