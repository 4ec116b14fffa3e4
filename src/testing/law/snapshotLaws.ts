/**
 * The laws of snapshots: a broker that is restored from one is the broker that wrote it.
 */
import { lived } from './BrokerLife.js'
import { type AnyLaw, firstBreach, law } from './Law.js'
import { shown } from './shown.js'

/** @internal */
export const SNAPSHOT_LAWS: ReadonlyArray<AnyLaw> = [
  law({
    id: 'SNAPSHOT-1',
    group: 'snapshot',
    sentence: 'A life that goes on from a snapshot goes on as it would have without.',
    rows: ['R4', 'T4', 'A2', 'N5'],
    input: 'InterruptedLife',
    breach: (steps, { policy, events, cutAt }) => {
      const { decodeSnapshot, encodeSnapshot } = steps.Snapshot
      const [first, second] = [events.slice(0, cutAt), events.slice(cutAt)]
      const state = lived(steps, { policy, events: first }).at(-1)?.after ?? steps.Exchange.initialState(policy)
      const restored = decodeSnapshot(JSON.parse(JSON.stringify(encodeSnapshot(state))))
      if (restored._tag === 'Left') return `the snapshot is not taken back: ${shown(restored.left)}`
      const [on, again] = [state, restored.right].map((from) => shown(lived(steps, { policy, events: second }, from).map(({ value }) => value)))
      return on === again ? undefined : `without ${on}, restored ${again}`
    },
  }),
  law({
    id: 'SNAPSHOT-2',
    group: 'snapshot',
    sentence: 'Whatever is offered as a snapshot is a state or every fault of it, and a state that is taken back writes it again.',
    rows: ['T1', 'A1', 'R3'],
    input: 'HostileSnapshot',
    breach: ({ Snapshot: { decodeSnapshot, encodeSnapshot } }, input) => {
      const taken = decodeSnapshot(input)
      if (taken._tag === 'Left') return taken.left.length > 0 ? undefined : 'it is refused without a fault'
      const again = decodeSnapshot(JSON.parse(JSON.stringify(encodeSnapshot(taken.right))))
      return again._tag === 'Right' && shown(encodeSnapshot(again.right)) === shown(encodeSnapshot(taken.right))
        ? undefined
        : 'it is not written again as it was taken'
    },
  }),
  law({
    id: 'SNAPSHOT-3',
    group: 'snapshot',
    sentence: 'A snapshot is what JSON can carry, and nothing of it is lost on the way.',
    rows: ['R4', 'T2', 'A1'],
    input: 'BrokerLife',
    breach: (steps, life) => firstBreach(lived(steps, life), ({ after }) => {
      const snapshot = steps.Snapshot.encodeSnapshot(after)
      return shown(JSON.parse(JSON.stringify(snapshot))) === shown(snapshot) ? undefined : `${shown(snapshot)} does not survive`
    }),
  }),
]
