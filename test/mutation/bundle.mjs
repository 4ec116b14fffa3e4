/**
 * The unit tests and the sources under them as one script that can be run again and again in one process, each time with modules of its
 * own. What is not ours stays outside, is loaded once and shared.
 *
 * Not here: when to run it, and which of its tests (runner.mjs).
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Script } from 'node:vm'
import { rolldown } from 'rolldown'
import * as vitest from 'vitest'
import { fewRuns } from './fewRuns.mjs'

const ENTRY = 'unit tests'

/** One module that imports each test file when asked to. */
function entry(root, files) {
  const imports = files.map((file) => `${JSON.stringify(file)}: () => import(${JSON.stringify(join(root, file))})`)
  return {
    name: ENTRY,
    resolveId: (id) => (id === ENTRY ? id : null),
    load: (id) => (id === ENTRY ? `export default {${imports.join(', ')}}` : null),
  }
}

/** A test finds the files that it reads beside itself, not beside the bundle. */
const ownUrls = {
  name: 'own urls',
  transform: (code, id) => code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href)),
}

const isOurs = (id) => id === ENTRY || id.startsWith('.') || id.startsWith('/') || id.startsWith('hello-negotiation')

/** The script of these test files: a call gives fresh modules, file by file, each evaluated when its function is called. */
export async function bundle(root, files) {
  const src = (path) => join(root, 'src', path, 'index.ts')
  const built = await rolldown({
    input: ENTRY,
    cwd: root,
    plugins: [entry(root, files), ownUrls],
    external: (id) => !isOurs(id),
    resolve: {
      extensionAlias: { '.js': ['.ts', '.js'] },
      alias: {
        'hello-negotiation/wire': src('wire'), 'hello-negotiation/step': src('step'), 'hello-negotiation/shell': src('shell'),
        'hello-negotiation/testing': src('testing'), 'hello-negotiation': src('.'),
      },
    },
    treeshake: false,
    logLevel: 'silent',
  })
  const { output: [{ code }] } = await built.generate({ format: 'cjs', codeSplitting: false })
  await built.close()
  const script = new Script(`(exports, require, module) => {${code}\nreturn module.exports}`, { filename: 'unit-tests.cjs' })
  const load = createRequire(join(root, 'package.json'))
  const outside = (id) => (id === 'vitest' ? vitest : id === 'fast-check' ? fewRuns : load(id))
  return () => {
    const module = { exports: {} }
    const exported = script.runInThisContext()(module.exports, outside, module)
    return exported.default ?? exported
  }
}
