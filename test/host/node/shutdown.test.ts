import { type ListenOptions, sayHello } from 'hello-negotiation/host/node'
import { describe, expect, it } from 'vitest'
import { framedHello, GOOD_HELLO, rawClient, replyIn, start, type Started, until } from './support.js'

/** Longer than any test may take: what waits for it fails. */
const NEVER_MS = 3_600_000

const open = ({ listener }: Started, count: number): Promise<void> =>
  until(() => expect(listener.connections()).toBe(count))

describe('a clean shutdown', () => {
  it('answers what is in flight', async () => {
    const started = await start()
    const client = await rawClient(started.at)
    const bytes = framedHello()
    await client.send(bytes.slice(0, 30))
    await open(started, 1)
    const closed = started.listener.close(NEVER_MS)
    await client.send(bytes.slice(30))
    client.socket.end()
    expect(replyIn(await client.received)._tag).toBe('Negotiated')
    await closed
    expect(started.listener.connections()).toBe(0)
  })

  it.each([['a socket', {}], ['TCP', { at: { _tag: 'Tcp', port: 0 } }]] as ReadonlyArray<[string, Partial<ListenOptions>]>)(
    'answers a Hello that came in the very moment, on %s', async (_name, options) => {
      const { at, listener } = await start({}, options)
      const client = await rawClient(at)
      client.socket.end(framedHello())
      await listener.close(NEVER_MS)
      expect(replyIn(await client.received)._tag).toBe('Negotiated')
    },
  )

  it('closes at once who has said nothing, without a byte', async () => {
    const started = await start()
    const silent = await rawClient(started.at)
    await open(started, 1)
    await started.listener.close(NEVER_MS)
    expect(await silent.received).toHaveLength(0)
  })

  it('does not wait longer than it was told to', async () => {
    const started = await start()
    const half = await rawClient(started.at)
    await half.send(framedHello().slice(0, 30))
    await open(started, 1)
    await started.listener.close(20)
    expect(await half.received).toHaveLength(0)
    expect(started.listener.connections()).toBe(0)
  })

  it('takes no new connections', async () => {
    const { at, listener } = await start()
    await listener.close()
    expect(await sayHello({ at, hello: GOOD_HELLO })).toMatchObject({ left: { _tag: 'Unreachable', code: 'ENOENT' } })
  })

  it('is the same shutdown when asked for again', async () => {
    const { listener } = await start()
    const first = listener.close()
    expect(listener.close(0)).toBe(first)
    await first
    await listener.close()
  })

  it('lets the same path be listened on again', async () => {
    const { at, listener, broker } = await start()
    await listener.close()
    const again = await start({}, { at, broker })
    expect(await sayHello({ at: again.at, hello: GOOD_HELLO })).toMatchObject({ right: { _tag: 'Negotiated' } })
  })
})
