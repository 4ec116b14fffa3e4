/**
 * What a client said, as far as it can be read.
 */
import type { Step } from '../../../data/Step.js'
import * as Framing from '../../../wire/Framing.js'
import { HELLO_BODY_MAX_BYTES } from '../../../wire/Limits.js'
import { decodeFrame, type Frame } from '../../../wire/messages/Frame.js'
import { decodeHello, type Hello } from '../../../wire/messages/Hello.js'
import type { ClientCall } from './ClientTrial.js'

/** @internal What the bytes of a call are, nothing more being to come. */
export function framingOf({ bytes }: ClientCall): Step<Framing.Framing, Framing.FramingEvent> {
  return Framing.next(Framing.pushEnd(Framing.push(Framing.framing(HELLO_BODY_MAX_BYTES), bytes)))
}

/** @internal The frame of a call, if there is a whole and sound one. */
export function frameIn(call: ClientCall): Frame | undefined {
  const { value } = framingOf(call)
  const frame = value._tag === 'FrameBody' ? decodeFrame(value.body) : undefined
  return frame?._tag === 'Right' ? frame.right : undefined
}

/** @internal The Hello of a call, if there is a sound one. */
export function helloIn(call: ClientCall): Hello | undefined {
  const frame = frameIn(call)
  const hello = frame === undefined ? undefined : decodeHello(frame.payload)
  return hello?._tag === 'Right' ? hello.right : undefined
}
