import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor'
import { Failure, main, manifest, root } from './command.js'

// The types that each entry of the package shows, kept in api/: fails where they are others; --write: writes them down. docs/stability.md
// says what may change when.

const committed = join(root, 'api')
const fileOf = (entry) => `${entry.replace('.', 'ravine').replace('/', '-')}.api.md`
const ignore = { default: { logLevel: 'none' } }
const messages = { compilerMessageReporting: ignore, extractorMessageReporting: ignore, tsdocMessageReporting: ignore }

await main(async () => {
  mkdirSync(committed, { recursive: true })
  const entries = Object.entries(manifest.exports).filter(([, { types }]) => types)
  const additionalEntryPoints = entries.map(([, { types }]) => join(root, types))
  const compilerState = CompilerState.create(configOf(entries[0]), { additionalEntryPoints })
  const changed = entries.filter((entry) => !isAsWritten(entry, compilerState)).map(([entry]) => fileOf(entry))
  if (changed.length === 0) return
  throw new Failure(
    `api: ravine shows other types than ${changed.join(', ')}; if it is meant so, npm run api -- --write`,
  )
})

/** Compares the types of an entry with its report, and writes it where that is asked for. → whether it is right now */
function isAsWritten(entry, compilerState) {
  const localBuild = process.argv.includes('--write')
  // Its messages are of its own rules for comments; what differs is told by `apiReportChanged`.
  const messageCallback = (message) => {
    message.handled = true
  }
  const { apiReportChanged } = Extractor.invoke(configOf(entry), { localBuild, messageCallback, compilerState })
  return !apiReportChanged || localBuild
}

function configOf([entry, { types }]) {
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(root, types),
      compiler: { tsconfigFilePath: join(root, 'tsconfig.build.json') },
      apiReport: {
        enabled: true,
        reportFileName: fileOf(entry),
        reportFolder: committed,
        reportTempFolder: join(root, 'dist/.api'),
      },
      messages,
      newlineKind: 'lf',
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
  })
}
