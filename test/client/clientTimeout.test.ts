import * as fc from 'fast-check'
import { CLIENT_TIMEOUT_VARIABLE, clientTimeoutOverride } from 'hello-negotiation'
import { describe, expect, it } from 'vitest'

describe('the client\'s time from the environment (SPEC G9)', () => {
  it('comes from one variable', () => {
    expect(CLIENT_TIMEOUT_VARIABLE).toBe('RUNNING_PROCESS_BROKER_CLIENT_TIMEOUT_MS')
  })

  it.each([['1', 1], ['250', 250], [' 30000\n', 30_000], ['007', 7], [String(2 ** 52 - 1), 2 ** 52 - 1]])('takes %j', (text, timeoutMs) => {
    expect(clientTimeoutOverride(text)).toBe(timeoutMs)
  })

  it.each([undefined, '', ' ', '0', '00', '-1', '+1', '1.5', '1e3', '0x10', '1 000', 'soon', '٣', String(2 ** 52), '9'.repeat(400)])(
    'passes over %j', (text) => {
      expect(clientTimeoutOverride(text)).toBeUndefined()
    },
  )

  it('is a duration above 0 or none, for any text', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.nat().map(String)), (text) => {
      const timeoutMs = clientTimeoutOverride(text) ?? 1
      expect(timeoutMs > 0 && timeoutMs < 2 ** 52).toBe(true)
    }))
  })
})
