import type { Place } from './reduceOnPlateau.js'

/** What the schedules of an optimizer's options remember, by the option's name. */
export type Places = Readonly<Record<string, Place | undefined>>
