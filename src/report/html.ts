/** Text that is HTML already. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What stands in a page: text is escaped, nothing is left out. */
export type Content = Html | string | number | false | undefined | readonly Content[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as it stands between tags and in quoted attributes. */
export const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character])

/** HTML whose values are escaped, but for what is HTML already. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(String.raw({ raw: strings }, ...values.map(textOf)))
}

function textOf(content: Content): string {
  if (content instanceof Html) return content.text
  if (content === undefined || content === false) return ''
  return typeof content === 'object' ? content.map(textOf).join('') : escaped(String(content))
}

/** Plain data as they stand in a script element: nothing in them ends it, or begins a comment. */
export function embedded(data: unknown): Html {
  return new Html(JSON.stringify(data).replaceAll('<', String.raw`\u003c`))
}
