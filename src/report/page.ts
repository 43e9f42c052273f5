import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { version } from '../native.js'
import { shipped } from '../shipped.js'
import type { Chart } from './chart.js'
import { type Content, embedded, Html, html } from './html.js'

/** A page before it is written: its parts in their order. */
export interface Page {
  readonly title: string
  /** Over the title. */
  readonly kind: string
  readonly subtitle: Content
  /** What the page says in numbers, the most important first. */
  readonly figures: readonly { readonly name: string; readonly value: string; readonly note?: string }[]
  readonly charts: readonly Chart[]
  /** What the charts show, for whoever reads rather than looks. */
  readonly numbers?: Content
  readonly sections: readonly Section[]
}

export interface Section {
  readonly title: string
  readonly body: Content
}

/** What the build has bundled. */
const asset = (name: string) => readFile(shipped(`report/${name}`), 'utf8')

/** One file that asks for nothing: its policy lets a browser load nothing, and run this script alone. */
export async function written({ title, kind, subtitle, figures, charts, numbers, sections }: Page): Promise<string> {
  const [script, style] = await Promise.all([asset('client.js'), asset('client.css')])
  const policy = `default-src 'none'; img-src data:; script-src ${hashOf(script)}; style-src ${hashOf(style)}; base-uri 'none'; form-action 'none'`
  const named = sections.map((section) => ({ ...section, id: section.title.toLowerCase().replaceAll(' ', '-') }))
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="ravine ${version}">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<header>
<p class="kind">${kind}</p>
<h1>${title}</h1>
<p class="subtitle">${subtitle}</p>
<dl class="figures">${figures.map(({ name, value, note }) => html`<div><dt>${name}</dt><dd>${value}</dd>${note && html`<dd class="note">${note}</dd>`}</div>\n`)}</dl>
<nav aria-label="Sections">${[{ id: 'curves', title: 'Curves' }, ...named].map(({ id, title }) => html`<a href="#${id}">${title}</a>\n`)}</nav>
</header>
<main>
<section id="curves" aria-labelledby="curves-title"><div class="head"><h2 id="curves-title">Curves</h2>${axes(charts)}</div>
<div class="charts"></div>
<noscript><p>The curves are drawn by a script; the numbers are in the table below.</p></noscript>
<p class="note">Drag over a curve to see a part of it, double-click to see all. By keyboard: arrows move the cursor, + and − zoom, 0 shows all.</p>
${numbers}
</section>
${named.map(
  ({ id, title, body }) => html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${body}
</section>\n`,
)}</main>
<footer><p>Made by ravine ${version}. Curves are drawn by <a href="https://github.com/leeoniya/uPlot">uPlot</a>, © Leon Sorokin, MIT licence; its text is in the script of this page.</p></footer>
<script type="application/json" id="charts">${embedded(charts)}</script>
<script>${new Html(script)}</script>
</body>
</html>
`.text
}

/** What curves go along, where that can be chosen. */
const axes = (charts: readonly Chart[]): Content =>
  charts.some(({ axis }) => axis === undefined) &&
  html`<fieldset class="axes"><legend>along</legend>${['epochs', 'steps', 'seconds'].map(
    (axis, i) =>
      html`<label><input type="radio" name="axis" value="${axis}"${i === 0 && new Html(' checked')}><span>${axis}</span></label>`,
  )}</fieldset>`

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
