/**
 * The Hello to measure with, the service that answers it, and others beside it.
 *
 * All are made by the package's own encoder and handed over as `Buffer`s, which is what a socket gives.
 */
import { encodeFrame, encodeFramed, encodeHello, frame, hello } from 'hello-negotiation/wire'
import { prng } from './lib/prng.mjs'

/** The kernel-verified peer that says it. */
export const PID = 4_242

/** The service that is asked for, in the words of `parsePolicy`. */
export const SERVICE = {
  serviceName: 'zccache',
  minVersion: '1.10.0',
  versionAllowList: ['1.11.20'],
  daemonVersion: '1.11.20',
  backendPipe: '/run/user/1000/rpb.sock',
  serverCapabilities: 1,
}

/** Limits that count every Hello and refuse none: a benchmark says more than 256 a second. */
export const UNREACHED_LIMIT = { maxPerWindow: 0xffff_ffff, windowMs: 1_000 }

const HELLO = {
  clientMinProtocol: 1,
  clientMaxProtocol: 1,
  serviceName: 'zccache',
  wantedVersion: '1.11.20',
  clientVersion: 'zccache-cli/1.11.20',
  requestId: 'req-1',
  clientLibName: 'running-process',
  clientLibVersion: '4.0.3',
  clientKeepaliveSecs: 60n,
}

const FRAME = {
  envelopeVersion: 1,
  requestId: 7n,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'vendor=value',
}

/** Asks for a handoff token. */
export const WITH_TOKEN = { clientCapabilities: 1n }

/** A framed Hello: the usual one, but for the fields given. */
export function framedHello(helloFields = {}, frameFields = {}) {
  return framedPayload(encodeHello(hello({ ...HELLO, ...helloFields })), frameFields)
}

/** A frame around any payload. */
export function framedPayload(payload, frameFields = {}) {
  const framed = encodeFramed(encodeFrame(frame({ ...FRAME, payload, ...frameFields })))
  if (framed._tag === 'Left') throw new Error('a Hello fits in a frame')
  return Buffer.from(framed.right)
}

/** A framed Hello whose frame body has exactly `bodyBytes` bytes, by a request id that long: it has no cap (SPEC H8). */
export function helloOfBodyBytes(bodyBytes) {
  const spare = bodyBytes - (framedHello({ requestId: '' }).length - HEADER_BYTES)
  // The lengths written before the padding grow with it, so the first guess is too long by a few bytes.
  for (let padding = spare; padding > 0; padding -= 1) {
    const framed = framedHello({ requestId: 'r'.repeat(padding) })
    if (framed.length - HEADER_BYTES === bodyBytes) return framed
  }
  throw new Error(`no Hello has a body of ${bodyBytes} bytes`)
}

const HEADER_BYTES = 5
const VARIED_COUNT = 256
const NON_ASCII_SHARE = 1 / 16
const VARIED_SERVICES = ['zccache', 'clud', 'fbuild', 'a-service-with-a-rather-long-name-00', 'x']

/** Services of which varied Hellos ask. */
export const SERVICES = VARIED_SERVICES.map((serviceName, i) => ({
  ...SERVICE,
  serviceName,
  // One service lets every version pass, one has a floor alone, the others list what they serve.
  minVersion: i === 1 ? '' : SERVICE.minVersion,
  versionAllowList: i < 2 ? [] : ['1.11.20', '1.12.0', '2.0.1-rc.1'],
  daemonVersion: `1.${11 + i}.20`,
  backendPipe: `/run/user/${1_000 + i}/${serviceName}.sock`,
}))

/**
 * Varied Hellos and who says them, all of which are negotiated: random trace ids and request ids, several
 * services, versions, clients and peers; some with text that is not ASCII. The same ones every time.
 *
 * @returns {ReadonlyArray<{ readonly bytes: Buffer, readonly pid: number }>}
 */
export function variedHellos(fields = {}) {
  const random = prng(0x48656c6c)
  const pick = (items) => items[Math.floor(random() * items.length)]
  const hex = (digits) => Array.from({ length: digits }, () => pick('0123456789abcdef')).join('')
  return Array.from({ length: VARIED_COUNT }, () => {
    const client = random() < NON_ASCII_SHARE ? 'übersetzer' : pick(['zccache-cli', 'clud', 'fbuild'])
    const bytes = framedHello({
      serviceName: pick(VARIED_SERVICES),
      wantedVersion: pick(['1.11.20', '1.12.0', '2.0.1-rc.1']),
      clientVersion: `${client}/${pick(['1.11.20', '4.0.3', '0.9.0-rc.1'])}`,
      requestId: `req-${hex(Math.floor(random() * 12))}`,
      clientLibVersion: pick(['4.0.3', '4.1.0', '3.9.12-beta.2']),
      clientKeepaliveSecs: BigInt(Math.floor(random() * 4_000)),
      ...fields,
    }, {
      requestId: BigInt(Math.floor(random() * 2 ** 40)),
      traceparent: `00-${hex(32)}-${hex(16)}-01`,
      tracestate: pick(['', 'vendor=value', `congo=t61rcWkgMzE,rojo=${hex(16)}`]),
    })
    return { bytes, pid: 1 + Math.floor(random() * 64) }
  })
}
