/**
 * What holds of everything that a client says, whatever it meets: judged over all its Hellos (SPEC F1, F3, C3, E1–E5,
 * H1–H6).
 */
import * as E from 'fp-ts/lib/Either.js'
import { describeError } from '../../../negotiate/Refusal.js'
import { UNVERIFIED_PEER } from '../../../data/PeerIdentity.js'
import { checkEnvelope, HELLO_ENVELOPE } from '../../../step/Envelope.js'
import { checkShape } from '../../../step/HelloShape.js'
import * as Framing from '../../../wire/Framing.js'
import { describeFramingError } from '../../../wire/FramingError.js'
import { describeDecodeError } from '../../../wire/DecodeError.js'
import { decodeFrame, type Frame } from '../../../wire/messages/Frame.js'
import { decodeHello } from '../../../wire/messages/Hello.js'
import { type CaseHead, head } from '../ConformanceCase.js'
import { AGREED, type Differed, type Finding, notShown } from '../Finding.js'
import type { ClientCall } from './ClientTrial.js'
import { frameIn, framingOf, helloIn } from './readCall.js'

/** @internal A law, and what it finds of one call; nothing where the call is none of its business. */
export interface ClientLaw extends CaseHead {
  readonly find: (call: ClientCall) => Finding | undefined
}

/** @internal */
export const CLIENT_LAWS: ReadonlyArray<ClientLaw> = [
  law(head('request-framing', 'F1 F3', 'a request is one frame of at most 64 KiB'), (call, rows) => {
    const { value } = framingOf(call)
    if (value._tag === 'FrameBody') return AGREED
    return found(call, rows, 'a whole frame', value._tag === 'FramingFailed' ? describeFramingError(value.error) : 'less')
  }),
  law(head('request-alone', 'C3', 'nothing comes behind the Hello before there is an answer'), (call, rows) => {
    const { state, value } = framingOf(call)
    const behind = value._tag === 'FrameBody' ? Framing.remainder(state).length : 0
    return behind === 0 ? AGREED : found(call, rows, 'one frame and no more', `${behind} bytes behind it`)
  }),
  law(head('request-envelope', 'E1 E2 E3 E4', 'a request has the envelope of a Hello'), (call, rows) => {
    const frame = frameIn(call)
    const checked = frame === undefined ? undefined : checkEnvelope(frame, HELLO_ENVELOPE)
    if (checked?._tag === 'Left') return found(call, rows, 'the envelope of a Hello', describeError(checked.left))
    return agreedWhere(checked)
  }),
  law(head('request-hello', 'C4 E5', 'the body is a Frame, and its payload a Hello'), (call, rows) => {
    const { value } = framingOf(call)
    if (value._tag !== 'FrameBody') return undefined
    const hello = E.chain(({ payload }: Frame) => decodeHello(payload))(decodeFrame(value.body))
    return hello._tag === 'Left' ? found(call, rows, 'a Hello in a Frame', describeDecodeError(hello.left)) : AGREED
  }),
  law(head('request-shape', 'H1 H2 H3 H4 H5', 'the Hello has the shape of one'), (call, rows) => {
    const hello = helloIn(call)
    const shaped = hello === undefined ? undefined : checkShape(hello, UNVERIFIED_PEER)
    if (shaped?._tag === 'Left') return found(call, rows, 'a Hello of the right shape', describeError(shaped.left))
    return agreedWhere(shaped)
  }),
  law(head('request-pid', 'H6', 'the Hello claims no pid but the client’s own'), (call, rows) => {
    const claimed = helloIn(call)?.peerPid
    if (claimed === undefined) return undefined
    if (call.peerPid === 0) return notShown('the system does not tell who called')
    const isTrue = claimed === 0 || claimed === call.peerPid
    return isTrue ? AGREED : found(call, rows, `peer_pid 0 or ${call.peerPid}`, `peer_pid ${claimed}`)
  }),
]

/** Where the broker did not wait for a Hello, the client may not have come to say one. */
function law(about: CaseHead, find: (call: ClientCall, rows: ReadonlyArray<string>) => Finding | undefined): ClientLaw {
  return { ...about, find: (call) => (call.hears === 'Hello' ? find(call, about.rows) : undefined) }
}

/** What was sound so far is agreed; what could not be read so far is another law's. */
function agreedWhere(checked: object | undefined): Finding | undefined {
  return checked === undefined ? undefined : AGREED
}

function found({ bytes, told }: ClientCall, rows: ReadonlyArray<string>, expected: string, actual: string): Differed {
  return { _tag: 'Differed', what: 'a request', rows, expected, actual, sent: told, received: bytes }
}
