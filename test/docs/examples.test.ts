/**
 * Every example in a docstring, in README.md and in docs/ is compiled, strictly, and run against the built package.
 * In README.md each block stands for itself, and one that names its file is a program; a page of docs/ is one program
 * from top to bottom.
 */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
// Inside the package, so that an example can import it by its own name.
const FOLDER = join(ROOT, 'dist', 'examples-under-test')

interface Example {
  readonly where: string
  readonly code: string
}

function docstringExamples(path: string): ReadonlyArray<Example> {
  const text = readFileSync(join(ROOT, 'src', path), 'utf8')
  return [...text.matchAll(/^ \* @example\n((?: \*.*\n)+?)(?= \*\n \* @| \*\/)/gm)].map((match, i) => ({
    where: `${path} ${i + 1}`,
    code: (match[1] as string).replace(/^ \* ?/gm, ''),
  }))
}

function readmeExamples(): ReadonlyArray<Example> {
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8')
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match, i) => ({ where: `README.md ${i + 1}`, code: match[1] as string }))
}

function pageExamples(path: string): ReadonlyArray<Example> {
  const blocks = [...readFileSync(join(ROOT, 'docs', path), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)]
  return blocks.length === 0 ? [] : [{ where: `docs/${path}`, code: blocks.map((match) => match[1] as string).join('\n') }]
}

const fromPages = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  // The reference shows declarations, and examples that are docstrings' own.
  .filter((path) => path.endsWith('.md') && !path.startsWith('reference'))
  .flatMap(pageExamples)
const fromDocstrings = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .flatMap(docstringExamples)
const fromReadme = readmeExamples()
const examples = [...fromReadme, ...fromPages, ...fromDocstrings]

/** The name of the file that a reader is to save an example as, where it is a program of its own. */
const programOf = ({ code }: Example): string | undefined => /^\/\/ (\w+\.mjs)\n/.exec(code)?.[1]
const programs = fromReadme.filter((example) => programOf(example) !== undefined)

const fileOf = ({ where }: Example): string => `${where.replace(/[^A-Za-z0-9]+/g, '_')}.mts`

beforeAll(() => {
  mkdirSync(FOLDER, { recursive: true })
  for (const example of examples) writeFileSync(join(FOLDER, fileOf(example)), example.code)
  for (const program of programs) writeFileSync(join(FOLDER, programOf(program) as string), program.code)
})

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }))

describe('the examples', () => {
  it('are there', () => {
    expect(fromDocstrings.length).toBeGreaterThanOrEqual(25)
    expect(fromReadme.length).toBeGreaterThanOrEqual(5)
    expect(fromPages.length).toBeGreaterThanOrEqual(1)
  })

  it('compile under the strictest settings', () => {
    const program = ts.createProgram(examples.map((example) => join(FOLDER, fileOf(example))), {
      target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext,
      strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, types: ['node'], rootDir: FOLDER,
      moduleDetection: ts.ModuleDetectionKind.Force,
    })
    const { diagnostics } = program.emit()
    const complaints = [...ts.getPreEmitDiagnostics(program), ...diagnostics].map((diagnostic) =>
      `${diagnostic.file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')}`)
    expect(complaints).toEqual([])
  }, 120_000)

  it('run, all of them in one process but for the programs, and it ends by itself', () => {
    const parts = examples.filter((example) => !programs.includes(example))
    const imports = parts.map((example) => {
      const url = pathToFileURL(join(FOLDER, fileOf(example).replace(/\.mts$/, '.mjs')))
      return `await import(${JSON.stringify(url.href)}).catch((error) => { error.message = ${JSON.stringify(example.where)} + ': ' + error.message; throw error })`
    })
    const script = `${imports.join('\n')}\nconsole.log('ran ${parts.length}')`
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8', timeout: 60_000 })
    expect(output.trim().split('\n').at(-1)).toBe(`ran ${parts.length}`)
  }, 90_000)

  it('show a broker, a backend and a client that work as they stand, the connection handed over', async () => {
    expect(programs.map(programOf)).toEqual(['client.mjs', 'backend.mjs', 'broker.mjs'])
    const broker = spawn(process.execPath, ['broker.mjs'], { cwd: FOLDER, stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void broker.kill())
    const lines = createInterface({ input: broker.stdout })
    const [command] = await once(lines, 'line') as [string]
    const notice = once(lines, 'line')
    const { stdout } = await promisify(execFile)(process.execPath, command.split(' ').slice(1), { cwd: FOLDER, timeout: 60_000 })
    expect(stdout).toBe('at the backend, by the route HandlePassed\nHello, backend!\n')
    expect(String(await notice)).toMatch(/^handoff of zccache connection 1, .*: transferred, stream: Backend/)
  }, 90_000)

  it.each(['createBroker(', 'connect('])('show a first %s...) in under 30 lines', (call) => {
    const first = fromReadme.find(({ code }) => code.includes(call))
    expect(first?.code.trim().split('\n').length).toBeLessThan(30)
  })
})
