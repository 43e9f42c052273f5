/** The element of the page with this id, which is there. */
export const byId = <E extends HTMLElement>(id: string): E => document.getElementById(id) as E

type Properties<E> = Partial<Omit<E, 'style'>>

/** A new element with properties set and children put in. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children)
  return made
}

/** Text into an element, where it is not there already: whoever listens to the page hears what is new. */
export function say(place: HTMLElement, text: string): void {
  if (place.textContent !== text) place.textContent = text
}

/** A canvas made as fine as the screen is, cleared, in units of CSS pixels. */
export function cleared(canvas: HTMLCanvasElement): { pen: CanvasRenderingContext2D; width: number; height: number } {
  const { clientWidth: width, clientHeight: height } = canvas
  const [across, down] = [width, height].map((size) => Math.round(size * devicePixelRatio))
  if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down })
  const pen = canvas.getContext('2d')!
  pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0)
  pen.clearRect(0, 0, width, height)
  return { pen, width, height }
}
