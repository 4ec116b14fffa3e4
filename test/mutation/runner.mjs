/**
 * A Stryker test runner that runs the unit tests in its own process: a mutant costs the milliseconds of the tests that meet it, where a
 * vitest worker would load a hundred modules first, at two seconds a mutant. Tests are described, selected and judged by vitest's own
 * parts; they hold no hooks and no state between them, which is all that this runner asks of them.
 *
 * Laws: 1. a mutant is active while tests run, and where that does not kill it and it is met when modules load, while they load too;
 *       2. a mutant is killed only by a test that passes without it in the same modules: a mutant that spoils them for its
 *          successors is found out, and gets fresh ones before it is judged.
 */
import { readdirSync } from 'node:fs'
import { relative } from 'node:path'
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core'
import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin'
import { determineHitLimitReached, DryRunStatus, TestStatus, toMutantRunResult } from '@stryker-mutator/api/test-runner'
import { collectTests } from '@vitest/runner'
import { TestRunner as Vitest } from 'vitest'
import { bundle } from './bundle.mjs'

const FOLDERS = ['data', 'wire', 'step', 'negotiate', 'client']

/** Compares the sources with what generates them, which no mutated copy equals. */
const LEFT_OUT = ['test/wire/messages/generated.test.ts']

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

/** Test files by their hope to kill a mutant of this source: its mirror and those of its folder, then all others. */
function byDistance(files, source) {
  const mirror = source.replace(/^src/, 'test').replace(/\.ts$/, '.test.ts')
  const isNear = (file) => file.startsWith(`${mirror.split('/', 2).join('/')}/`)
  const near = files.filter(isNear).sort((a, b) => Number(b === mirror) - Number(a === mirror))
  return { near, far: files.filter((file) => !isNear(file)) }
}

async function outcome({ id, file, run }) {
  const started = performance.now()
  const result = (rest) => ({ id, name: id, fileName: file, timeSpentMs: performance.now() - started, ...rest })
  stryker.currentTestId = id
  try {
    await run()
    return result({ status: TestStatus.Success })
  } catch (error) {
    return result({ status: TestStatus.Failed, failureMessage: String(error?.message ?? error) })
  } finally {
    stryker.currentTestId = undefined
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

async function untilFailed(tests) {
  const results = []
  for (const test of tests) {
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

class InProcess {
  /** @type {Map<string, ReadonlyArray<Test>> | undefined} tests by their file, once modules are there that no mutant has spoilt */
  loaded

  capabilities() {
    return { reloadEnvironment: true }
  }

  async init() {
    this.files = FOLDERS.flatMap((folder) => readdirSync(`test/${folder}`, { recursive: true }).map((file) => `test/${folder}/${file}`))
      .filter((file) => file.endsWith('.test.ts') && !LEFT_OUT.includes(file)).sort()
    this.fresh = await bundle(process.cwd(), this.files)
  }

  async dryRun() {
    arm(undefined)
    stryker.mutantCoverage = { static: {}, perTest: {} }
    const results = []
    for (const test of [...(await this.tests()).values()].flat()) results.push(await outcome(test))
    return { status: DryRunStatus.Complete, tests: results, mutantCoverage: onlyStatic(stryker.mutantCoverage) }
  }

  async mutantRun({ activeMutant, mutantActivation, sandboxFileName, testFilter, hitLimit }) {
    const { near, far } = byDistance(this.files, relative(process.cwd(), sandboxFileName))
    const isMet = testFilter === undefined ? () => true : ({ id }) => testFilter.includes(id)
    const isStatic = mutantActivation === 'static'
    let tests = isStatic ? [] : await this.runFair(activeMutant.id, hitLimit, [...near, ...far], isMet)
    if (!failed(tests) && (isStatic || this.metAtLoad.has(activeMutant.id))) tests = await this.runStatic(activeMutant.id, hitLimit, near)
    return toMutantRunResult(determineHitLimitReached(stryker.hitCount, hitLimit) ?? { status: DryRunStatus.Complete, tests })
  }

  /**
   * Loads the modules under the mutant, one test file at a time, for the first will often do. What the tests of its own folder do not
   * find has survived: to load and run all others costs half a minute a mutant.
   */
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
    const results = await untilFailed(files.flatMap((file) => tests.get(file)).filter(isMet))
    arm(undefined, hitLimit, stryker.hitCount)
    return results
  }

  async passes(id) {
    const { hitCount } = stryker
    const { status } = await outcome([...this.loaded.values()].flat().find((test) => test.id === id))
    stryker.hitCount = hitCount
    return status === TestStatus.Success
  }

  async tests() {
    if (this.loaded === undefined) {
      const modules = this.fresh()
      this.loaded = new Map()
      for (const file of this.files) this.loaded.set(file, await collected(modules, file))
      this.metAtLoad = new Set(Object.keys(stryker.mutantCoverage.static))
    }
    return this.loaded
  }
}

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'in-process', () => new InProcess())]
