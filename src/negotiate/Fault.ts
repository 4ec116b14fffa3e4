/**
 * What is wrong with data from outside: where, what was found, what was expected, one fault a place.
 *
 * io-ts finds the faults and reports them as trees; here they become flat records that read well.
 *
 * **Laws**
 *  1. Every fault of an input is reported, not the first alone.
 *  2. A fault never shows a secret, nor more than the first characters of a long text.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { printable } from '../data/Printable.js'

/**
 * One fault: `path` as in `services[1].minVersion`, empty for the whole input.
 *
 * @category model
 * @since 0.1.0
 */
export interface Fault {
  readonly _tag: 'Fault'
  readonly path: string
  readonly found: string
  readonly expected: string
}

/**
 * A fault on one line.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeFault({ path, found, expected }: Fault): string {
  return `${path === '' ? 'input' : path}: found ${found}; expected ${expected}`
}

/** @internal Decodes any value whatever, even one whose getters throw. */
export function decodeWith<A, O>(codec: t.Type<A, O>, input: unknown): Either<ReadonlyArray<Fault>, A> {
  const decoded = E.tryCatch(() => codec.decode(input), (): ReadonlyArray<Fault> => [
    { _tag: 'Fault', path: '', found: 'something that cannot be read', expected: codec.name },
  ])
  if (decoded._tag === 'Left') return decoded
  return decoded.right._tag === 'Left' ? E.left(decoded.right.left.map(faultOf)) : decoded.right
}

/** @internal A codec for texts or numbers that pass a test; its name is what a fault says was expected. */
export function refined<A extends string | number>(
  name: string, isA: (value: unknown) => value is A,
): t.Type<A, A> {
  return new t.Type(name, isA, (value, context) => (isA(value) ? t.success(value) : t.failure(value, context)), t.identity)
}

/** @internal The codec that no value passes, for a fault that says `expected`. */
export function nothing(expected: string): t.Type<never> {
  return refined<never>(expected, t.never.is)
}

/** @internal The codec, with a value for where there is none. */
export function withDefault<A, O>(codec: t.Type<A, O>, value: A): t.Type<A, O> {
  return new t.Type(
    codec.name, codec.is,
    (input, context) => (input === undefined ? t.success(value) : codec.validate(input, context)),
    codec.encode,
  )
}

/** @internal The codec, for a thing that may be missing: written as `none`, and `undefined` here. */
export function optional<A, O, N extends null | undefined>(codec: t.Type<A, O>, none: N): t.Type<A | undefined, O | N> {
  return new t.Type(
    codec.name,
    (value): value is A | undefined => value === undefined || codec.is(value),
    (input, context) => (input === none ? t.success(undefined) : codec.validate(input, context)),
    (value) => (value === undefined ? none : codec.encode(value)),
  )
}

/**
 * @internal A record with these fields and no others: a misspelt field is a fault, not silence. The
 * input is read once, into a copy, which its owner can neither answer for twice nor change afterwards.
 */
export function closed<P extends t.Props>(name: string, props: P): t.Type<t.TypeOfProps<P>, t.OutputOfProps<P>> {
  const open = t.type(props, name)
  return new t.Type(
    name, open.is,
    (input, context) => {
      const copy: unknown = t.UnknownRecord.is(input) ? withoutNegativeZeros({ ...input }) : input
      const decoded = open.validate(copy, context)
      const unexpected = unexpectedKeys(copy, props).map((key) => unexpectedKey(key, props, context))
      const errors = [...(decoded._tag === 'Left' ? decoded.left : []), ...unexpected]
      return errors.length === 0 ? decoded : t.failures(errors)
    },
    open.encode,
  )
}

/** A copy of somebody's: JSON writes -0 as 0, and what is read back must be what was written. */
function withoutNegativeZeros(copy: Record<string, unknown>): Record<string, unknown> {
  for (const key of Object.keys(copy)) if (copy[key] === 0) copy[key] = 0
  return copy
}

/** @internal The codec, whose faults never show what was found. */
export function secret<A, O>(codec: t.Type<A, O>): t.Type<A, O> {
  return new t.Type(
    codec.name, codec.is,
    (input, context) => E.mapLeft(hidden)(codec.validate(input, context)),
    codec.encode,
  )
}

function hidden(errors: t.Errors): t.Errors {
  return errors.map((error) => ({ ...error, message: error.message ?? 'something else, not shown here' }))
}

/** @internal A list, read once into a copy as a record is. */
export function listOf<A, O>(name: string, item: t.Type<A, O>): t.Type<ReadonlyArray<A>, ReadonlyArray<O>> {
  const list = t.readonlyArray(item, name)
  return new t.Type(
    name, list.is, (input, context) => list.validate(t.UnknownArray.is(input) ? [...input] : input, context), list.encode,
  )
}

/** @internal A map between a JSON object and its entries; a key that is none is a fault, where io-ts would drop it. */
export function mapOf<K extends string, V, O>(
  name: string, key: t.Type<K>, value: t.Type<V, O>,
): t.Type<ReadonlyMap<K, V>, Record<string, O>> {
  return new t.Type(
    name,
    (input): input is ReadonlyMap<K, V> => input instanceof Map,
    (input, context) => {
      if (!t.UnknownRecord.is(input)) return t.failure(input, context)
      const entries = Object.entries(input).map(([k, v]) =>
        [key.validate(k, t.appendContext(context, k, key, k)), value.validate(v, t.appendContext(context, k, value, v))] as const)
      const errors = entries.flat().flatMap((decoded) => (decoded._tag === 'Left' ? decoded.left : []))
      return errors.length > 0
        ? t.failures(errors)
        : t.success(new Map(entries.map(([k, v]) => [(k as E.Right<K>).right, (v as E.Right<V>).right])))
    },
    (map) => Object.fromEntries([...map].map(([k, v]) => [k, value.encode(v)])),
  )
}

function unexpectedKeys(input: unknown, props: t.Props): ReadonlyArray<string> {
  return t.UnknownRecord.is(input) ? Object.keys(input).filter((key) => !Object.hasOwn(props, key)) : []
}

function unexpectedKey(key: string, props: t.Props, context: t.Context): t.ValidationError {
  const type = nothing(`one of the fields ${Object.keys(props).join(', ')}`)
  // What stands in an unexpected field is not shown: it may be a secret under a misspelt name.
  return { value: undefined, context: [...context, { key, type }], message: 'an unexpected field' }
}

function faultOf({ context, value, message }: t.ValidationError): Fault {
  const path = context.slice(1).reduce((path, { key }) => path + segment(path, key), '')
  const { name } = (context[context.length - 1] as t.ContextEntry).type
  return { _tag: 'Fault', path, found: message ?? shown(value), expected: name }
}

function segment(path: string, key: string): string {
  if (/^\d+$/.test(key)) return `[${key}]`
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) return `[${quoted(key.slice(0, SHOWN_MAX_CHARACTERS))}]`
  return path === '' ? key : `.${key}`
}

const SHOWN_MAX_CHARACTERS = 60

/** @internal A value found, in a few words. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
      return 'nothing'
    case 'string':
      return value.length > SHOWN_MAX_CHARACTERS
        ? `${quoted(value.slice(0, SHOWN_MAX_CHARACTERS))}… (${value.length} characters)`
        : quoted(value)
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? `a list of ${value.length}` : 'an object'
    case 'function':
    case 'symbol':
      return `a ${typeof value}`
    default:
      return String(value)
  }
}

function quoted(text: string): string {
  return printable(JSON.stringify(text))
}
