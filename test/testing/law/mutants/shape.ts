/**
 * Seeded bugs of a Hello's shape.
 */
import * as E from 'fp-ts/lib/Either.js'
import { isVersion } from 'hello-negotiation'
import { OUR_STEPS } from 'hello-negotiation/testing'
import type { Mutant } from '../Mutant.js'

const { checkShape } = OUR_STEPS.HelloShape

export const SHAPE_MUTANTS: ReadonlyArray<Mutant> = [
  {
    law: 'SHAPE-1',
    bug: 'the version is looked at before the name',
    steps: {
      HelloShape: {
        checkShape: (hello, peer) => {
          const named = checkShape({ ...hello, serviceName: 'a' }, peer)
          return named._tag === 'Left' && named.left._tag === 'InvalidWantedVersion' ? named : checkShape(hello, peer)
        },
      },
    },
  },
  {
    law: 'SHAPE-1',
    bug: 'a name in capitals is folded',
    steps: {
      HelloShape: { checkShape: (hello, peer) => checkShape({ ...hello, serviceName: hello.serviceName.toLowerCase() }, peer) },
    },
  },
  {
    law: 'SHAPE-1',
    bug: 'a pid that nobody vouches for is taken for a wrong one',
    steps: {
      HelloShape: {
        checkShape: (hello, peer) => {
          const checked = checkShape(hello, peer)
          return checked._tag === 'Right' && hello.peerPid !== peer.pid
            ? E.left({ _tag: 'PeerPidMismatch', claimed: hello.peerPid, verified: peer.pid })
            : checked
        },
      },
    },
  },
  {
    law: 'SHAPE-2',
    bug: 'characters are counted, and not bytes',
    steps: {
      HelloShape: {
        checkShape: (hello, peer) => checkShape({ ...hello, clientVersion: 'x'.repeat(hello.clientVersion.length) }, peer),
      },
    },
  },
  {
    law: 'SHAPE-2',
    bug: 'only one of the two library fields is measured',
    steps: { HelloShape: { checkShape: (hello, peer) => checkShape({ ...hello, clientLibVersion: '' }, peer) } },
  },
  {
    law: 'SHAPE-3',
    bug: 'the request id counts towards the client\'s version',
    steps: {
      HelloShape: {
        checkShape: (hello, peer) => checkShape({ ...hello, clientVersion: hello.clientVersion + hello.requestId }, peer),
      },
    },
  },
  {
    law: 'SHAPE-4',
    bug: 'leading zeros are cut off the version',
    steps: {
      HelloShape: {
        checkShape: (hello, peer) => {
          const checked = checkShape(hello, peer)
          const wantedVersion = hello.wantedVersion.replace(/^0+(?=\d)/, '')
          return checked._tag === 'Right' && isVersion(wantedVersion) ? E.right({ ...checked.right, wantedVersion }) : checked
        },
      },
    },
  },
]
