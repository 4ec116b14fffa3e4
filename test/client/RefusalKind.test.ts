import { refusalKind } from 'hello-negotiation'
import { describe, expect, it } from 'vitest'

describe('the kind of a refusal', () => {
  it.each([
    [1, { _tag: 'VersionUnsupported' }],
    [2, { _tag: 'ServiceUnknown' }],
    [4, { _tag: 'RateLimited' }],
    [5, { _tag: 'ShuttingDown' }],
    [8, { _tag: 'VersionBlocked' }],
  ])('of code %i is %o (SPEC G8)', (code, kind) => {
    expect(refusalKind(code)).toEqual(kind)
  })

  it.each([0, 3, 6, 7, 9, 10, 99, -1, 2 ** 31 - 1])('of code %i is another, with the number kept (SPEC G8, DIV-G2)', (code) => {
    expect(refusalKind(code)).toEqual({ _tag: 'Other', code })
  })
})
