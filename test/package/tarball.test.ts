/**
 * The package as strangers get it: packed, put into an empty project, and used from there, in every way that it says it can be.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { rolldown } from 'rolldown'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inChromium, LACKS_CHROMIUM } from '../support/chromium.js'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** What an installation would bring beside the package: its dependencies, and what the user of `/testing` has. */
const NEIGHBOURS = ['fp-ts', 'io-ts', 'protobufjs', 'long', 'fast-check', 'pure-rand', '@types/node', 'undici-types']

const project = mkdtempSync(join(tmpdir(), 'hello-project-'))
const packed = join(project, 'node_modules', 'hello-negotiation')
const { exports: entries } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly exports: Readonly<Record<string, unknown>> }
const names = Object.keys(entries).filter((entry) => entry !== './package.json').map((entry) => `hello-negotiation${entry.slice(1)}`)
/** What Node alone can run. */
const isForNode = (name: string): boolean => name.endsWith('/node')

beforeAll(async () => {
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', project], { cwd: ROOT })
  const [{ filename }] = JSON.parse(stdout) as [{ readonly filename: string }]
  mkdirSync(packed, { recursive: true })
  await run('tar', ['-xzf', join(project, filename), '-C', packed, '--strip-components=1'])
  for (const neighbour of NEIGHBOURS) {
    mkdirSync(dirname(join(project, 'node_modules', neighbour)), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', neighbour), join(project, 'node_modules', neighbour))
  }
  writeFileSync(join(project, 'package.json'), '{ "private": true }')
}, 60_000)

afterAll(() => rmSync(project, { recursive: true, force: true }))

async function runs(file: string, text: string): Promise<string> {
  writeFileSync(join(project, file), text)
  const { stdout, stderr } = await run(process.execPath, [join(project, file)], { cwd: project })
  return stderr + stdout.trim()
}

const USE = `
const policy = parsePolicy({ services: [] })
const answer = createBroker({ policy: policy.right }).exchange(new Uint8Array(1), UNVERIFIED_PEER)
`

describe('the tarball', () => {
  it('has nothing that publint would change', async () => {
    const { messages, pkg } = await publint({ pkgDir: packed, strict: true, pack: false })
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
  })

  it('has types that resolve as the modules do', async () => {
    const attw = join(ROOT, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js')
    const tarball = readdirSync(project).find((file) => file.endsWith('.tgz')) ?? ''
    // It fails, and so does the test, where anything is wrong but for those who cannot read ES modules.
    const { stdout } = await run(process.execPath, [attw, join(project, tarball), '--profile', 'esm-only', '--format', 'ascii', '--no-color'])
    expect(stdout).toContain('(from ESM): 🟢 (ESM)')
    expect(stdout.split('\n').filter((line) => /💀|⚠️|❌/u.test(line) && !line.includes('(ignored'))).toEqual([])
  }, 60_000)

  it('holds every page that its pages link to', () => {
    const pages = readdirSync(packed, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'))
    expect(pages).toContain('README.md')
    const missing = pages.flatMap((page) => linksOf(readFileSync(join(packed, page), 'utf8'))
      .filter((link) => !existsSync(join(packed, dirname(page), link))).map((link) => `${page}: ${link}`))
    // What is only in a clone is said to be there.
    expect(missing.filter((line) => !/: (?:\.\.\/)*(?:test|bench|fuzz|examples|stryker|play|api|CONTRIBUTING|SECURITY)/.test(line))).toEqual([])
  })
})

const linksOf = (text: string): ReadonlyArray<string> => [...text.replace(/^```[^]*?^```$/gm, '').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((match) => match[1] as string)

describe('in an empty project', () => {
  it('is imported, from every entry', async () => {
    expect(await runs('all.mjs', `
      for (const name of ${JSON.stringify(names)}) if (Object.keys(await import(name)).length === 0) console.log('nothing in', name)
      import { createBroker, parsePolicy, UNVERIFIED_PEER } from 'hello-negotiation'
      ${USE} console.log(answer.outcome._tag)`)).toBe('Refused')
  })

  it('is required from CommonJS, and is the same program there', async () => {
    expect(await runs('all.cjs', `
      const { createBroker, parsePolicy, UNVERIFIED_PEER } = require('hello-negotiation')
      ${USE}
      import('hello-negotiation').then((imported) => console.log(answer.outcome._tag, imported.createBroker === createBroker))`)).toBe('Refused true')
  })

  it('has a command', async () => {
    const { stdout } = await run(process.execPath, [join(packed, 'dist', 'host', 'command', 'main.js'), 'inspect', '0100000000'], { cwd: project })
      .catch((error: { readonly stdout: string }) => error)
    expect(stdout).toContain('Frame')
  })

  it.each([
    ['nodenext', ts.ModuleKind.NodeNext, ts.ModuleResolutionKind.NodeNext, names],
    ['bundler', ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler, names.filter((name) => !isForNode(name))],
  ] as const)('compiles under the strictest settings, libraries checked too, resolved as %s does', (kind, module, moduleResolution, all) => {
    const file = join(project, `${kind}.mts`)
    const lines = all.map((name, i) => `import * as entry${i} from '${name}'\nexport const keys${i}: ReadonlyArray<string> = Object.keys(entry${i})`)
    writeFileSync(file, lines.join('\n'))
    const program = ts.createProgram([file], {
      module, moduleResolution, target: ts.ScriptTarget.ES2022, lib: ['lib.es2023.d.ts'], strict: true, exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true, skipLibCheck: false, noEmit: true, types: kind === 'nodenext' ? ['node'] : [], typeRoots: [join(project, 'node_modules', '@types')],
    })
    const complaints = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
    expect(complaints).toEqual([])
  }, 120_000)
})

/** The modules of a bundle for browsers of what a text imports, and its code. */
async function bundled(text: string): Promise<{ readonly code: string; readonly modules: ReadonlyArray<string> }> {
  writeFileSync(join(project, 'bundled.mjs'), text)
  const bundle = await rolldown({ input: join(project, 'bundled.mjs'), platform: 'browser', cwd: project })
  const { output: [chunk] } = await bundle.generate({ format: 'iife', name: 'bundle', minify: true })
  await bundle.close()
  return { code: chunk.code, modules: Object.entries(chunk.modules).filter(([, { renderedLength }]) => renderedLength > 0).map(([id]) => id.replaceAll('\\', '/')) }
}

const ofPackage = (modules: ReadonlyArray<string>, name: string): ReadonlyArray<string> => modules.filter((id) => id.includes(`/node_modules/${name}/`))

describe('in a bundle', () => {
  it('is one step where one step is imported, and none of the packages that it does not need', async () => {
    const { modules } = await bundled('import { RateLimiter } from \'hello-negotiation/step\'\nconsole.log(RateLimiter.rateLimiter())')
    expect(ofPackage(modules, 'io-ts')).toEqual([])
    expect(ofPackage(modules, 'protobufjs')).toEqual([])
    const folders = new Set(ofPackage(modules, 'hello-negotiation').map((id) => id.split('/dist/')[1]))
    expect([...folders].sort()).toEqual(['data/Instant.js', 'data/PersistentMap.js', 'step/RateLimiter.js'])
  })

  it.skipIf(LACKS_CHROMIUM)('answers a Hello in a browser', async () => {
    const { code } = await bundled(`import { createBroker, parsePolicy, UNVERIFIED_PEER } from 'hello-negotiation'\n${USE} globalThis.seen = answer.outcome._tag`)
    await inChromium(async (browser) => {
      const page = await browser.newPage()
      await page.addScriptTag({ content: code })
      expect(await page.evaluate('globalThis.seen')).toBe('Refused')
    })
  }, 60_000)

  it('is no larger than is said in README', async () => {
    const { gzipSync } = await import('node:zlib')
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
    const budgets = [...readme.matchAll(/^\| `(import [^`]+)` \| (\d+) KB \|$/gm)]
    expect(budgets.length).toBeGreaterThanOrEqual(4)
    for (const [, text = '', budget] of budgets) {
      const { code } = await bundled(text.replace(/import \{ ([^}]+) \} from '([^']+)'/, 'export { $1 } from \'$2\''))
      const kilobytes = gzipSync(code).length / 1_000
      expect({ text, isWithin: kilobytes <= Number(budget), isNear: kilobytes > Number(budget) * 0.7 }).toEqual({ text, isWithin: true, isNear: true })
    }
  })
})
