/** Writes a line to standard output. */
export const print = (line = '') => void process.stdout.write(`${line}\n`)
