/**
 * The same modules once more, bundled for Node: sixty small files and the two packages that they use a corner
 * of cost more to find than to run. Other hosts and bundlers get the modules one by one, to pick from.
 *
 * One graph for all entries, so that they share their modules. What stays outside: protobufjs, because it is
 * whole as it is, and what a program may not have.
 *
 * Only what is wrong is printed, so that the demo's and the vectors' own words are not lost behind a list of files.
 */
import { readFileSync } from 'node:fs'
import { build } from 'rolldown'

const { exports: entries } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'))
const bundled = Object.values(entries).filter((entry) => entry.node !== undefined)

await build({
  input: Object.fromEntries(bundled.map(({ node, default: file }) => [node.slice('./dist/node/'.length, -'.js'.length), file])),
  external: [/^node:/, /^protobufjs/, 'fast-check', 'koffi'],
  platform: 'node',
  logLevel: 'warn',
  // fp-ts as modules: bundled from CommonJS, every use of Either would go through a getter, at the cost of half a Hello.
  resolve: { mainFields: ['module', 'main'], alias: { 'fp-ts/lib/Either.js': 'fp-ts/es6/Either.js' } },
  output: {
    dir: 'dist/node',
    format: 'esm',
    sourcemap: true,
    chunkFileNames: 'shared/[name].js',
    // What a Hello goes through is one module: a call into another asks each time whether that has been run yet.
    codeSplitting: { groups: [{ name: 'broker', test: /\/dist\/(data|wire|step|negotiate|shell)\/|\/fp-ts\// }] },
  },
})
