/**
 * A Stryker test runner that runs the unit tests in its own process: a mutant costs the milliseconds of the tests that meet it, where a
 * vitest worker would load a hundred modules first, at two seconds a mutant. Tests are described, selected and judged by vitest's own
 * parts; they hold no hooks and no state between them, which is all that this runner asks of them. A folder of sources is judged by the
 * folder of tests that mirrors it.
 *
 * Laws: 1. a mutant is active while tests run, and where that does not kill it and it is met when modules load, while they load too;
 *       2. a mutant is killed only by a test that passes without it in the same modules: a mutant that spoils them for its
 *          successors is found out, and gets fresh ones before it is judged.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core'
import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin'
import { determineHitLimitReached, DryRunStatus, TestStatus, toMutantRunResult } from '@stryker-mutator/api/test-runner'
import { collectTests } from '@vitest/runner'
import { TestRunner as Vitest, vi } from 'vitest'
import { bundle } from './bundle.mjs'

const FOLDERS = ['data', 'wire', 'step', 'negotiate', 'client']

/** Compares the sources with what generates them, which no mutated copy equals. */
const LEFT_OUT = ['test/wire/messages/generated.test.ts']

/** How long each test took without a mutant; one worker measures, all read. In the sandbox, which is thrown away. */
const DURATIONS = 'durations.json'

const stryker = (globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {})

/** Makes a mutant the active one, or none, and begins to count how often it is met. */
const arm = (activeMutant, hitLimit, hitCount = 0) => Object.assign(stryker, { activeMutant, hitLimit, hitCount })

const testsOf = ({ tasks }, path) => tasks.flatMap((task) =>
  task.type === 'test' ? [{ id: `${path} > ${task.name}`, run: Vitest.getTestFn(task) }] : testsOf(task, `${path} > ${task.name}`))

/** Numbers all but the first of tests of one name, since Stryker knows a test by its name. */
function withOwnIds(tests) {
  const seen = new Map()
  return tests.map(({ id, ...rest }) => {
    const nth = (seen.get(id) ?? 0) + 1
    seen.set(id, nth)
    return { ...rest, id: nth === 1 ? id : `${id} (${nth})` }
  })
}

/** Test files with the likeliest to kill a mutant of this source before all others. */
function mirrorFirst(files, source) {
  const mirror = source.replace(/^src/, 'test').replace(/\.ts$/, '.test.ts')
  return [...files].sort((a, b) => Number(b === mirror) - Number(a === mirror))
}

async function outcome({ id, file, run }) {
  const started = performance.now()
  const result = (rest) => ({ id, name: id, fileName: file, timeSpentMs: performance.now() - started, ...rest })
  try {
    await run()
    return result({ status: TestStatus.Success })
  } catch (error) {
    return result({ status: TestStatus.Failed, failureMessage: String(error?.message ?? error) })
  } finally {
    // A test that fails has no time to put back what it spied on.
    vi.restoreAllMocks()
  }
}

/** The tests of a file, its modules evaluated if they are not yet; where that fails, one test that says so. */
async function collected(modules, file) {
  const config = { root: process.cwd(), sequence: {}, setupFiles: [], tags: [], testTimeout: 0 }
  const [suite] = await collectTests([file], { config, importFile: () => modules[file]() })
  const [error] = suite.result?.errors ?? []
  if (error !== undefined) return [{ id: file, file, run: () => { throw error } }]
  return withOwnIds(testsOf(suite, file)).map((test) => ({ ...test, file }))
}

/** Runs tests until one fails, each with hits of its own to spend. */
async function untilFailed(tests) {
  const results = []
  for (const test of tests) {
    stryker.hitCount = 0
    results.push(await outcome(test))
    if (failed(results)) break
  }
  return results
}

const failed = (results) => results.at(-1)?.status === TestStatus.Failed

/** Calls static only what no test meets while it runs: the others are cheaper to try at runtime first. */
const onlyStatic = ({ static: met, perTest }) => {
  const metByTests = new Set(Object.values(perTest).flatMap(Object.keys))
  return { static: Object.fromEntries(Object.entries(met).filter(([id]) => !metByTests.has(id))), perTest }
}

/**
 * Most times that one test may meet a mutant, for loops that do not end: Stryker's own limit, a hundred times what all tests need, is too
 * far off where hot code is mutated.
 */
const MOST_HITS = 1_000_000

class InProcess {
  /** The tests by their file, while there are modules that no mutant has spoilt. */
  loaded = undefined

  constructor({ mutate }) {
    const isMutated = (folder) => mutate.some((pattern) => pattern.startsWith(`src/${folder}/`))
    this.folders = FOLDERS.some(isMutated) ? FOLDERS.filter(isMutated) : FOLDERS
  }

  capabilities() {
    return { reloadEnvironment: true }
  }

  async init() {
    this.files = this.folders.flatMap((folder) => readdirSync(`test/${folder}`, { recursive: true }).map((file) => `test/${folder}/${file}`))
      .filter((file) => file.endsWith('.test.ts') && !LEFT_OUT.includes(file)).sort()
    this.fresh = await bundle(process.cwd(), this.files)
  }

  async dryRun() {
    arm(undefined)
    const results = []
    for (const test of [...(await this.tests()).values()].flat()) {
      stryker.currentTestId = test.id
      results.push(await outcome(test))
      stryker.currentTestId = undefined
    }
    writeFileSync(DURATIONS, JSON.stringify(Object.fromEntries(results.map(({ id, timeSpentMs }) => [id, timeSpentMs]))))
    return { status: DryRunStatus.Complete, tests: results, mutantCoverage: onlyStatic(stryker.mutantCoverage) }
  }

  async mutantRun({ activeMutant: { id }, mutantActivation, sandboxFileName, testFilter, hitLimit = MOST_HITS }) {
    const limit = Math.min(hitLimit, MOST_HITS)
    const files = mirrorFirst(this.files, relative(process.cwd(), sandboxFileName))
    const isMet = testFilter === undefined ? () => true : (test) => testFilter.includes(test.id)
    const isStatic = mutantActivation === 'static'
    let tests = isStatic ? [] : await this.runFair(id, limit, files, isMet)
    if (!failed(tests) && (isStatic || this.metAtLoad.has(id))) tests = await this.runStatic(id, limit, files)
    return toMutantRunResult(determineHitLimitReached(stryker.hitCount, limit) ?? { status: DryRunStatus.Complete, tests })
  }

  /** Loads the modules under the mutant, one test file at a time, for the first will often do. */
  async runStatic(mutant, hitLimit, files) {
    arm(mutant, hitLimit)
    const modules = this.fresh()
    const results = []
    for (const file of files) {
      results.push(...await untilFailed(await collected(modules, file)))
      if (failed(results)) break
    }
    arm(undefined, hitLimit, stryker.hitCount)
    return results
  }

  /** As at runtime, but not content with a failure of a test that fails without the mutant too: then modules were spoilt before. */
  async runFair(mutant, hitLimit, files, isMet) {
    const results = await this.runAtRuntime(mutant, hitLimit, files, isMet)
    if (!failed(results) || await this.passes(results.at(-1).id)) return results
    this.loaded = undefined
    const again = await this.runAtRuntime(mutant, hitLimit, files, isMet)
    this.loaded = undefined
    return again
  }

  async runAtRuntime(mutant, hitLimit, files, isMet) {
    arm(undefined)
    const tests = await this.tests()
    arm(mutant, hitLimit)
    const results = await untilFailed(this.quickestFirst(files.flatMap((file) => tests.get(file)).filter(isMet)))
    arm(undefined, hitLimit, stryker.hitCount)
    return results
  }

  quickestFirst(tests) {
    this.durations ??= JSON.parse(readFileSync(DURATIONS, 'utf8'))
    return tests.sort((a, b) => this.durations[a.id] - this.durations[b.id])
  }

  async passes(id) {
    const { hitCount } = stryker
    const { status } = await outcome([...this.loaded.values()].flat().find((test) => test.id === id))
    stryker.hitCount = hitCount
    return status === TestStatus.Success
  }

  async tests() {
    if (this.loaded === undefined) {
      stryker.mutantCoverage = { static: {}, perTest: {} }
      const modules = this.fresh()
      this.loaded = new Map()
      for (const file of this.files) this.loaded.set(file, await collected(modules, file))
      this.metAtLoad = new Set(Object.keys(stryker.mutantCoverage.static))
    }
    return this.loaded
  }
}

const inProcess = (options) => new InProcess(options)
inProcess.inject = ['options']

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'in-process', inProcess)]
