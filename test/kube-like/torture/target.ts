import { embeddedService } from '../support/embedded-service.ts'
import { tellEvents } from '../support/pod/events.ts'
import type { Target } from './torture.ts'
export const target: Target = {
  spec: {
    ...embeddedService,
    command: [process.execPath, ...tellEvents, 'examples/embedded-service/dist/main.js'],
  },
  port: 'http',
  path: '/keys/',
}
