import { CloseCode, defaultProtocol, type Input } from '@rollcall/membership/internal'
import { describe, expect, it } from 'vitest'
import { mustAgree, mustRest, realCluster } from './real-cluster.ts'

const RECORD_BYTES = 64_000

/** A cluster of three in which nobody is failed for long silence, so that only buffers can end a link. */
function patientCluster(ends: string[]) {
  const simulation = realCluster({
    checks: [],
    protocol: { ...defaultProtocol, failAfterMs: 1e9, failUnconfirmedAfterMs: 1e9 },
    trace: (_at, who, what) => {
      const input = what as Input
      if (input.type === 'link-closed') ends.push(`${who} ${input.end.code ?? 'broken'}`)
    },
  })
  simulation.addMembers(3)
  mustAgree(simulation)
  simulation.run(3000)
  ends.length = 0
  return simulation
}

describe('a link whose receiver does not read', () => {
  it('holds what both kernels and the process have room for, and passes it on in the end', () => {
    const ends: string[] = []
    const simulation = patientCluster(ends)
    simulation.freeze('m-2')
    for (let i = 0; i < 60; i++) {
      simulation.setMetadata('m-0', new Uint8Array(RECORD_BYTES).fill(i))
      simulation.run(50)
    }
    const buffered = simulation
      .member('m-0')
      .process.openSockets()
      .map((socket) => socket.waitingBytes)
    expect(buffered.some((bytes) => bytes > 3_000_000 && bytes < 4_000_000)).toBe(true)
    expect(ends).toEqual([])
    simulation.thaw('m-2')
    mustRest(simulation)
    expect(ends.filter((end) => end.includes(`${CloseCode.slow}`))).toEqual([])
  })

  it('is cut, as production cuts it, when more than 4 MiB wait in the process', () => {
    const ends: string[] = []
    const simulation = patientCluster(ends)
    simulation.freeze('m-2')
    for (let i = 0; i < 90; i++) {
      simulation.setMetadata('m-0', new Uint8Array(RECORD_BYTES).fill(i))
      simulation.run(50)
    }
    expect(ends).toContain(`m-0 ${CloseCode.slow}`)
    simulation.thaw('m-2')
    mustRest(simulation)
  })
})
