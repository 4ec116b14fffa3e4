/**
 * The targets with the built library in one script, instrumented: every branch, function and statement counts how often it
 * was reached.
 */
import { createInstrumenter } from 'istanbul-lib-instrument'
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'
import { rolldown } from 'rolldown'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The targets, and a reader of what they have reached: one number a counter, since the last reading. */
export async function instrumented() {
  const bundle = await rolldown({
    input: `${ROOT}fuzz/targets.mjs`,
    platform: 'neutral',
    logLevel: 'silent',
    resolve: {
      mainFields: ['module', 'main'],
      alias: {
        'fp-ts/lib/Either.js': 'fp-ts/es6/Either.js',
        'hello-negotiation/step': `${ROOT}dist/step/index.js`,
        'hello-negotiation/wire': `${ROOT}dist/wire/index.js`,
        'hello-negotiation': `${ROOT}dist/index.js`,
      },
    },
  })
  const { output: [{ code }] } = await bundle.generate({ format: 'iife', name: 'fuzzed' })
  const instrumenter = createInstrumenter({ esModules: false, compact: true })
  const context = vm.createContext({ TextDecoder, TextEncoder, performance, crypto })
  vm.runInContext(instrumenter.instrumentSync(code, 'fuzzed.js'), context)
  return { targets: vm.runInContext('fuzzed.TARGETS', context), reached: counterReader(vm.runInContext('globalThis.__coverage__', context)['fuzzed.js']) }
}

/** Gives how often each counter went up since it was asked last, and sets all back to nothing. */
function counterReader({ b: branches, f: functions }) {
  const groups = [functions, ...Object.values(branches)]
  return () => {
    const counts = []
    for (const group of groups) {
      for (const key in group) {
        counts.push(group[key])
        group[key] = 0
      }
    }
    return counts
  }
}
