import {
  FRAME_BODY_MAX_BYTES, FRAMING_VERSION, HEADER_BYTES, HELLO_BODY_MAX_BYTES, LIFECYCLE_EVENT_FLOOR_BYTES, NESTING_MAX,
  PAYLOAD_PROTOCOL_CONTROL, PROTOCOL_VERSION,
} from 'hello-negotiation/wire'
import { expect, it } from 'vitest'

it('keeps the frozen numbers of the wire (SPEC F1, F3, F10, W8, E1, E3)', () => {
  expect([FRAMING_VERSION, HEADER_BYTES]).toEqual([1, 5])
  expect([HELLO_BODY_MAX_BYTES, FRAME_BODY_MAX_BYTES]).toEqual([65_536, 16_777_216])
  expect(LIFECYCLE_EVENT_FLOOR_BYTES).toBe(512)
  expect(NESTING_MAX).toBe(100)
  expect([PROTOCOL_VERSION, PAYLOAD_PROTOCOL_CONTROL]).toEqual([1, 0])
})
