/**
 * The laws of a connection's opening (SPEC §12).
 */
import type { Connection, ConnectionEvent } from '../../negotiate/Connection.js'
import { encodeFrame } from '../../wire/messages/Frame.js'
import { cut } from '../arbitrary/bytes.js'
import { endOf, later } from '../model/time.js'
import { framed, headerOf, partAfter } from './framed.js'
import type { Opening, SoundOpening } from './inputs/connection.js'
import { type AnyLaw, forbid, law } from './Law.js'
import { same, shown } from './shown.js'
import type { Steps } from './Steps.js'

/** @internal */
export const CONNECTION_LAWS: ReadonlyArray<AnyLaw> = [
  law({
    id: 'CONNECTION-1',
    group: 'connection',
    sentence: 'However the bytes are cut, and however often one asks on the way, the same is told.',
    rows: ['C3', 'C4'],
    input: 'Opening',
    breach: ({ Connection }, opening) => {
      const atOnce = Connection.next(opened(Connection, opening)).value
      const onTheWay = askedOnTheWay(Connection, opening)
      return forbid(!same(onTheWay, atOnce), () => `at once ${shown(atOnce)}, in chunks ${shown(onTheWay)}`)
    },
  }),
  law({
    id: 'CONNECTION-2',
    group: 'connection',
    sentence: 'A Hello is told once, and then that it has been, whatever comes and however long it takes.',
    rows: ['C3'],
    input: 'SoundOpening',
    breach: ({ Connection }, opening) => {
      const first = Connection.next(pushed(Connection, opening))
      const isTold = same(first.value, { _tag: 'HelloFrame', frame: opening.frame })
      const again = afterMore(Connection, first.state, framed(encodeFrame(opening.frame)))
      const isDone = again.every(({ _tag }) => _tag === 'Finished')
      return forbid(!isTold || !isDone, () =>
        `of ${shown(opening.frame)} it told ${shown(first.value)}, and then ${shown(again)}`)
    },
  }),
  law({
    id: 'CONNECTION-3',
    group: 'connection',
    sentence: 'A connection that has failed says the same thing again, whatever comes and however long it takes.',
    rows: ['C4'],
    input: 'Opening',
    breach: ({ Connection }, opening) => {
      const first = Connection.next(opened(Connection, opening))
      if (first.value._tag !== 'Failed') return undefined
      const again = afterMore(Connection, first.state, framed(new Uint8Array(0)))
      return forbid(!again.every((event) => same(event, first.value)), () =>
        `it told ${shown(first.value)}, and then ${shown(again)}`)
    },
  }),
  law({
    id: 'CONNECTION-4',
    group: 'connection',
    sentence: 'What comes behind the Hello stays as it was sent, before it is told and after.',
    rows: ['C3'],
    input: 'SoundOpening',
    breach: ({ Connection }, opening) => {
      const { state } = Connection.next(pushed(Connection, opening))
      const later = Connection.next(Connection.push(state, opening.behind)).state
      const expected = Uint8Array.of(...opening.behind, ...opening.behind)
      return forbid(!same(Connection.remainder(later), expected), () =>
        `${shown(expected)} became ${shown(Connection.remainder(later))}`)
    },
  }),
  law({
    id: 'CONNECTION-5',
    group: 'connection',
    sentence: 'A peer whose frame is not whole fails at its deadline and not before; one whose frame is does not.',
    rows: ['C7'],
    input: 'WaitingPeer',
    breach: ({ Connection }, { frame, bytesCome, openedMs, timeoutMs, nowMs }) => {
      const bytes = framed(encodeFrame(frame))
      const waiting = Connection.push(Connection.connection(openedMs, timeoutMs), bytes.slice(0, bytesCome))
      const { value } = Connection.next(Connection.expire(waiting, nowMs))
      const isDue = nowMs >= endOf(later(0, openedMs), timeoutMs)
      const expected = bytesCome >= bytes.length
        ? { _tag: 'HelloFrame', frame }
        : isDue ? { _tag: 'Failed', error: { _tag: 'HelloDeadlineExceeded', timeoutMs } } : { _tag: 'NeedData' }
      return forbid(!same(value, expected), () =>
        `after ${bytesCome} of ${bytes.length} bytes it told ${shown(value)}, and not ${shown(expected)}`)
    },
  }),
  law({
    id: 'CONNECTION-6',
    group: 'connection',
    sentence: 'A Hello of more than 64 KiB fails on its header alone; one of exactly 64 KiB is waited for.',
    rows: ['C4', 'F2', 'F3'],
    input: 'HeaderAtCap',
    breach: ({ Connection }, { bodyBytes }) => {
      const { value } = Connection.next(Connection.push(Connection.connection(0), headerOf(bodyBytes)))
      const isRefused = same(value, { _tag: 'Failed', error: { _tag: 'BodyTooLarge', actual: bodyBytes, max: 65_536 } })
      return forbid(isRefused !== (bodyBytes > 65_536), () => `a header of ${bodyBytes} bytes gave ${shown(value)}`)
    },
  }),
  law({
    id: 'CONNECTION-7',
    group: 'connection',
    sentence: 'A peer that closes before its frame is whole has failed, in the part that it closed in; one that closes after has not.',
    rows: ['C4', 'F5'],
    input: 'WaitingPeer',
    breach: ({ Connection }, { frame, bytesCome }) => {
      const bytes = framed(encodeFrame(frame))
      const { value } = Connection.next(Connection.pushEnd(Connection.push(Connection.connection(0), bytes.slice(0, bytesCome))))
      const expected = bytesCome >= bytes.length
        ? { _tag: 'HelloFrame', frame }
        : { _tag: 'Failed', error: { _tag: 'UnexpectedEnd', context: partAfter(bytesCome) } }
      return forbid(!same(value, expected), () => `closed after ${bytesCome} of ${bytes.length} bytes it told ${shown(value)}`)
    },
  }),
]

type Connecting = Steps['Connection']

function ended(connection: Connecting, state: Connection, isEnded: boolean): Connection {
  return isEnded ? connection.pushEnd(state) : state
}

function opened(connection: Connecting, { bytes, isEnded }: Opening): Connection {
  return ended(connection, connection.push(connection.connection(0), bytes), isEnded)
}

function pushed(connection: Connecting, { frame, behind, sizes }: SoundOpening): Connection {
  const bytes = Uint8Array.of(...framed(encodeFrame(frame)), ...behind)
  return cut(bytes, sizes).reduce(connection.push, connection.connection(0))
}

/** The first thing told by a connection that is asked after every chunk. */
function askedOnTheWay(connection: Connecting, { bytes, sizes, isEnded }: Opening): ConnectionEvent {
  let at = connection.next(connection.connection(0))
  for (const chunk of cut(bytes, sizes)) {
    at = connection.next(connection.push(at.state, chunk))
    if (at.value._tag !== 'NeedData') return at.value
  }
  return connection.next(ended(connection, at.state, isEnded)).value
}

/** What is told when one asks again, after more bytes, after the end, and after any deadline. */
function afterMore(connection: Connecting, state: Connection, more: Uint8Array): ReadonlyArray<ConnectionEvent> {
  const later = connection.push(state, more)
  const states = [state, later, connection.pushEnd(later), connection.expire(later, 2 ** 52)]
  return states.map((state) => connection.next(state).value)
}
