/**
 * A frame's bytes, written as SPEC F1 says and by nobody's encoder.
 */

/** @internal 0x01, the length of the body in four bytes, the least first, and the body. */
export function framed(body: Uint8Array): Uint8Array {
  return Uint8Array.of(...headerOf(body.length), ...body)
}

/** @internal The five bytes in front of a body of that many bytes. */
export function headerOf(bodyBytes: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(5))
  header.setUint8(0, 0x01)
  header.setUint32(1, bodyBytes, true)
  return new Uint8Array(header.buffer)
}

/** @internal The part of a frame in which a stream of that many of its bytes ends (SPEC F5). */
export function partAfter(bytes: number): 'framing byte' | 'body length header' | 'frame body' {
  if (bytes === 0) return 'framing byte'
  return bytes < 5 ? 'body length header' : 'frame body'
}
