/**
 * The messages in protobufjs's own generated code, as its command-line tool makes it from the .proto file
 * with default options. It is made anew in every run, so it is always that of the protobufjs installed.
 */
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pbjs from 'protobufjs-cli/pbjs.js'

const proto = fileURLToPath(new URL('../../proto/broker_v1.proto', import.meta.url))
const folder = fileURLToPath(new URL('../.generated/', import.meta.url))
const target = `${folder}broker_v1.cjs`

/** Writes the generated code. */
export async function generate() {
  mkdirSync(folder, { recursive: true })
  await promisify(pbjs.main)(['--target', 'static-module', '--wrap', 'commonjs', '--force-long', '--out', target, proto])
}

/** The message classes; `generate` must have run before. */
export function generatedMessages() {
  return createRequire(import.meta.url)(target).running_process.broker.v1
}
