/**
 * Slow writers (the class of Slowloris, CVE-2007-6750) and slow readers: a peer that says nothing, that says it byte by
 * byte, that never reads, or that holds on.
 *
 * All of it is proven on real sockets beside the hosts, and on virtual time in the automata.
 */
import { provenElsewhere } from './provenElsewhere.js'

provenElsewhere([
  // Who writes slowly, or not at all.
  ['host/node/hostility.test.ts', 'that says nothing is refused at the deadline and dropped (SPEC C7)'],
  ['host/node/hostility.test.ts', 'that trickles does not move its deadline (SPEC C7)'],
  ['host/node/hostility.test.ts', 'is waited for where the broker\'s clock says nothing, and disturbs nobody'],
  ['host/node/sayHello.test.ts', 'gives up on who never answers'],
  ['host/node/sayHello.test.ts', 'gives up on who trickles'],
  // Who reads slowly, or not at all.
  ['host/node/hostility.test.ts', 'because the peer on %s never reads takes its token with it, at a deadline (DIV-T2)'],
  ['host/node/hostility.test.ts', 'is not one that the peer has not read yet: then the token lives, and the connection is let go'],
  ['host/node/hostility.test.ts', 'of requests that nobody reads the answers to is survived'],
  // Who holds on to what others need.
  ['host/node/hostility.test.ts', 'is no help to a peer that holds every connection and says nothing'],
  ['host/node/hostility.test.ts', 'is no help to a peer that holds every connection once it is answered'],
  ['host/node/hostility.test.ts', 'is read from no further than is good for it, and let go (SPEC C3)'],
  [
    'host/node/handoff/fallback.test.ts',
    'silent is given up at the deadline, and the client goes when its own patience ends (SPEC A1, G10)',
  ],
  // What it costs meanwhile.
  ['data/ByteQueue.test.ts', 'moves each byte a bounded number of times, whatever the chunks (law 3)'],
  ['wire/Framing.test.ts', 'copies each byte a bounded number of times in chunks of %d (law 4)'],
])
