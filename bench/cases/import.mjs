/**
 * Importing the package's core entry in a fresh process, against importing what it cannot do without:
 * protobufjs/minimal and those modules of fp-ts that the core names.
 *
 * "Cold" is the process, not the disk: the files are in the page cache, as they are on a busy machine.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { askOnce } from '../lib/children.mjs'
import { inRounds, medianRatio } from '../lib/measure.mjs'
import { atMost, duration } from '../lib/rows.mjs'
import { median } from '../lib/statistics.mjs'

/** An import or re-export as the compiler writes it: from its keyword to the specifier nothing but names. */
const IMPORT = /^(?:import|export)\s(?:[\w\s{},*$]*?from\s)?'([^']+)'/gm
/** The entry before it is bundled, which still says what it needs of whom. */
const CORE = new URL('../../dist/index.js', import.meta.url).href

export async function run({ isQuick }) {
  const packages = packagesOf(CORE)
  const fpTs = packages.filter((name) => name.startsWith('fp-ts/'))
  const sides = {
    ours: 'hello-negotiation',
    floor: moduleImporting('floor', ['protobufjs/minimal.js', ...fpTs]),
    packages: moduleImporting('packages', packages),
  }
  const times = await inRounds(Object.keys(sides), isQuick ? 7 : 25, (side) => askOnce('import', sides[side]))
  const [ours, floor, all] = [times.ours, times.floor, times.packages].map((ns) => duration(median(ns)))
  return {
    rows: [{
      id: 'import',
      what: `importing the core entry, cold, against protobufjs/minimal and ${fpTs.join(', ')} alone`,
      target: atMost(1.5),
      reached: medianRatio(times.ours, times.floor),
      note: `${ours} against ${floor}`,
    }],
    details: [{
      what: `importing the core entry against all it imports from other packages: ${packages.join(', ')}`,
      reached: medianRatio(times.ours, times.packages),
      note: `${ours} against ${all}`,
    }],
  }
}

/** The modules of other packages that a module imports, itself or through its own kind. */
function packagesOf(entry) {
  const seen = new Set()
  const packages = new Set()
  const visit = (url) => {
    if (seen.has(url)) return
    seen.add(url)
    for (const [, specifier] of readFileSync(new URL(url), 'utf8').matchAll(IMPORT)) {
      if (specifier.startsWith('.')) visit(new URL(specifier, url).href)
      else packages.add(specifier)
    }
  }
  visit(entry)
  return [...packages].sort()
}

function moduleImporting(name, specifiers) {
  const folder = new URL('../.generated/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  const file = new URL(`import-${name}.mjs`, folder)
  writeFileSync(file, specifiers.map((specifier) => `import '${specifier}'\n`).join(''))
  return file.href
}
