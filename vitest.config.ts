import { defineConfig } from 'vitest/config'

/** What of the lab draws, and is drawn on. */
const drawn = [
  'chart',
  'controls',
  'curve',
  'dom',
  'draw',
  'fields',
  'formsPanel',
  'gestures',
  'legend',
  'looking',
  'marks',
  'page',
  'partsTable',
  'picture',
  'player',
  'scheduling',
  'table',
  'tuning',
]

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Processes, not threads: each test file loads the addon into an environment of its own.
    pool: 'forks',
    // Machines are shared and slow at times; nothing here asserts a time.
    testTimeout: 60_000,
    // npm run coverage. What runs in processes of its own is not seen, nor what runs in browsers, where test/*.browser.test.ts look at it.
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/report/client/**', ...drawn.map((name) => `src/lab/${name}.ts`)],
      reporter: ['text', 'text-summary'],
      skipFull: true,
      thresholds: { lines: 90 },
    },
  },
})
