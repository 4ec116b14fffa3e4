/**
 * The package as it is published: every entry resolves by its public name, and packs what it should.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const manifest = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as {
  readonly exports: Readonly<Record<string, string | { readonly node: string; readonly default: string }>>
  readonly dependencies: Readonly<Record<string, string>>
}

function evaluate(script: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: ROOT, encoding: 'utf8' }).trim()
}

describe('the package', () => {
  it.each([
    ['hello-negotiation', 'createBroker'],
    ['hello-negotiation/wire', 'decodeHello'],
    ['hello-negotiation/step', 'TokenStore'],
    ['hello-negotiation/shell', 'createBroker'],
    ['hello-negotiation/host', 'brokerHost'],
    ['hello-negotiation/host/web', 'webSocketTransport'],
    ['hello-negotiation/host/node', 'listen'],
    ['hello-negotiation/telemetry', 'watchHellos'],
    ['hello-negotiation/testing', 'VECTOR_RUNNERS'],
  ])('exports %s, with %s in it', (entry, name) => {
    expect(evaluate(`import * as entry from ${JSON.stringify(entry)}; console.log(typeof entry[${JSON.stringify(name)}])`)).toMatch(/function|object/)
  })

  it('exports nothing else', () => {
    expect(Object.keys(manifest.exports)).toEqual(['.', './wire', './step', './shell', './host', './host/web', './host/node', './telemetry', './testing', './package.json'])
  })

  it('bundles for Node what it gives to everyone else, and no more', () => {
    const entries = Object.values(manifest.exports).filter((entry) => typeof entry === 'object')
    expect(entries).toHaveLength(9)
    const script = `
      const differ = []
      for (const entry of ${JSON.stringify(entries)}) {
        const [bundled, apart] = await Promise.all([import(entry.node), import(entry.default)].map((all) => all.then(Object.keys)))
        if (bundled.sort().join() !== apart.sort().join()) differ.push(entry.node)
      }
      console.log(differ.join() || 'the same')`
    expect(evaluate(script)).toBe('the same')
  })

  it('is one program in Node, by whatever entries it is imported', () => {
    const script = `
      import { handoffToken } from 'hello-negotiation'
      import { TokenStore } from 'hello-negotiation/step'
      const { state, value } = TokenStore.issue(TokenStore.tokenStore(), 0, TokenStore.draws(new Uint8Array(16)))
      const token = handoffToken(new Uint8Array(16))
      console.log(value._tag, TokenStore.consume(state, value.right.token, token, 1).value._tag)`
    expect(evaluate(script)).toBe('Right Right')
  })

  it('keeps the core to three dependencies', () => {
    expect(Object.keys(manifest.dependencies)).toEqual(['fp-ts', 'io-ts', 'protobufjs'])
  })

  it('loads neither node: modules nor koffi nor fast-check with its core entry', () => {
    const script = `
      import { register } from 'node:module'
      const seen = []
      const hooks = 'export const resolve = (specifier, context, next) => { if (/^node:|koffi|fast-check/.test(specifier) && context.parentURL?.includes("/dist/")) throw new Error("loads " + specifier); return next(specifier, context) }'
      register('data:text/javascript,' + encodeURIComponent(hooks))
      await import('hello-negotiation')
      console.log('clean')`
    expect(evaluate(script)).toBe('clean')
  })

  it('works where code from strings is forbidden', () => {
    const script = `import { createBroker, parsePolicy, UNVERIFIED_PEER } from 'hello-negotiation'
      const broker = createBroker({ policy: parsePolicy({ services: [] }).right })
      console.log(broker.exchange(Uint8Array.of(1, 0, 0, 0, 0), UNVERIFIED_PEER).outcome.reply.reason)`
    const output = execFileSync(process.execPath, ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', script], { cwd: ROOT, encoding: 'utf8' })
    expect(output.trim()).toBe('frame envelope_version is not v1')
  })

  it('packs the build, the sources, the schema and the papers, and no tests', () => {
    const [{ files }] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT, encoding: 'utf8' })) as [
      { readonly files: ReadonlyArray<{ readonly path: string }> },
    ]
    const folders = new Set(files.map(({ path }) => (path.includes('/') ? path.split('/')[0] : path)))
    expect([...folders].sort()).toEqual([
      'ARCHITECTURE.md', 'CHANGELOG.md', 'LICENSE', 'README.md', 'SPEC.md', 'dist', 'docs', 'package.json', 'proto', 'src',
    ])
  })
})
