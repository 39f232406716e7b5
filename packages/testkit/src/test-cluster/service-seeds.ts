// The simulated headless Service as a member's source of seeds.
import type { SeedSource } from '@rollcall/membership'
import type { EventLoop } from '../sim/event-loop.ts'
import type { SimHeadlessService } from '../sim/headless-service.ts'
import type { RandomStream } from '../sim/random.ts'

/** Seeds for one process: look-ups as often as it wants them, in virtual time. */
export function serviceSeeds(service: SimHeadlessService, loop: EventLoop, random: RandomStream): SeedSource {
  return {
    origin: 'DNS',
    async *watch({ signal, urgent }) {
      while (!signal.aborted) {
        const ips = service.lookup() ?? []
        yield { seeds: ips.map((address) => ({ address })) }
        const { fastPollMs, slowPollMs } = service.options
        const pauseMs = (urgent() ? fastPollMs : slowPollMs) * random.between(0.75, 1.25)
        await new Promise<void>((resolve) => void loop.setTimer(loop.now + pauseMs, resolve))
      }
    },
  }
}
