/**
 * The steps of a negotiation in their order, and what each refuses, by the tags of the library's own errors.
 */
export const STAGES = [
  {
    name: 'Framing', does: 'A first byte, a length, a body of at most 64 KiB, in time', spec: 'F1–F8, C4, C7',
    refuses: ['UnsupportedFraming', 'BodyTooLarge', 'UnexpectedEnd', 'HelloDeadlineExceeded'],
  },
  {
    name: 'Envelope', does: 'A Frame of this version, that is a request, for the broker, not compressed', spec: 'E1–E4, C4',
    refuses: ['MalformedFrame', 'UnsupportedEnvelopeVersion', 'UnexpectedFrameKind', 'UnexpectedPayloadProtocol', 'CompressedPayload'],
  },
  { name: 'Hello', does: 'The payload is a Hello', spec: 'E5', refuses: ['MalformedHello'] },
  {
    name: 'Shape', does: 'Protocol range, names, lengths, the claimed pid', spec: 'H1–H7',
    refuses: [
      'ProtocolRangeExcludesV1', 'InvalidServiceName', 'InvalidWantedVersion', 'ClientVersionTooLong', 'ClientLibTooLong', 'PeerPidMismatch',
    ],
  },
  { name: 'Rate limit', does: 'So many Hellos a second from one process', spec: 'R1–R6', refuses: ['RateLimited'] },
  { name: 'Service', does: 'A backend is registered under that name', spec: 'L1', refuses: ['UnknownService'] },
  {
    name: 'Version', does: 'The wanted version is not too old, and is on the list if there is one', spec: 'V1–V4',
    refuses: ['BelowMinVersion', 'OutsideAllowList'],
  },
  {
    name: 'Session', does: 'The session token, where sessions are configured', spec: 'K1–K3',
    refuses: ['MalformedSessionToken', 'BrokerRestarted', 'DaemonNotRegistered', 'DaemonRestarted'],
  },
  { name: 'Token', does: 'One-time token for a handoff, where the client can take one', spec: 'T1–T3, N6–N8', refuses: [] },
  { name: 'Reply', does: 'One frame, and the end', spec: 'N1–N7, E7, C3', refuses: [] },
]

/** What a stage says that refuses nothing. */
const SAYS = {
  Token: ({ handoff }) => ({ Granted: 'granted', Withheld: 'withheld' })[handoff._tag] ?? 'not asked for',
  Reply: () => 'sent',
}

/**
 * How far an outcome came: each stage as `passed`, `refused`, `skipped` or `unreached`. Without an outcome none is reached; a stage that is
 * not configured has passed nobody.
 */
export function progress(outcome, broker = { hasSessions: false }) {
  if (outcome === undefined) return STAGES.map((stage) => ({ ...stage, is: 'unreached' }))
  const tag = outcome._tag === 'Refused' ? outcome.error._tag : undefined
  const refusing = tag === undefined ? -1 : STAGES.findIndex(({ refuses }) => refuses.includes(tag))
  return STAGES.map((stage, i) => {
    if (refusing >= 0 && stage.name === 'Reply') return { ...stage, is: 'passed', says: 'sent' }
    if (stage.name === 'Session' && !broker.hasSessions && refusing < 0) return { ...stage, is: 'skipped', says: 'not configured' }
    if (refusing < 0) return { ...stage, is: 'passed', says: SAYS[stage.name]?.(outcome) }
    return { ...stage, is: i < refusing ? 'passed' : i === refusing ? 'refused' : 'unreached' }
  })
}
