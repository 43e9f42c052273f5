import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Processes, not threads: each test file loads the addon into an environment of its own.
    pool: 'forks',
    // Machines are shared and slow at times; nothing here asserts a time.
    testTimeout: 60_000,
    // npm run coverage. What runs in pages is seen, what runs in processes of its own is not.
    coverage: {
      provider: 'custom',
      customProviderModule: 'scripts/pages.js',
      include: ['src/**/*.ts'],
      reporter: ['text', 'text-summary'],
      thresholds: { lines: 90 },
    },
  },
})
