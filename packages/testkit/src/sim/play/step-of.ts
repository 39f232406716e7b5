// What the players of steps share.
import type { Step } from '../plan.ts'

/** A step of one type. */
export type StepOf<Type extends Step['type']> = Extract<Step, { type: Type }>

/** The id of the cluster that is not the one under test. */
export const FOREIGN_CLUSTER = 'foreign'
