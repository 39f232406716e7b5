import { fixedSeeds } from './seeds.ts'

fixedSeeds(0)
