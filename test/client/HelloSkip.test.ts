import * as fc from 'fast-check'
import { helloSkip } from 'hello-negotiation'
import { arbitraryVersion } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'

describe('skipping the Hello (SPEC G4)', () => {
  it('goes to a remembered endpoint exactly where the version wanted is one\'s own', () => {
    const endpoint = fc.constantFrom(undefined, '', '/run/zccache.sock', '\\\\.\\pipe\\zccache')
    fc.assert(fc.property(endpoint, arbitraryVersion(), arbitraryVersion(), (cached, wanted, self) => {
      const skips = Boolean(cached) && wanted === self
      expect(helloSkip(cached, wanted, self)).toEqual(
        skips ? { _tag: 'ConnectBackend', endpoint: cached, route: 'HelloSkip' } : { _tag: 'SayHello' },
      )
    }), { numRuns: 300 })
  })

  it('compares versions as texts: a leading zero or a tail is another version', () => {
    for (const self of ['1.2.3', '01.2.3', '1.2.3-rc.1']) {
      expect(helloSkip('/run/zccache.sock', '01.2.3', self)._tag).toBe(self === '01.2.3' ? 'ConnectBackend' : 'SayHello')
    }
  })

  it('says Hello once the endpoint that did not answer is forgotten, or where it is empty', () => {
    expect(helloSkip('', '1.2.3', '1.2.3')).toEqual({ _tag: 'SayHello' })
    expect(helloSkip(undefined, '1.2.3', '1.2.3')).toEqual({ _tag: 'SayHello' })
  })
})
