// A name server without sockets: a table of answers, by server, type and name.
import type { DnsResolver, DnsResolverFactory, RecordType } from '../../src/index.ts'

/** What a question gets: records, a code to reject with, or silence until it is cancelled. */
export type FakeAnswer = readonly unknown[] | string | 'silence'

/** Answers by `<type> <name>`; a function gets the server, too. */
export type FakeAnswers = (server: string, type: RecordType, name: string) => FakeAnswer

/** A resolver factory over the answers, and a log of what was asked. */
export function fakeResolver(answers: FakeAnswers): {
  resolver: DnsResolverFactory
  asked: string[]
  made: string[]
  inFlight: { now: number; most: number }
} {
  const asked: string[] = []
  const made: string[] = []
  const inFlight = { now: 0, most: 0 }
  const resolver: DnsResolverFactory = (server) => {
    made.push(server)
    const cancels = new Set<() => void>()
    const ask = (type: RecordType) => async (name: string) => {
      asked.push(`${server} ${type} ${name}`)
      inFlight.now += 1
      inFlight.most = Math.max(inFlight.most, inFlight.now)
      try {
        await Promise.resolve()
        const answer = answers(server, type, name)
        if (answer === 'silence') {
          await new Promise<void>((_, reject) => cancels.add(() => reject(withCode('ECANCELLED'))))
        }
        if (typeof answer === 'string') throw withCode(answer)
        return answer as never[]
      } finally {
        inFlight.now -= 1
      }
    }
    const fake: DnsResolver = {
      resolve4: ask('A'),
      resolve6: ask('AAAA'),
      resolveSrv: ask('SRV'),
      cancel: () => {
        for (const cancel of cancels) cancel()
        cancels.clear()
      },
    }
    return fake
  }
  return { resolver, asked, made, inFlight }
}

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code })
}
