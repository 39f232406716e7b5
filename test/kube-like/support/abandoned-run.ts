// A cluster that is going to be abandoned: for the test that kills this process.
import { fileURLToPath } from 'node:url'
import { startKubeLike } from './kube-like.ts'

const kube = await startKubeLike()
const program = fileURLToPath(new URL('plain-pod.mjs', import.meta.url))
await kube.apply({ name: 'plain', replicas: 1, command: [process.execPath, program] }).ready()
console.log('ready')
