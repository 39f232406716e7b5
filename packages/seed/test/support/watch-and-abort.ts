// A process that watches a Service, stops 100 ms after its first question, and must then end by itself.
import { headlessService } from '@rollcall/seed'

const stop = new AbortController()
const source = headlessService('cache.prod.svc.cluster.local', {
  servers: [process.argv[2] ?? ''],
  deadlineMs: 60_000,
})
setTimeout(() => stop.abort(), 100)
for await (const _ of source.watch({ signal: stop.signal, urgent: () => true }));
console.log('ended')
