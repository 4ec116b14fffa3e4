/**
 * Prototype pollution: names that every object has, sent as keys of maps, field names and services.
 *
 * Of protobufjs, CVE-2022-25878 (`util.setProperty`, `ReflectionObject.setParsedOption`, `parse`) and CVE-2023-36665
 * (the same by way of `parse`, `Root.fromJSON` and `Root.load`) let a schema write into `Object.prototype`. No schema
 * is read at run time here, and of protobufjs one function is used; what a peer or an operator can name goes into
 * Maps, or is refused.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import {
  createBroker, decodeSnapshot, describeFault, encodeSnapshot, exchange, initialState, parsePolicy, UNVERIFIED_PEER,
} from 'hello-negotiation'
import { arbitraryHostileMessage, arbitraryNearlyPolicyInput, arbitraryText } from 'hello-negotiation/testing'
import {
  type Codec, CODECS, decodeRefused, decodeServiceDefinition, encodeRefused, type MessageName, refused, SCHEMA,
} from 'hello-negotiation/wire'
import ts from 'typescript'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BACKEND, framedHello, policyOf, rightOf } from '../support/negotiate.js'
import { provenElsewhere } from './provenElsewhere.js'

provenElsewhere([
  ['wire/Cursor.test.ts', 'may be names that every object has'],
  ['negotiate/Policy.test.ts', 'may have a service by the name of `constructor`, and knows none where it has not (SPEC L1)'],
  ['step/SessionAuthority.test.ts', 'knows daemons by exact name: constructor only where it was registered (SPEC K2)'],
])

/** What everything inherits from, as it was before a test. */
const SHARED = [Object.prototype, Array.prototype, Function.prototype, Map.prototype, String.prototype, Uint8Array.prototype]

function shape(): ReadonlyArray<unknown> {
  return SHARED.map((shared) => Object.entries(Object.getOwnPropertyDescriptors(shared))
    .map(([key, { value, writable }]) => [key, value, writable]))
}

let before: ReadonlyArray<unknown>
beforeEach(() => void (before = shape()))
afterEach(() => expect(shape()).toEqual(before))

const AWKWARD = ['__proto__', 'constructor', 'prototype', '__defineGetter__', 'toString', 'hasOwnProperty', 'constructor.prototype']

describe('a message', () => {
  it('keeps awkward keys of its maps as its own, and nobody else\'s', () => {
    const details = new Map(AWKWARD.map((key) => [key, 'polluted']))
    const decoded = rightOf(decodeRefused(encodeRefused(refused({ details }))))
    expect(new Map(decoded.details)).toEqual(details)
    expect(Object.getPrototypeOf(decoded.details)).toBe(Map.prototype)
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype)
    expect(rightOf(decodeServiceDefinition(new Uint8Array(0))).labels.get('__proto__')).toBeUndefined()
  })

  const names = Object.keys(SCHEMA) as ReadonlyArray<MessageName>

  it.each(names)('%s has the fields of its schema and no others, whatever the bytes', (name) => {
    const { decode } = CODECS[name] as Codec<object>
    const fields = Object.keys(rightOf(decode(new Uint8Array(0))))
    fc.assert(fc.property(arbitraryHostileMessage(name), (bytes) => {
      const decoded = decode(bytes)
      if (decoded._tag === 'Left') return
      expect(Reflect.ownKeys(decoded.right)).toEqual(fields)
      expect(Object.getPrototypeOf(decoded.right)).toBe(Object.prototype)
    }), { numRuns: 200 })
  })
})

describe('a policy or a snapshot read from JSON', () => {
  const poison = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'

  it.each([
    ['a policy', `{"services":[],"__proto__":${poison}}`],
    ['its rate limit', `{"services":[],"rateLimit":${poison}}`],
    ['its services', `{"services":[${poison}]}`],
    ['its owner', `{"services":[],"peerPolicy":${poison}}`],
    ['its session halves', `{"services":[],"sessions":{"brokerHalf":"${'00'.repeat(16)}","daemonHalves":${poison}}}`],
    ['a list in place of it', `[${poison}]`],
  ])('is refused for awkward names in %s, each told as a fault', (_what, json) => {
    const parsed = parsePolicy(JSON.parse(json))
    expect(parsed._tag).toBe('Left')
    if (parsed._tag === 'Left') for (const fault of parsed.left) expect(describeFault(fault)).toMatch(/^[^\n]+$/)
    expect(({} as { readonly polluted?: unknown }).polluted).toBeUndefined()
  })

  it('is not taught a default by a polluted prototype: only its own fields count', () => {
    const inherited = Object.create({ ackDeadlineMs: 1, peerPolicy: { ownerOnly: '0' } }) as object
    const policy = rightOf(parsePolicy(Object.assign(inherited, { services: [BACKEND] })))
    expect([policy.ackDeadlineMs, policy.peerPolicy]).toEqual([5_000, { _tag: 'AllowAny' }])
  })

  it('leaves every prototype as it was, whatever is wrong with it', () => {
    fc.assert(fc.property(arbitraryNearlyPolicyInput(), ({ value }) => {
      parsePolicy(value)
      decodeSnapshot(value)
    }))
    const sound = encodeSnapshot(initialState(policyOf()))
    expect(decodeSnapshot(sound)._tag).toBe('Right')
    expect(decodeSnapshot({ ...sound, ...JSON.parse(poison) as object })._tag).toBe('Left')
  })
})

describe('a broker', () => {
  it('knows no service by an awkward name, nor by any text that is none (SPEC H2, L1)', () => {
    const broker = createBroker({ policy: policyOf(), random: () => new Uint8Array(0) })
    fc.assert(fc.property(fc.oneof(fc.constantFrom(...AWKWARD), arbitraryText()), (serviceName) => {
      fc.pre(serviceName !== BACKEND.serviceName)
      const { outcome } = broker.exchange(framedHello({ serviceName }), UNVERIFIED_PEER)
      expect(outcome._tag).toBe('Refused')
    }))
  })

  it('negotiates for a service called constructor where it is registered, and says so', () => {
    const policy = policyOf({ services: [{ ...BACKEND, serviceName: 'constructor' }] })
    const ambient = { nowMs: 0, draws: { bytes: new Uint8Array(0), offset: 0 } }
    const { value } = exchange(policy, initialState(policy), framedHello({ serviceName: 'constructor' }), UNVERIFIED_PEER, ambient)
    expect(value.outcome).toMatchObject({ _tag: 'Negotiated', serviceName: 'constructor' })
  })
})

describe('protobufjs', () => {
  const src = fileURLToPath(new URL('../../src', import.meta.url))
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
    .map((path) => ts.createSourceFile(path, readFileSync(join(src, path), 'utf8'), ts.ScriptTarget.ES2022, true))

  function within(node: ts.Node): ReadonlyArray<ts.Node> {
    const children: Array<ts.Node> = []
    node.forEachChild((child) => void children.push(child))
    return [node, ...children.flatMap(within)]
  }

  it('is used for strict UTF-8 alone, from the part that has no parser, no reflection and no code generator', () => {
    const imports = files.flatMap(({ statements }) => statements.filter(ts.isImportDeclaration))
      .map(({ moduleSpecifier, importClause }) => [(moduleSpecifier as ts.StringLiteral).text, importClause?.name?.text] as const)
      .filter(([specifier]) => specifier.startsWith('protobufjs'))
    expect(imports).toEqual([['protobufjs/minimal.js', 'protobuf']])
    const uses = files.flatMap(within).filter(ts.isPropertyAccessExpression).map((node) => node.getText())
      .filter((text) => /^protobuf\./.test(text))
    // A chain of names is one use and, inside it, its beginnings.
    expect([...new Set(uses)].sort()).toEqual(['protobuf.util', 'protobuf.util.utf8', 'protobuf.util.utf8.readStrict'])
  })

  it('is of a version that has both advisories behind it: 7.2.5 and 6.11.4 were the first without them', () => {
    const { dependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      readonly dependencies: Readonly<Record<string, string>>
    }
    expect(Number(/\d+/.exec(dependencies['protobufjs'] ?? '')?.[0])).toBeGreaterThanOrEqual(8)
  })
})
