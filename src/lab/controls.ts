import { element } from './dom.js'
import type { Scale } from './scale.js'

/** What a person moves: its element, and a way to show what it stands at. */
export interface Control<T> {
  readonly element: HTMLElement
  readonly show: (value: T) => void
}

/** Of a slider, where its scale has no own number of them. */
const PLACES = 200

let made = 0

/** A slider for the hand, and beside it a box for the exact number; both have the label. */
export function slider(label: string, scale: Scale, change: (value: number) => void): Control<number> {
  const id = `slider-${made++}`
  const { toValue, toPlace, places = () => PLACES } = scale
  const range = element('input', { type: 'range', id, min: '0', step: '1' })
  const box = element('input', { type: 'number', step: 'any', ariaLabel: `${label}, exact` })
  range.addEventListener('input', () => change(toValue(range.valueAsNumber / places())))
  box.addEventListener('change', () => change(box.valueAsNumber))
  const show = (value: number) => {
    range.max = String(places())
    range.value = String(Math.round(toPlace(value) * places()))
    range.ariaValueText = String(value)
    if (box.valueAsNumber !== value) box.value = String(value)
  }
  const title = element('label', { htmlFor: id }, label)
  return { element: element('div', { className: 'control' }, title, range, box), show }
}

/** Yes or no. */
export function toggle(label: string, change: (value: boolean) => void): Control<boolean> {
  const box = element('input', { type: 'checkbox' })
  box.addEventListener('change', () => change(box.checked))
  const show = (value: boolean) => {
    box.checked = value
  }
  return { element: element('label', { className: 'switch' }, box, label), show }
}

/** One of some names, each with what people read. */
export function choice(
  label: string,
  names: Readonly<Record<string, string>>,
  change: (name: string) => void,
): Control<string> {
  const id = `choice-${made++}`
  const select = element('select', { id })
  for (const [value, text] of Object.entries(names)) select.append(element('option', { value }, text))
  select.addEventListener('change', () => change(select.value))
  const show = (value: string) => {
    select.value = value
  }
  return {
    element: element('div', { className: 'control wide' }, element('label', { htmlFor: id }, label), select),
    show,
  }
}

/** Numbers with commas between. */
export function list(label: string, change: (values: number[]) => void): Control<readonly number[]> {
  const id = `list-${made++}`
  const box = element('input', { type: 'text', id, inputMode: 'decimal' })
  box.addEventListener('change', () =>
    change(box.value.split(',').map((word) => (word.trim() ? Number(word) : Number.NaN))),
  )
  const show = (values: readonly number[]) => {
    if (document.activeElement !== box) box.value = values.join(', ')
  }
  return { element: element('div', { className: 'control wide' }, element('label', { htmlFor: id }, label), box), show }
}
