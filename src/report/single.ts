import { type Account, accountOf } from '../account.js'
import type { FitHistory, HistoryEntry } from '../history.js'
import { ofTraining } from '../monitor.js'
import { parameterCount } from '../spec.js'
import { answers } from './answers.js'
import { bestOf } from './best.js'
import { code, summary } from './code.js'
import { chartsOf } from './curves.js'
import { epochs } from './epochs.js'
import { duration, figure, score, words } from './figure.js'
import { type Html, html } from './html.js'
import { machine } from './machine.js'
import { network } from './network.js'
import type { Page, Section } from './page.js'
import { parameters } from './parameters.js'
import { facts } from './table.js'
import { time } from './time.js'

/** What a report can be told. */
export interface Told {
  readonly title?: string
  readonly command?: string
  readonly classes?: readonly string[]
}

/** The page of one fit; without an account, of what its history says. */
export async function single(history: readonly HistoryEntry[], told: Told): Promise<Page> {
  const account = accountOf(history)
  const { profile } = history as Partial<FitHistory>
  return {
    title: told.title ?? 'Training run',
    kind: 'ravine report',
    subtitle: account && subtitle(account),
    figures: figures(history, account),
    charts: chartsOf(history, account),
    numbers: epochs(history),
    sections: [
      ...(account ? await ofModel(account, told) : []),
      { title: 'Time', body: time(history, account, profile) },
      ...(account ? ofRun(account) : []),
      ...repeat(account, told),
    ],
  }
}

function subtitle({ learner, optimizer, ended }: Account): Html {
  const { inputs, nodes } = learner.spec
  const widths = nodes.filter(({ op }) => op === 'dense').map(({ outputs }) => outputs)
  const shape = [Object.values(inputs).join('+'), ...widths].join('–')
  return html`${shape}, ${summary(optimizer)}, <time datetime="${ended.toISOString()}">${ended.toISOString().slice(0, 16).replace('T', ' ')} UTC</time>`
}

function figures(history: readonly HistoryEntry[], account?: Account): Page['figures'] {
  const [last, best] = [history[history.length - 1], bestOf(history)]
  const loss = last.validationLoss ?? last.loss
  const seconds = history.reduce((sum, entry) => sum + entry.seconds, 0)
  const where = `best, epoch ${best.entry.epoch} of ${history.length}`
  return [
    { name: words(best.name), value: score(ofTraining(best.name), best.value), note: where },
    ...(/loss/i.test(best.name)
      ? []
      : [{ name: last.validationLoss === undefined ? 'loss' : 'validation loss', value: figure(loss), note: 'last' }]),
    { name: 'epochs', value: figure(history.length), note: `${figure(last.steps)} steps` },
    { name: 'training', value: duration(seconds), note: `${duration(seconds / history.length)} an epoch` },
    ...(account
      ? [{ name: 'parameters', value: figure(parameterCount(account.learner.spec)), note: account.learner.spec.dtype }]
      : []),
  ]
}

/** What the model is now. */
async function ofModel(account: Account, { classes }: Told): Promise<Section[]> {
  const { learner, after } = account
  if (learner.disposed) return [{ title: 'Model', body: [gone, network(learner.spec)] }]
  const body = await answers(account, classes)
  const snapshot = await learner.snapshot('report')
  const since = (learner.epochs !== after.epochs || learner.steps !== after.steps) && trainedOn
  return [
    ...(body ? [{ title: 'Answers', body: [since, body] }] : []),
    { title: 'Model', body: network(learner.spec) },
    { title: 'Parameters', body: [since, await parameters(learner.spec, snapshot)] },
  ]
}

const gone = html`<p class="note">The model had been disposed of when this report was made: how it answers, and its parameters, are not here.</p>`
const trainedOn = html`<p class="note">The model had been trained further when this report was made: this is how it is now.</p>`

function ofRun({ learner, examples, validation, batchSize, loss, threads }: Account): Section[] {
  const known: [string, string | undefined][] = [
    ['training examples', examples && figure(examples)],
    ['validation examples', validation && figure(validation.examples)],
    ['examples of a step', batchSize && figure(batchSize)],
    ['loss', loss && words(loss.type)],
    ['seed', String(learner.seed)],
    ['threads', threads === 0 ? 'as the engine chose' : String(threads)],
  ] as [string, string | undefined][]
  return [
    {
      title: 'Machine',
      body: [facts(known.flatMap(([name, value]) => (value ? [[name, value]] : []))), machine(learner.profiles)],
    },
  ]
}

function repeat(account: Account | undefined, { command }: Told): Section[] {
  const parts = [
    ...(command === undefined ? [] : [html`<h3>Command</h3><pre tabindex="0"><code>${command}</code></pre>`]),
    ...(account
      ? [
          html`<h3>Code</h3><pre tabindex="0"><code>${code(account)}</code></pre>
<details><summary>The optimizer whole</summary><pre tabindex="0"><code>${JSON.stringify(account.optimizer, null, 2)}</code></pre></details>`,
        ]
      : []),
  ]
  return parts.length > 0 ? [{ title: 'Repeat', body: parts }] : []
}
