/**
 * The first fields of a reply, encoded once: they are the same for every client of one backend, and for
 * every refusal of one kind.
 *
 * **State** two tables of heads, by the text that tells them apart. What stands in them changes how long a
 * call takes, never what it gives; each holds at most 1 024 heads, and begins anew when it is full.
 *
 * **Laws**
 *  1. A head is what the message's encoding begins with: all of it but the fields that `ReplyFrame` writes.
 *  2. It depends on texts and numbers alone, so nothing that a caller changes later can make it wrong.
 *
 * Heads are shared: they must not be written to, and never leave the floor.
 */
import { encodeNegotiated, type Negotiated, negotiated } from './messages/Negotiated.js'
import { encodeRefused, type Refused, refused } from './messages/Refused.js'

interface NegotiatedHead extends Pick<Negotiated, 'daemonVersion' | 'negotiatedProtocol'> {
  readonly bytes: Uint8Array
}

interface RefusedHead extends Pick<Refused, 'code' | 'daemonMaxProtocol' | 'daemonMinProtocol'> {
  readonly bytes: Uint8Array
}

const HEADS_MAX = 1_024

const byPipe = new Map<string, NegotiatedHead>()
const byReason = new Map<string, RefusedHead>()

/** @internal Protocol, daemon version, pipe and warnings. */
export function negotiatedHead({ negotiatedProtocol, daemonVersion, backendPipe, warnings }: Negotiated): Uint8Array {
  const known = byPipe.get(backendPipe)
  const isKnown = known !== undefined && known.daemonVersion === daemonVersion
    && known.negotiatedProtocol === negotiatedProtocol && warnings.length === 0
  if (isKnown) return known.bytes
  const bytes = encodeNegotiated(negotiated({ negotiatedProtocol, daemonVersion, backendPipe, warnings }))
  if (warnings.length === 0) keep(byPipe, backendPipe, { negotiatedProtocol, daemonVersion, bytes })
  return bytes
}

/** @internal Reason, protocols, code and details. */
export function refusedHead({ reason, daemonMinProtocol, daemonMaxProtocol, code, details }: Refused): Uint8Array {
  const known = byReason.get(reason)
  const isKnown = known !== undefined && known.code === code && known.daemonMinProtocol === daemonMinProtocol
    && known.daemonMaxProtocol === daemonMaxProtocol && details.size === 0
  if (isKnown) return known.bytes
  const bytes = encodeRefused(refused({ reason, daemonMinProtocol, daemonMaxProtocol, code, details }))
  if (details.size === 0) keep(byReason, reason, { daemonMinProtocol, daemonMaxProtocol, code, bytes })
  return bytes
}

function keep<H>(heads: Map<string, H>, text: string, head: H): void {
  if (heads.size >= HEADS_MAX) heads.clear()
  heads.set(text, head)
}
