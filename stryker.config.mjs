/**
 * Which mutants are made, and how they meet the tests; `npm run mutation` runs it and judges the report (test/mutation/run.mjs).
 *
 * Not with Stryker's vitest runner: it loads every module anew for every mutant, two seconds each for five thousand of them.
 */
export default {
  testRunner: 'in-process',
  plugins: ['./test/mutation/runner.mjs'],
  coverageAnalysis: 'perTest',
  // An index file only says what is public, which test/package compares with the list of exports.
  mutate: ['src/{data,wire,step,negotiate,client}/**/*.ts', '!src/**/index.ts'],
  ignorePatterns: ['/dist', '/bench', '/coverage', '/examples', '/docs', '/reports'],
  concurrency: 2,
  // The runner ends loops by counting, so the clock is for what it cannot count, and may be patient with a machine that is busy.
  timeoutMS: 60_000,
  dryRunTimeoutMinutes: 20,
  reporters: ['clear-text', 'json', 'progress-append-only'],
  clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false, reportMutants: false },
  jsonReporter: { fileName: 'reports/mutation.json' },
  thresholds: { high: 98, low: 95, break: null },
}
