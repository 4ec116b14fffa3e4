/**
 * The floors of ARCHITECTURE.md, held by a test: who may import whom, and what the pure floors may
 * not so much as name. The sources are parsed, so that comments and texts do not count.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const SRC = fileURLToPath(new URL('../../src', import.meta.url))

/** The number of each folder's floor; `testing` is a wing that nobody leans on. */
const FLOORS: Readonly<Record<string, number>> = { data: 0, wire: 1, step: 2, negotiate: 3, client: 3, shell: 4, host: 5, testing: 6 }
const LAST_PURE_FLOOR = 4

/**
 * The one part of the wing that hosts lean on: the conformance test is run by a command, on a machine that has no
 * package for tests. Only the hosts' own half of it may.
 */
const CONFORMANCE = 'testing/conformance/'
const CONFORMANCE_HOST = /^host\/(?:command|node)\/conformance(?:\.ts$|\/)/

/** The packages each folder may import, beside its own files. */
const PACKAGES: Readonly<Record<string, ReadonlyArray<string>>> = {
  data: ['fp-ts'],
  wire: ['fp-ts', 'protobufjs'],
  step: ['fp-ts'],
  negotiate: ['fp-ts', 'io-ts'],
  client: ['fp-ts'],
  shell: ['fp-ts'],
  host: ['fp-ts', 'koffi'],
  testing: ['fp-ts', 'fast-check'],
}

const BANNED_NAMES = [
  'Buffer', 'Date', 'Promise', 'clearInterval', 'clearTimeout', 'console', 'crypto', 'eval', 'fetch', 'globalThis',
  'performance', 'process', 'queueMicrotask', 'require', 'setImmediate', 'setInterval', 'setTimeout',
]

/** The one file below the hosts that touches the world, and all it may touch (its header says why). */
const ALLOWED_NAMES: Readonly<Record<string, ReadonlyArray<string>>> = { 'shell/Defaults.ts': ['crypto', 'performance'] }

/** What package.json says of where the package is entered. */
interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>
  readonly bin: Readonly<Record<string, string>>
}

interface Source {
  readonly path: string
  readonly folder: string
  readonly file: ts.SourceFile
}

const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((path) => path.split(sep).join('/'))
  .filter((path) => path.endsWith('.ts'))
  .map((path): Source => sourceOf(path, readFileSync(join(SRC, path), 'utf8')))

function sourceOf(path: string, text: string): Source {
  return { path, folder: path.includes('/') ? (path.split('/')[0] as string) : '', file: ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true) }
}

function nodesOf(node: ts.Node): ReadonlyArray<ts.Node> {
  const children: Array<ts.Node> = []
  node.forEachChild((child) => void children.push(child))
  return [node, ...children.flatMap(nodesOf)]
}

function importsOf({ file }: Source): ReadonlyArray<string> {
  return nodesOf(file).flatMap((node) => {
    const specifier = ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword ? node.arguments[0] : undefined
    return specifier !== undefined && ts.isStringLiteral(specifier) ? [specifier.text] : []
  })
}

/** What is wrong with a file's imports, one line each. */
function importFaults(source: Source): ReadonlyArray<string> {
  const { path, folder } = source
  return importsOf(source).flatMap((specifier) => {
    if (specifier.startsWith('.')) {
      const file = targetOf(path, specifier)
      const target = file.split('/')[0] as string
      const isAllowed = folder === '' || target === folder || floorOf(target) < floorOf(folder) || isConformance(path, file)
      return isAllowed ? [] : [`${path} imports ${specifier}, upward or sideways`]
    }
    if (specifier.startsWith('node:')) {
      return floorOf(folder) === FLOORS['host'] ? [] : [`${path} imports ${specifier}`]
    }
    const packageName = specifier.split('/')[0] as string
    return PACKAGES[folder]?.includes(packageName) === true ? [] : [`${path} imports ${specifier}`]
  })
}

function targetOf(path: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(path), specifier))
}

function isConformance(path: string, target: string): boolean {
  return CONFORMANCE_HOST.test(path) && target.startsWith(CONFORMANCE)
}

/** The files of a folder or of others that a file imports, types too. */
function filesImportedBy(source: Source): ReadonlyArray<string> {
  return importsOf(source).filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => targetOf(source.path, specifier).replace(/\.js$/, '.ts'))
}

/** Files that import each other in a circle, each circle as the way around it. */
function circlesAmong(sources: ReadonlyArray<Source>): ReadonlyArray<string> {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const done = new Set<string>()
  const visit = (path: string, way: ReadonlyArray<string>): ReadonlyArray<string> => {
    if (way.includes(path)) return [[...way.slice(way.indexOf(path)), path].join(' > ')]
    const source = byPath.get(path)
    if (source === undefined || done.has(path)) return []
    const circles = filesImportedBy(source).flatMap((next) => visit(next, [...way, path]))
    done.add(path)
    return circles
  }
  return sources.flatMap(({ path }) => visit(path, []))
}

function floorOf(folder: string): number {
  return FLOORS[folder] ?? Number.NaN
}

/** What a file of a pure floor names or does that it may not, one line each. */
function purityFaults({ path, file }: Source): ReadonlyArray<string> {
  const allowed = ALLOWED_NAMES[path] ?? []
  return nodesOf(file).flatMap((node) => {
    const line = `${path}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1}`
    if (ts.isThrowStatement(node)) return [`${line} throws`]
    if (ts.isClassLike(node)) return [`${line} has a class`]
    if (ts.isAwaitExpression(node) || node.kind === ts.SyntaxKind.AsyncKeyword) return [`${line} is async`]
    if (ts.isPropertyAccessExpression(node) && node.getText(file) === 'Math.random') return [`${line} names Math.random`]
    const isBanned = ts.isIdentifier(node) && BANNED_NAMES.includes(node.text) && !allowed.includes(node.text) && !isMember(node)
    return isBanned ? [`${line} names ${node.text}`] : []
  })
}

/** The name after a dot, or of a field, names no global. */
function isMember(node: ts.Identifier): boolean {
  const { parent } = node
  return (ts.isPropertyAccessExpression(parent) && parent.name === node)
    || ((ts.isPropertySignature(parent) || ts.isPropertyAssignment(parent)) && parent.name === node)
}

/** Some files, and all that they import, and so on. */
function reachedFrom(entries: ReadonlyArray<string>): ReadonlyArray<Source> {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const reached = new Set<Source>()
  const visit = (path: string): void => {
    const source = byPath.get(path)
    if (source === undefined || reached.has(source)) return
    reached.add(source)
    filesImportedBy(source).forEach(visit)
  }
  entries.forEach(visit)
  return [...reached]
}

/** Where the package is entered, as sources. */
const { exports: named, bin } = JSON.parse(readFileSync(join(dirname(SRC), 'package.json'), 'utf8')) as Manifest
const entries = [...Object.values(named).flatMap((entry) => (typeof entry === 'string' ? [] : [entry.default])), ...Object.values(bin)]
  .map((path) => path.replace(/^\.\/dist\/(.*)\.js$/, '$1.ts'))

const isPure = ({ folder }: Source): boolean => floorOf(folder) <= LAST_PURE_FLOOR

describe('the floors', () => {
  it('sees the sources, all of them in a folder it knows', () => {
    expect(sources.length).toBeGreaterThan(50)
    expect(sources.filter(({ path, folder }) => path !== 'index.ts' && FLOORS[folder] === undefined)).toEqual([])
  })

  it('lets a file import from its own folder and from lower floors only, and packages where they belong', () => {
    expect(sources.flatMap(importFaults)).toEqual([])
  })

  it('keeps the world out of floors 0 to 4: no clock, no randomness, no timers, no throw, no class, no async', () => {
    expect(sources.filter(isPure).flatMap(purityFaults)).toEqual([])
  })

  it('has no two files that need each other, not even for a type', () => {
    expect(circlesAmong(sources)).toEqual([])
  })

  it('would catch two files that do', () => {
    const circle = [['a/One.ts', `import type { Two } from './Two.js'`], ['a/Two.ts', `export { one } from './One.js'`]] as const
    expect(circlesAmong(circle.map(([path, text]) => sourceOf(path, text)))).toEqual(['a/One.ts > a/Two.ts > a/One.ts'])
  })

  it('lets nothing in through the testing wing, but for the conformance test, which a command runs', () => {
    const users = sources.filter(({ folder }) => folder !== 'testing').filter((source) =>
      importsOf(source).some((specifier) => specifier.includes('/testing/') && !isConformance(source.path, targetOf(source.path, specifier))))
    expect(users.map(({ path }) => path)).toEqual([])
  })

  it('keeps packages for tests out of the conformance test and all that it leans on', () => {
    const leaned = reachedFrom(sources.map(({ path }) => path).filter((path) => path.startsWith(CONFORMANCE)))
    expect(leaned.length).toBeGreaterThan(20)
    const packages = leaned.flatMap(importsOf).filter((specifier) => !specifier.startsWith('.')).map((specifier) => specifier.split('/')[0])
    expect([...new Set(packages)].sort()).toEqual(['fp-ts', 'io-ts', 'protobufjs'])
  })

  it.each([
    ['data/Spoilt.ts', `import { push } from '../wire/Framing.js'`, 'imports ../wire/Framing.js, upward or sideways'],
    ['client/Spoilt.ts', `import { negotiate } from '../negotiate/negotiate.js'`, 'upward or sideways'],
    ['step/Spoilt.ts', `import protobuf from 'protobufjs/minimal.js'`, 'imports protobufjs/minimal.js'],
    ['shell/Spoilt.ts', `import net from 'node:net'`, 'imports node:net'],
    ['data/Spoilt.ts', `const lazily = () => import('node:fs')`, 'imports node:fs'],
    ['host/command/Spoilt.ts', `import { subject } from '../../testing/conformance/Subject.js'`, 'upward or sideways'],
    ['host/command/conformance.ts', `import { deepFreeze } from '../../testing/deepFreeze.js'`, 'upward or sideways'],
  ])('would catch %s: %s', (path, text, fault) => {
    expect(importFaults(sourceOf(path, text)).join()).toContain(fault)
  })

  it.each([
    ['const now = Date.now()', 'names Date'],
    ['const r = Math.random()', 'names Math.random'],
    ['const t = setTimeout(f, 1)', 'names setTimeout'],
    ['const b = crypto.getRandomValues(a)', 'names crypto'],
    ['async function f() {}', 'is async'],
    ['function f() { throw 1 }', 'throws'],
    ['class A {}', 'has a class'],
    ['console.log(process.env)', 'names console'],
  ])('would catch `%s`', (text, fault) => {
    expect(purityFaults(sourceOf('step/Spoilt.ts', text)).join()).toContain(fault)
  })
})

function linesOf(node: ts.Node, file: ts.SourceFile): number {
  return node.getText(file).split('\n').length
}

/** The functions right inside a node, without those inside them. */
function nestedFunctions(node: ts.Node): ReadonlyArray<ts.Node> {
  const found: Array<ts.Node> = []
  ts.forEachChild(node, (child) => void found.push(...(ts.isFunctionLike(child) ? [child] : nestedFunctions(child))))
  return found
}

describe('every entry but the Node host\'s and the command', () => {
  const anywhere = reachedFrom(entries.filter((path) => !/^host\/(?:command|node)\//.test(path)))

  it('imports no module of Node\'s', () => {
    const fromNode = anywhere.flatMap((source) => importsOf(source).filter((name) => name.startsWith('node:')).map((name) => `${source.path} ${name}`))
    expect(fromNode).toEqual([])
    expect(anywhere.length).toBeGreaterThan(100)
  })

  it('names nothing that Node alone has', () => {
    const named = anywhere.flatMap(({ path, file }) => nodesOf(file).flatMap((node) =>
      ts.isIdentifier(node) && ['Buffer', 'process', 'require', 'setImmediate', '__dirname'].includes(node.text) && !isMember(node) ? [`${path} ${node.text}`] : []))
    expect(named).toEqual([])
  })
})

describe('the shape of the sources', () => {
  const written = sources.filter(({ path }) => !path.startsWith('wire/messages/'))

  it('keeps functions short enough to be read at one look: 70 lines, and 100 with the functions inside', () => {
    const long = written.flatMap(({ path, file }) =>
      nodesOf(file).filter(ts.isFunctionLike).flatMap((node) => {
        const whole = linesOf(node, file)
        // A cell and the small functions that share it are one function to the compiler, and several to a reader.
        const own = whole - nestedFunctions(node).reduce((lines, inner) => lines + linesOf(inner, file) - 1, 0)
        return own > 70 || whole > 100 ? [`${path}: ${node.name?.getText(file) ?? 'a function'} has ${own} lines, ${whole} in all`] : []
      }))
    // createBroker is a record of methods over one cell, each of a line or three; describeError is one
    // row an error. Cutting either would only hide its length.
    expect(long.filter((line) => !/createBroker|describeError/.test(line))).toEqual([])
  })

  it('says at the top of each file what it is', () => {
    const silent = written.filter(({ file }) => !/^(?:#!.*\n)?\/\*\*/.test(file.text))
    expect(silent.map(({ path }) => path)).toEqual([])
  })

  it('has no file that nothing leads to', () => {
    const reached = new Set(reachedFrom(entries))
    expect(sources.filter((source) => !reached.has(source)).map(({ path }) => path)).toEqual([])
  })
})

describe('ARCHITECTURE.md', () => {
  it('names every folder of src', () => {
    const text = readFileSync(join(dirname(SRC), 'ARCHITECTURE.md'), 'utf8')
    const folders = Object.keys(FLOORS)
    expect(folders.filter((folder) => !text.includes(`${folder}/`))).toEqual([])
    expect(relative(dirname(SRC), SRC)).toBe('src')
  })
})
