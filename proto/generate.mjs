/**
 * Makes src/wire/messages/ from broker_v1.proto: one file a message, with its type, its strict decoder
 * and its canonical encoder, and schema.ts, which names every field for whoever explains bytes.
 *
 *   node proto/generate.mjs           writes the files
 *   node proto/generate.mjs --check   exits 1, naming them, where files differ from what it would write
 *
 * protobufjs parses the schema. Its own code generator is not used: it accepts bytes that the reference
 * refuses, and the other way round (ARCHITECTURE.md, "The codec").
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import protobuf from 'protobufjs'

const source = new URL('./broker_v1.proto', import.meta.url)
const target = new URL('../src/wire/messages/', import.meta.url)

const { root } = protobuf.parse(readFileSync(source, 'utf8'), { alternateCommentMode: true, keepCase: true })
const schema = root.lookup('running_process.broker.v1')
const messages = schema.nestedArray.filter((item) => item instanceof protobuf.Type)
const enums = schema.nestedArray.filter((item) => item instanceof protobuf.Enum)

const HEADER = `// Generated from proto/broker_v1.proto by proto/generate.mjs: change those, not this.\n`

/** What each kind of field is in TypeScript, on the wire, and in the two halves of the codec. */
const KINDS = {
  uint32: { type: 'number', zero: '0', wireType: 0, codec: 'Uint32' },
  uint64: { type: 'bigint', zero: '0n', wireType: 0, codec: 'Uint64' },
  enum: { type: 'number', zero: '0', wireType: 0, codec: 'Enum' },
  bool: { type: 'boolean', zero: 'false', wireType: 0, codec: 'Bool' },
  bytes: { type: 'Uint8Array', zero: 'NO_BYTES', wireType: 2, codec: 'Bytes' },
  string: { type: 'string', zero: "''", wireType: 2, codec: 'String' },
  strings: { type: 'ReadonlyArray<string>', zero: '[]', wireType: 2, codec: 'Strings' },
  map: { type: 'ReadonlyMap<string, string>', zero: 'new Map()', wireType: 2, codec: 'Map' },
  message: { wireType: 2 },
}

function kindOf(field) {
  if (field.map) return 'map'
  if (field.repeated) return 'strings'
  if (enums.some((item) => item.name === field.type)) return 'enum'
  return messages.some((item) => item.name === field.type) ? 'message' : field.type
}

/** Lists and maps that nobody shares: the default's could be written into by whoever holds a message. */
const fresh = (fields) =>
  fields.filter(({ kind }) => kind === 'strings' || kind === 'map').map(({ kind, name }) => `${name}: ${KINDS[kind].zero}, `).join('')

const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())
const lower = (name) => name[0].toLowerCase() + name.slice(1)
const snake = (name) => name.replace(/(?<=.)([A-Z])/g, '_$1').toUpperCase()
const hex = (number) => `0x${number.toString(16).padStart(2, '0')}`
const key = (field) => hex((field.id << 3) | KINDS[kindOf(field)].wireType)

function enumFile() {
  const blocks = enums.map((item) => {
    const names = Object.keys(item.values)
    return `
/**
 * ${item.comment} An open enum: a number not listed here is kept as it came (SPEC W4).
 *
 * @category model
 * @since 0.1.0
 */
export const ${item.name} = {
${names.map((name) => `  /** ${item.comments[name]} */\n  ${name}: ${item.values[name]},`).join('\n')}
} as const
`
  })
  return `${HEADER}${blocks.join('')}`
}

function schemaFile() {
  const rows = messages.map((message) => {
    const fields = message.fieldsArray.map((field) => {
      const kind = kindOf(field)
      const of = kind === 'enum' || kind === 'message' ? `, of: '${field.type}'` : ''
      return `    { number: ${field.id}, name: '${field.name}', kind: '${kind}', wireType: ${KINDS[kind].wireType}${of} },`
    })
    return `  ${message.name}: [\n${fields.join('\n')}\n  ],`
  })
  return `${HEADER}
/**
 * The names of the messages of SPEC §0.
 *
 * @category model
 * @since 0.1.0
 */
export type MessageName =
${messages.map((message) => `  | '${message.name}'`).join('\n')}

/**
 * One field of a message: its number, its name in the .proto file, what it holds, and its wire type.
 *
 * @category model
 * @since 0.1.0
 */
export interface FieldSchema {
  readonly number: number
  readonly name: string
  readonly kind: ${Object.keys(KINDS).map((kind) => `'${kind}'`).join(' | ')}
  readonly wireType: number
  /** The enum or message it holds. */
  readonly of?: string
}

/**
 * The fields of each message, in ascending order of their numbers (SPEC §0).
 *
 * @category constants
 * @since 0.1.0
 */
export const SCHEMA: Readonly<Record<MessageName, ReadonlyArray<FieldSchema>>> = {
${rows.join('\n')}
}
`
}

function codecsFile() {
  return `${HEADER}import type { Either } from 'fp-ts/lib/Either.js'
import type { DecodeError } from '../DecodeError.js'
${messages.map(({ name }) => `import { decode${name}, encode${name}, type ${name} } from './${name}.js'`).join('\n')}

/**
 * Both halves of a message's codec.
 *
 * @category model
 * @since 0.1.0
 */
export interface Codec<A> {
  readonly decode: (bytes: Uint8Array) => Either<DecodeError, A>
  readonly encode: (message: A) => Uint8Array
}

/**
 * The codec of each message, by its name.
 *
 * @category constants
 * @since 0.1.0
 */
export const CODECS: {
${messages.map(({ name }) => `  readonly ${name}: Codec<${name}>`).join('\n')}
} = {
${messages.map(({ name }) => `  ${name}: { decode: decode${name}, encode: encode${name} },`).join('\n')}
}
`
}

function messageFile(message) {
  const isUnion = message.oneofsArray.length > 0
  const body = isUnion ? unionBody(message) : recordBody(message)
  return `${HEADER}${imports(message, body)}\n${body}`
}

/** Imports exactly what the body names. */
function imports(message, body) {
  const named = (names) => names.filter((name) => new RegExp(`\\b${name}\\b`).test(body))
  const codec = ['Uint32', 'Uint64', 'Enum', 'Bool', 'Bytes', 'String']
  const reads = named(['cursor', 'finish', 'leave', 'readKey', 'readLength', 'readMapEntry', 'skipUnknown',
    ...codec.map((name) => `read${name}`)]).sort()
  const puts = named(['putDelimiter', 'sizeOfDelimited',
    ...[...codec, 'Strings', 'Map'].flatMap((name) => [`put${name}`, `sizeOf${name}`])]).sort()
  const others = messages.filter((other) => other !== message && body.includes(`read${other.name}(`))
  return [
    `import type { Either } from 'fp-ts/lib/Either.js'`,
    ...named(['NO_BYTES']).map((name) => `import { ${name} } from '../../data/Bytes.js'`),
    ...(/\babsurd\b/.test(body) ? [`import { absurd } from '../../data/absurd.js'`] : []),
    `import { type Cursor, ${reads.join(', ')} } from '../Cursor.js'`,
    `import type { DecodeError } from '../DecodeError.js'`,
    `import { ${puts.join(', ')} } from '../Encoding.js'`,
    ...others.map(({ name }) =>
      `import { EMPTY_${snake(name)}, type ${name}, put${name}, read${name}, sizeOf${name} } from './${name}.js'`),
  ].join('\n') + '\n'
}

function recordBody(message) {
  const fields = message.fieldsArray.map((field) => ({ field, kind: kindOf(field), name: camel(field.name) }))
  const { name } = message
  const known = fields.reduce((bits, { field }) => bits | (1 << field.id), 0)
  const start = ({ kind, name }) => {
    if (kind === 'strings') return `base === EMPTY_${snake(message.name)} ? [] : (base.${name} as Array<string>)`
    if (kind === 'map') return `base === EMPTY_${snake(message.name)} ? new Map<string, string>() : (base.${name} as Map<string, string>)`
    return `base.${name}`
  }
  const declare = (f) => `  ${f.kind === 'strings' || f.kind === 'map' ? 'const' : 'let'} ${f.name} = ${start(f)}`
  const read = ({ field, kind, name }) => {
    if (kind === 'strings') return `      case ${key(field)}: ${name}.push(readString(c)); break`
    if (kind === 'map') {
      const keys = [0, 1, 2, 3, 4, 5].map((wireType) => `case ${hex((field.id << 3) | wireType)}:`).join(' ')
      return `      ${keys}\n        readMapEntry(c, ${name}, depth); break`
    }
    return `      case ${key(field)}: ${name} = read${KINDS[kind].codec}(c); break`
  }
  const merged = fields.some(({ kind }) => kind === 'strings' || kind === 'map')
  return `/**
 * ${message.comment}
 *
 * @category model
 * @since 0.1.0
 */
export interface ${name} {
${fields.map(({ field, kind, name }) => `  /** ${field.comment}${kind === 'enum' ? ` One of \`${field.type}\`, or a number it does not list.` : ''} */\n  readonly ${name}: ${KINDS[kind].type}`).join('\n')}
}

/**
 * A ${name} with every field at its default.
 *
 * @category constants
 * @since 0.1.0
 */
export const EMPTY_${snake(name)}: ${name} = Object.freeze({
${fields.map(({ kind, name }) => `  ${name}: ${KINDS[kind].zero},`).join('\n')}
})

/**
 * A ${name} with the given fields, the others at their defaults.
 *
 * @category constructors
 * @since 0.1.0
 */
export function ${lower(name)}(fields: Partial<${name}>): ${name} {
  return { ...EMPTY_${snake(name)}, ${fresh(fields)}...fields }
}
${codecFunctions(name)}
/** @internal ${merged ? `Reads fields up to \`end\` over \`base\`: the default, or a value this very decode made, whose lists grow in place. */` : 'Reads fields up to \`end\` over \`base\`. */'}
export function read${name}(c: Cursor, end: number, depth: number, base: ${name}): ${name} {
${fields.map(declare).join('\n')}
  while (c.position < end) {
    const start = c.position
    const key = readKey(c)
    switch (key) {
${fields.map(read).join('\n')}
      default: skipUnknown(c, start, key, '${name}', ${hex(known)}, depth)
    }
  }
  return {
${fields.map(({ name }) => `    ${name},`).join('\n')}
  }
}

/** @internal */
export function sizeOf${name}(message: ${name}): number {
  return ${fields.map(({ kind, name }) => `sizeOf${KINDS[kind].codec}(message.${name})`).join('\n    + ')}
}

/** @internal */
export function put${name}(out: Uint8Array, at: number, message: ${name}): number {
  let end = at
${fields.map(({ field, kind, name }) => `  end = put${KINDS[kind].codec}(out, end, ${key(field)}, message.${name})`).join('\n')}
  return end
}
`
}

function unionBody(message) {
  const { name } = message
  const [union] = message.oneofsArray
  const members = union.fieldsArray.map((field) => ({ field, tag: field.type, name: camel(field.name) }))
  const known = members.reduce((bits, { field }) => bits | (1 << field.id), 0)
  const property = camel(union.name)
  return `/**
 * ${message.comment}
 *
 * @category model
 * @since 0.1.0
 */
export interface ${name} {
  readonly ${property}:
${members.map(({ tag, name }) => `    | { readonly _tag: '${tag}'; readonly ${name}: ${tag} }`).join('\n')}
    | { readonly _tag: 'Missing' }
}

/**
 * A ${name} that says neither.
 *
 * @category constants
 * @since 0.1.0
 */
export const EMPTY_${snake(name)}: ${name} = Object.freeze({ ${property}: Object.freeze({ _tag: 'Missing' }) })
${codecFunctions(name)}
/** @internal Reads fields up to \`end\` over \`base\`: the same member again merges, another replaces (SPEC W7). */
export function read${name}(c: Cursor, end: number, depth: number, base: ${name}): ${name} {
  let ${property} = base.${property}
  while (c.position < end) {
    const start = c.position
    const key = readKey(c)
    switch (key) {
${members.map(({ field, tag, name }) => `      case ${key(field)}: {
        const before = ${property}._tag === '${tag}' ? ${property}.${name} : EMPTY_${snake(tag)}
        const memberEnd = readLength(c)
        ${property} = { _tag: '${tag}', ${name}: read${tag}(c, memberEnd, depth + 1, before) }
        leave(c, memberEnd)
        break
      }`).join('\n')}
      default: skipUnknown(c, start, key, '${name}', ${hex(known)}, depth)
    }
  }
  return { ${property} }
}

/** @internal */
export function sizeOf${name}(message: ${name}): number {
  const { ${property} } = message
  switch (${property}._tag) {
${members.map(({ tag, name }) => `    case '${tag}': return sizeOfDelimited(sizeOf${tag}(${property}.${name}))`).join('\n')}
    case 'Missing': return 0
    default: return absurd(${property})
  }
}

/** @internal */
export function put${name}(out: Uint8Array, at: number, message: ${name}): number {
  const { ${property} } = message
  switch (${property}._tag) {
${members.map(({ field, tag, name }) => `    case '${tag}': {
      const body = putDelimiter(out, at, ${key(field)}, sizeOf${tag}(${property}.${name}))
      return put${tag}(out, body, ${property}.${name})
    }`).join('\n')}
    case 'Missing': return at
    default: return absurd(${property})
  }
}
`
}

function codecFunctions(name) {
  return `
/**
 * Decodes a ${name}; nothing in it shares memory with \`bytes\` (SPEC W1–W9).
 *
 * @category encodings
 * @since 0.1.0
 */
export function decode${name}(bytes: Uint8Array): Either<DecodeError, ${name}> {
  const c = cursor(bytes)
  return finish(c, '${name}', read${name}(c, c.end, 0, EMPTY_${snake(name)}))
}

/**
 * Encodes a ${name} canonically: ascending fields, defaults omitted (SPEC W10).
 *
 * @category encodings
 * @since 0.1.0
 */
export function encode${name}(message: ${name}): Uint8Array {
  const out = new Uint8Array(sizeOf${name}(message))
  put${name}(out, 0, message)
  return out
}
`
}

const files = new Map([
  ['codecs.ts', codecsFile()],
  ['enums.ts', enumFile()],
  ['schema.ts', schemaFile()],
  ...messages.map((message) => [`${message.name}.ts`, messageFile(message)]),
])

function readOrEmpty(file) {
  try {
    return readFileSync(new URL(file, target), 'utf8')
  } catch {
    return ''
  }
}

const stale = [...files].filter(([file, text]) => readOrEmpty(file) !== text)
if (process.argv.includes('--check')) {
  for (const [file] of stale) console.error(`src/wire/messages/${file} is not what proto/broker_v1.proto says: run npm run generate`)
  process.exitCode = stale.length === 0 ? 0 : 1
} else {
  mkdirSync(target, { recursive: true })
  for (const [file, text] of stale) writeFileSync(new URL(file, target), text)
}
