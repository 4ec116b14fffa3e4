/**
 * Floors 0 to 3 depend on nothing but their arguments: built and put into a realm that has no Date, no Math.random, no timers,
 * no process, no crypto and no console, where all intrinsics are frozen and text is not run as code, they say what they say here.
 *
 * What the realm has beside ECMAScript is TextEncoder and TextDecoder, which are functions of their arguments.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'
import { pairScenario, runPair, traceText, VECTOR_RUNNERS } from 'hello-negotiation/testing'
import { rolldown } from 'rolldown'
import { beforeAll, describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const VECTOR_FILES = ['golden.json', 'names.jsonl', 'decode.jsonl', 'sessions.jsonl'] as const
const LIVES = Array.from({ length: 60 }, (_, seed) => seed)

/** What is asked of the library, in the realm and here: the name of a task, and its input. */
type Task = readonly [what: 'life' | 'vectors', input: number | (typeof VECTOR_FILES)[number]]

const TASKS: ReadonlyArray<Task> = [...VECTOR_FILES.map((file) => ['vectors', file] as const), ...LIVES.map((seed) => ['life', seed] as const)]

/** The library as one script that leaves its tasks in a global, made of what is published. */
const ENTRY = `
  import { VECTOR_RUNNERS } from ${JSON.stringify(`${ROOT}dist/testing/vectors.js`)}
  import { runPair } from ${JSON.stringify(`${ROOT}dist/testing/pair/runPair.js`)}
  import { pairScenario } from ${JSON.stringify(`${ROOT}dist/testing/pair/PairScenario.js`)}
  import { traceText } from ${JSON.stringify(`${ROOT}dist/testing/virtual/traceText.js`)}
  export const vectors = (file, text) => JSON.stringify(VECTOR_RUNNERS[file](text))
  export const life = (seed) => traceText(runPair(pairScenario(seed)).world.trace)
`

const FORBIDDEN = [
  'Atomics', 'console', 'crypto', 'Date', 'fetch', 'performance', 'process', 'queueMicrotask', 'require', 'setImmediate', 'setInterval',
  'setTimeout', 'SharedArrayBuffer', 'WebAssembly',
]

const STRIP = `
  for (const name of ${JSON.stringify(FORBIDDEN)}) delete globalThis[name]
  delete Math.random
`

/** Nobody writes into what all share: a step that kept something there would be found out. */
const FREEZE = `
  // Not the global object, which cannot be frozen, nor what is this process's own.
  const others = ['globalThis', 'TextDecoder', 'TextEncoder']
  for (const name of Object.getOwnPropertyNames(globalThis).filter((name) => !others.includes(name))) {
    const value = globalThis[name]
    if (typeof value === 'function' || typeof value === 'object') Object.freeze(value)
    if (typeof value === 'function' && value.prototype) Object.freeze(value.prototype)
  }
`

let script: vm.Script

beforeAll(async () => {
  const bundle = await rolldown({
    input: 'entry',
    platform: 'neutral',
    logLevel: 'silent',
    resolve: { mainFields: ['module', 'main'], alias: { 'fp-ts/lib/Either.js': 'fp-ts/es6/Either.js' } },
    plugins: [{ name: 'entry', resolveId: (id) => (id === 'entry' ? id : null), load: (id) => (id === 'entry' ? ENTRY : null) }],
  })
  const { output: [{ code }] } = await bundle.generate({ format: 'iife', name: 'library' })
  script = new vm.Script(code, { filename: 'library.js' })
}, 60_000)

/** A realm with the library in it, and nothing else. */
function realm(): vm.Context {
  const context = vm.createContext({ TextDecoder, TextEncoder }, { codeGeneration: { strings: false, wasm: false } })
  vm.runInContext(STRIP, context)
  script.runInContext(context)
  vm.runInContext(FREEZE, context)
  return context
}

function inRealm(context: vm.Context, [what, input]: Task): string {
  const library = context['library'] as Readonly<Record<string, (...inputs: ReadonlyArray<unknown>) => string>>
  return (library[what] as (...inputs: ReadonlyArray<unknown>) => string)(...(what === 'vectors' ? [input, vectorsOf(input as string)] : [input]))
}

function here([what, input]: Task): string {
  return what === 'life'
    ? traceText(runPair(pairScenario(input as number)).world.trace)
    : JSON.stringify(VECTOR_RUNNERS[input as (typeof VECTOR_FILES)[number]](vectorsOf(input as string)))
}

function vectorsOf(file: string): string {
  return readFileSync(`${ROOT}test/vectors/${file}`, 'utf8')
}

describe('a realm without a world', () => {
  it('has no clock, no randomness, no timer, no process, and runs no text as code', () => {
    const context = realm()
    const names = JSON.stringify(FORBIDDEN)
    expect(vm.runInContext(`${names}.filter((name) => typeof globalThis[name] !== 'undefined').join()`, context)).toBe('')
    expect(vm.runInContext('typeof Math.random', context)).toBe('undefined')
    expect(() => vm.runInContext('new Function("return 1")', context)).toThrow(/Code generation from strings/)
  })

  it('is one in which the pure floors say the same, byte for byte: every vector, and lives of all three sides', () => {
    const context = realm()
    for (const task of TASKS) expect(inRealm(context, task) === here(task), `${task.join(' ')} differs`).toBe(true)
  }, 120_000)

  it('is one in which no order of questions changes an answer', () => {
    const [forwards, backwards] = [realm(), realm()]
    const tasks = TASKS.filter(([what]) => what === 'life')
    const answers = tasks.map((task) => inRealm(forwards, task))
    expect([...tasks].reverse().map((task) => inRealm(backwards, task)).reverse()).toEqual(answers)
  }, 120_000)

  it('would show a step that draws for itself, or reads the time', () => {
    const context = realm()
    expect(() => vm.runInContext('Math.random()', context)).toThrow(/is not a function/)
    expect(() => vm.runInContext('Date.now()', context)).toThrow(/Date is not defined/)
  })
})
