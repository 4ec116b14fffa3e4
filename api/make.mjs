/**
 * Writes down the public API of every entry, as API Extractor reads it from the declarations of the build: `npm run api`.
 * A change to a report is a change that users see; a test makes them anew and compares.
 *
 *     node api/make.mjs [FOLDER]     into this folder, or another
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const folder = resolve(process.argv[2] ?? fileURLToPath(new URL('.', import.meta.url)))
const scratch = mkdtempSync(join(tmpdir(), 'hello-api-'))
const silent = { default: { logLevel: 'none' } }

/** `./host/web` is written to host-web.api.md. */
const nameOf = (entry) => (entry === '.' ? 'index' : entry.slice('./'.length).replaceAll('/', '-'))

function report(entry, declarations) {
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(ROOT, 'package.json'),
    configObject: {
      projectFolder: ROOT,
      mainEntryPointFilePath: join(ROOT, declarations),
      compiler: { tsconfigFilePath: join(ROOT, 'tsconfig.build.json') },
      newlineKind: 'lf',
      apiReport: { enabled: true, reportFolder: folder, reportTempFolder: scratch, reportFileName: nameOf(entry), includeForgottenExports: false },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: { extractorMessageReporting: silent, tsdocMessageReporting: silent, compilerMessageReporting: silent },
    },
  })
  const { succeeded } = Extractor.invoke(config, { localBuild: true, messageCallback: (message) => void (message.logLevel = 'none') })
  if (!succeeded) throw new Error(`no report for ${entry}`)
}

const { exports: entries } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
for (const [entry, { types }] of Object.entries(entries)) if (types !== undefined) report(entry, types)
rmSync(scratch, { recursive: true, force: true })
