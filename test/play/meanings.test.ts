/**
 * The meanings that the page shows are the .proto file's.
 */
import { readFileSync } from 'node:fs'
import { SCHEMA } from 'hello-negotiation/wire'
import { expect, it } from 'vitest'
import { meaningsOf } from './page.js'

const meanings = meaningsOf(readFileSync(new URL('../../proto/broker_v1.proto', import.meta.url), 'utf8'))

it('every field of every message has a meaning, and nothing else has', () => {
  for (const [message, fields] of Object.entries(SCHEMA)) {
    expect(Object.keys(meanings[message] ?? {}).sort()).toEqual(fields.map(({ name }) => name).sort())
  }
  for (const meaning of Object.values(meanings).flatMap((fields) => Object.values(fields))) expect(meaning).toMatch(/^[A-Z].*\.$/)
})

it('a comment of several lines is one meaning, a message’s is that of a field without one, and an enum’s members are no fields', () => {
  const lines = [
    'enum E {', '// No.', 'A = 0;', '}', '// An M.', 'message M {', '// One', '// meaning.', 'repeated string names = 1;', 'uint32 bare = 2;',
    'M next = 3;', '}',
  ]
  expect(meaningsOf(lines.join('\n'))).toEqual({ M: { names: 'One meaning.', bare: '', next: 'An M.' } })
})
