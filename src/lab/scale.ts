/** How a slider's place, from 0 to 1, goes with a number. */
export interface Scale {
  readonly toValue: (place: number) => number
  readonly toPlace: (value: number) => number
  /** How many places it has, where it has few: each is to be another number, or keys would not get off it. */
  readonly places?: () => number
}

/** from·(to/from)^place: as far from 0.01 to 0.1 as from 0.1 to 1. */
export const logarithmic = (from: number, to: number): Scale => ({
  toValue: (place) => rounded(from * (to / from) ** place),
  toPlace: (value) => within(Math.log(value / from) / Math.log(to / from)),
})

/** 1 − 10^(−3·place): as far from 0 to 0.9 as from 0.9 to 0.99, and 0.999 at the end. */
export const towardsOne: Scale = {
  toValue: (place) => Number((1 - 10 ** (-3 * place)).toFixed(5)),
  toPlace: (value) => within(-Math.log10(1 - value) / 3),
}

export const straight = (from: number, to: number): Scale => ({
  toValue: (place) => rounded(from + place * (to - from)),
  toPlace: (value) => within((value - from) / (to - from)),
})

/** Whole numbers from one to another, which may change. */
export const whole = (from: number, to: () => number): Scale => ({
  toValue: (place) => Math.round(from + place * (to() - from)),
  toPlace: (value) => within((value - from) / Math.max(to() - from, 1)),
  places: () => Math.max(to() - from, 1),
})

/** Zero at the very beginning of another scale. */
export const orNothing = ({ toValue, toPlace }: Scale): Scale => ({
  toValue: (place) => (place === 0 ? 0 : toValue(place)),
  toPlace: (value) => (value === 0 ? 0 : toPlace(value)),
})

/** place³: zero is there, and small numbers have room. */
export const cubic: Scale = {
  toValue: (place) => rounded(place ** 3),
  toPlace: (value) => within(Math.cbrt(value)),
}

/** Three digits: what a slider can mean. */
const rounded = (value: number) => Number(value.toPrecision(3))
const within = (place: number) => Math.min(Math.max(place, 0), 1)
