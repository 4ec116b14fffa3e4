/**
 * What is left of a stream that nobody will read on.
 */
import * as Framing from '../wire/Framing.js'

/** @internal A stream of which nothing is kept, and to which nothing is added. */
export const NOTHING_KEPT: Framing.Framing = Object.freeze(Framing.pushEnd(Framing.framing()))
