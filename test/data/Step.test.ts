import { step } from 'hello-negotiation'
import { describe, expect, it } from 'vitest'
import { absurd } from '../../src/data/absurd.js'

describe('step', () => {
  it('pairs the very state and value it was given', () => {
    const [state, value] = [{ count: 1 }, ['told']]
    const paired = step(state, value)
    expect(Object.keys(paired)).toEqual(['state', 'value'])
    expect(paired.state).toBe(state)
    expect(paired.value).toBe(value)
  })
})

describe('absurd', () => {
  it('hands back what was smuggled past the types, and does not throw', () => {
    expect(absurd('smuggled' as never)).toBe('smuggled')
  })
})
