// Generated from proto/broker_v1.proto by proto/generate.mjs: change those, not this.

/**
 * What a frame is for. An open enum: a number not listed here is kept as it came (SPEC W4).
 *
 * @category model
 * @since 0.1.0
 */
export const FrameKind = {
  /** Asks for an answer. The number 0, so a frame that says nothing is a request. */
  FRAME_KIND_REQUEST: 0,
  /** Answers the request with the same request_id. */
  FRAME_KIND_RESPONSE: 1,
  /** Tells something nobody asked for. */
  FRAME_KIND_EVENT: 2,
  /** Withdraws the request with the same request_id. */
  FRAME_KIND_CANCEL: 3,
} as const

/**
 * How a frame's payload is compressed. A Hello never is. An open enum: a number not listed here is kept as it came (SPEC W4).
 *
 * @category model
 * @since 0.1.0
 */
export const PayloadEncoding = {
  /** Not compressed. */
  PAYLOAD_ENCODING_NONE: 0,
  /** Zstandard. */
  PAYLOAD_ENCODING_ZSTD: 1,
  /** Snappy. */
  PAYLOAD_ENCODING_SNAPPY: 2,
  /** LZ4. */
  PAYLOAD_ENCODING_LZ4: 3,
} as const

/**
 * Why a broker said no. An open enum: a number not listed here is kept as it came (SPEC W4).
 *
 * @category model
 * @since 0.1.0
 */
export const ErrorCode = {
  /** Never sent by a v1 broker. */
  ERROR_CODE_UNSPECIFIED: 0,
  /** No protocol or envelope version in common. */
  ERROR_VERSION_UNSUPPORTED: 1,
  /** No such service. */
  ERROR_SERVICE_UNKNOWN: 2,
  /** The service could not be started. */
  ERROR_BACKEND_SPAWN_FAILED: 3,
  /** Too many requests; see retry_after_ms. */
  ERROR_RATE_LIMITED: 4,
  /** The broker is going away. Never sent by a v1 broker. */
  ERROR_SHUTTING_DOWN: 5,
  /** The request itself is at fault. */
  ERROR_PEER_REJECTED: 6,
  /** The broker is at fault. */
  ERROR_INTERNAL: 7,
  /** The service's version policy does not allow the wanted version. */
  ERROR_VERSION_BLOCKED: 8,
  /** The broker is short of file descriptors. */
  ERROR_FD_PRESSURE: 9,
} as const

/**
 * Which broker looks after a service. An open enum: a number not listed here is kept as it came (SPEC W4).
 *
 * @category model
 * @since 0.1.0
 */
export const BrokerIsolation = {
  /** One broker for this service alone. */
  PRIVATE_BROKER: 0,
  /** One broker for many services. */
  SHARED_BROKER: 1,
  /** A broker instance named by the service. */
  EXPLICIT_INSTANCE: 2,
} as const
