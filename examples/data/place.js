import { fileURLToPath } from 'node:url'

/** The folder of data: RAVINE_DATA, else shared/data beside the repository. */
export const place = process.env.RAVINE_DATA ?? fileURLToPath(new URL('../../../shared/data/', import.meta.url))

/** Ends an example that has no data by a sentence that says what to do. */
export function stop(error) {
  console.error(error.message)
  process.exit(1)
}
