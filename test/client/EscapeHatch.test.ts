import { describeInvalidDisableValue, DISABLE_VARIABLE, escapeHatch } from 'hello-negotiation'
import { describe, expect, it } from 'vitest'
import { leftOf } from '../support/negotiate.js'

describe('the escape hatch (SPEC G3)', () => {
  it('is read from one variable, unset or 1', () => {
    expect(DISABLE_VARIABLE).toBe('RUNNING_PROCESS_DISABLE')
    expect(escapeHatch(undefined)).toEqual({ _tag: 'Right', right: 'BrokerEnabled' })
    expect(escapeHatch('1')).toEqual({ _tag: 'Right', right: 'BrokerDisabled' })
  })

  it.each(['', '0', 'true', ' 1', '1 ', '01', '1\n', 'é'])('takes %j for an error, not for a guess', (value) => {
    expect(leftOf(escapeHatch(value))).toEqual({ _tag: 'InvalidDisableValue', actual: value })
  })

  it.each([['', '""'], ['0', '"0"'], ['a"b', '"a\\"b"'], ['\u202ex', '"\\u202ex"']])('says so of %j in the reference\'s words', (value, shown) => {
    expect(describeInvalidDisableValue(leftOf(escapeHatch(value)))).toBe(`RUNNING_PROCESS_DISABLE must be unset or 1, got ${shown}`)
  })
})
