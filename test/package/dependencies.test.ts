/**
 * No dependency without its reason in ARCHITECTURE.md, and no reason without its dependency.
 */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
type Packages = Readonly<Record<string, string>>
const manifest = JSON.parse(read('package.json')) as {
  readonly dependencies: Packages
  readonly devDependencies: Packages
  readonly optionalDependencies: Packages
  readonly peerDependencies: Packages
}

it('every dependency has its reason in ARCHITECTURE.md, and every reason its dependency', () => {
  const [, section = ''] = /\n## Dependencies\n([^]*?)\n## /.exec(read('ARCHITECTURE.md')) ?? []
  const explained = [...section.matchAll(/^\| ([^|]+) \|/gm)].flatMap((match) => (match[1] as string).split(', ')).filter((name) => !/^(?:package|-+)$/.test(name))
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = manifest
  const all = new Set([dependencies, devDependencies, optionalDependencies, peerDependencies].flatMap((packages) => Object.keys(packages)))
  expect([...new Set(explained)].sort()).toEqual([...all].sort())
})

it('the core needs fp-ts, io-ts and protobufjs to run, and nothing else', () => {
  expect(Object.keys(manifest.dependencies)).toEqual(['fp-ts', 'io-ts', 'protobufjs'])
})
