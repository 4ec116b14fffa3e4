import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const src = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    // Tests import the package by its public names and run on its sources, so that coverage counts them.
    alias: [
      { find: /^hello-negotiation\/host$/, replacement: src('host/transport/index.ts') },
      { find: /^hello-negotiation\/telemetry$/, replacement: src('host/telemetry/index.ts') },
      { find: /^hello-negotiation\/host\/(node|web)$/, replacement: src('host/$1/index.ts') },
      { find: /^hello-negotiation\/(wire|step|shell|testing)$/, replacement: src('$1/index.ts') },
      { find: /^hello-negotiation$/, replacement: src('index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    // One core fewer, as it would be otherwise, is half of a small machine.
    maxWorkers: availableParallelism(),
    // CI reads the counts of a run from a file, to close with them on one line.
    reporters: process.env['CI'] === undefined ? ['default'] : ['default', ['json', { outputFile: 'coverage/results.json' }]],
    coverage: {
      provider: 'v8',
      include: ['src/{data,wire,step,negotiate,client}/**/*.ts'],
      exclude: ['src/**/index.ts'],
      reporter: ['text-summary', 'text', 'html'],
      thresholds: { statements: 100, branches: 100, functions: 100, lines: 100 },
    },
  },
})
