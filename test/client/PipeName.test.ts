import * as fc from 'fast-check'
import { parsePipeName, pipeNameOf, pipePath } from 'hello-negotiation'
import { describe, expect, it } from 'vitest'
import { leftOf, rightOf } from '../support/negotiate.js'

const PREFIX = '\\\\.\\pipe\\'

/** The place of pipes, in every way that Windows reads it. */
const PREFIXES = [PREFIX, '//./pipe/', '\\\\.\\PIPE\\', '//./Pipe/', '\\\\./pipe\\', '/\\.\\pipe/']

describe('parsePipeName', () => {
  it('takes a bare name as it is (SPEC M5)', () => {
    for (const name of ['rpb-v1-0123456789abcdef-shared', 'Pipe', '.', 'pipe\\zccache', `zccache${PREFIX}`]) {
      expect(rightOf(parsePipeName(name))).toBe(name)
    }
  })

  it('refuses a name that says where pipes are, in whatever case and with whichever slash (SPEC M5)', () => {
    for (const prefix of PREFIXES) {
      for (const name of [prefix, `${prefix}zccache`]) {
        expect(leftOf(parsePipeName(name))).toEqual({ _tag: 'PrefixedPipeName', actual: name })
      }
    }
  })

  it('refuses the empty name (SPEC M5)', () => {
    expect(leftOf(parsePipeName(''))).toEqual({ _tag: 'EmptyPipeName' })
  })
})

describe('pipeNameOf', () => {
  it('strips the one exact prefix, once (SPEC M5)', () => {
    expect(rightOf(pipeNameOf(`${PREFIX}zccache`))).toBe('zccache')
    expect(rightOf(pipeNameOf('zccache'))).toBe('zccache')
    expect(leftOf(pipeNameOf(`${PREFIX}${PREFIX}zccache`)))
      .toEqual({ _tag: 'PrefixedPipeName', actual: `${PREFIX}zccache` })
  })

  it('does not strip any other way of writing it (SPEC M5)', () => {
    for (const prefix of PREFIXES.slice(1)) {
      expect(leftOf(pipeNameOf(`${prefix}zccache`))).toEqual({ _tag: 'PrefixedPipeName', actual: `${prefix}zccache` })
    }
  })

  it('refuses an empty name with the prefix and without (SPEC M5)', () => {
    for (const empty of ['', PREFIX]) expect(leftOf(pipeNameOf(empty))).toEqual({ _tag: 'EmptyPipeName' })
  })

  it('finds one and the same pipe behind a bare name and its path (law 2)', () => {
    const text = fc.tuple(fc.constantFrom('', ...PREFIXES), fc.string()).map((parts) => parts.join(''))
    fc.assert(fc.property(text, (told) => {
      const name = pipeNameOf(told)
      if (name._tag === 'Right') {
        expect(parsePipeName(name.right)).toEqual(name)
        expect(pipeNameOf(pipePath(name.right))).toEqual(name)
      }
    }), { numRuns: 300 })
  })
})
