import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { help, readArguments } from '../../src/laptop/arguments.ts'
import { findPorts } from '../../src/laptop/ports.ts'
import { welcome } from '../../src/laptop/welcome.ts'

describe('the command line of npm run cache', () => {
  it.each([
    [[], { type: 'run', pods: 3 }],
    [['--pods', '5'], { type: 'run', pods: 5 }],
    [['--pods=1'], { type: 'run', pods: 1 }],
    [['-h'], { type: 'help' }],
    [['--pods', '0'], { type: 'wrong', message: '--pods: expected a whole number from 1 to 16, got 0' }],
    [['--pods', 'x'], { type: 'wrong', message: '--pods: expected a whole number from 1 to 16, got x' }],
    [['--pod', '5'], { type: 'wrong', message: expect.stringContaining("Unknown option '--pod'") }],
    [['5'], { type: 'wrong', message: expect.stringContaining("Unexpected argument '5'") }],
  ])('reads %j', (args, wanted) => {
    expect(readArguments(args)).toEqual(wanted)
    expect(help).toContain('--pods')
  })
})

describe('the ports of npm run cache', () => {
  it('are the first free ones', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void taken.close())
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const ports = await findPorts('127.0.0.1', port, 2)
    expect(ports[0]).toBeGreaterThan(port)
    expect(ports[1]).toBeGreaterThan(ports[0] as number)
    await expect(findPorts('127.0.0.1', 65_535, 2)).rejects.toThrow('no 2 free ports from 65535 on')
  })
})

describe('the welcome of npm run cache', () => {
  it('shows where each pod is', () => {
    const pods = [
      { name: 'cache-0', pid: 100, peerPort: 1, respPort: 6379, httpPort: 8080 },
      { name: 'cache-1', pid: 101, peerPort: 2, respPort: 6380, httpPort: 8081 },
    ]
    const text = welcome('127.0.0.1', pods)
    expect(text).toContain('  cache-1   101       redis-cli -p 6380   http://127.0.0.1:8081\n')
    expect(text).toContain('redis-cli -p 6380 GET greeting')
  })
})
