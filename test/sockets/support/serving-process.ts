// A member that serves, in a process of its own, for tests that kill and freeze it. Its one argument is a `Config` as
// JSON; it prints how many notes it has got when it is asked to by a message.
import { join, topic } from '@rollcall/membership'
import type { Config } from './member-child.ts'

const { seeds, ...options }: Config = JSON.parse(process.argv[2] ?? '{}')
const cluster = await join({ port: 0, ...options, seeds: async () => seeds })
let notes = 0
cluster.serve(topic('echo'), (body) => body)
cluster.serve(topic('never'), () => {
  console.log('asked')
  return new Promise(() => {})
})
cluster.serve(topic('note'), () => void notes++)
cluster.serve(topic('notes'), () => notes)
console.log('serving')
