// Every row of the bench: what it says, what it must reach, and what serf's LAN profile takes for the same.

/** What a row must reach at one number of members. */
export interface Target {
  /** Most that the median may be; for amounts and counts, most that the value may be. Undefined: reported only. */
  readonly most?: number
  /** Most that the worst run may be. */
  readonly worst?: number
  /** The same with serf 0.10 LAN on such a machine, in words. */
  readonly serf?: string
}

/** A kind of row. */
export interface RowKind {
  /** What is measured, in a sentence without subject. */
  readonly about: string
  /** Milliseconds, or another unit for what is no time. */
  readonly unit: 'ms' | 'count' | '%' | 'B/s' | 'MiB'
  /** By number of members. */
  readonly targets: Readonly<Record<number, Target>>
}

/** Nobody is dead, so nobody may be failed. */
const none = { most: 0, serf: '0' }

/** By name, in the order of the table. */
export const rowKinds = {
  sigkill: {
    about: 'SIGKILL until the last survivor has the member failed',
    unit: 'ms',
    targets: {
      5: { most: 50, serf: '5.9 s' },
      16: { most: 100, serf: '6.8 s' },
      64: { most: 300, serf: '9.3 s' },
    },
  },
  'sigkill-psk': {
    about: 'the same with a shared key: TLS on all links',
    unit: 'ms',
    targets: { 5: {}, 16: {}, 64: {} },
  },
  'sigkill-address-gone': {
    about: 'SIGKILL, with the address of the member gone at that moment: the same',
    unit: 'ms',
    targets: { 5: { most: 700 }, 16: { most: 700 } },
  },
  'reset-all-links': {
    about: 'failed events after every link of one live member was reset at once',
    unit: 'count',
    targets: { 5: { most: 0 }, 16: { most: 0 } },
  },
  goodbye: {
    about: 'call of leave until the last survivor has the member left',
    unit: 'ms',
    targets: { 5: { most: 10, serf: '0.38 s' }, 16: { most: 20, serf: '0.81 s' } },
  },
  'goodbye-psk': {
    about: 'the same with a shared key',
    unit: 'ms',
    targets: { 5: {}, 16: {} },
  },
  metadata: {
    about: 'call of setMetadata until the last other member sees the value',
    unit: 'ms',
    targets: { 5: { most: 10, serf: '0.09 s' }, 16: { most: 20, serf: '0.37 s' } },
  },
  'freeze-suspect': {
    about: 'SIGSTOP until the last survivor has the member suspect',
    unit: 'ms',
    targets: {
      5: { most: 1000, worst: 2500 },
      16: { most: 1000, worst: 2500 },
      64: { most: 1000, worst: 2500 },
    },
  },
  'freeze-failed': {
    about: 'SIGSTOP until the last survivor has the member failed',
    unit: 'ms',
    targets: {
      5: { most: 4000, worst: 5000, serf: '6.0 s' },
      16: { most: 4000, worst: 5000, serf: '7.5 s' },
      64: { most: 4000, worst: 5000, serf: '9.3 s' },
    },
  },
  thaw: {
    about: 'SIGCONT until all members agree that all are alive',
    unit: 'ms',
    targets: { 5: { most: 500 }, 16: { most: 500 }, 64: {} },
  },
  'freeze-others-failed': {
    about: 'failed events about other members, in any view, over all those freezes and thaws',
    unit: 'count',
    targets: { 5: none, 16: none, 64: none },
  },
  'stop-and-go': {
    about: 'failed events while one member is stopped 3 s and runs 0.5 s, again and again for 60 s',
    unit: 'count',
    targets: { 5: none, 16: none },
  },
  'stop-and-go-quarter': {
    about: 'the same with a quarter of the members, each in a rhythm of its own',
    unit: 'count',
    targets: { 16: none },
  },
  'blocked-loops': {
    about: 'failed events while every event loop stands still for 1 s about every 10 s, for 10 minutes',
    unit: 'count',
    targets: { 16: none },
  },
  'loss-10': {
    about: 'failed events while each member loses 10 % of the packets that reach it, for 60 s',
    unit: 'count',
    targets: { 16: none },
  },
  'loss-25': {
    about: 'the same with 25 %',
    unit: 'count',
    targets: { 16: none },
  },
  restart: {
    about: 'killed, back under its name at a new address: call of join until all agree',
    unit: 'ms',
    targets: { 5: { most: 100, serf: 'never' }, 16: { most: 100, serf: 'never' } },
  },
  'cut-off-healed': {
    about: 'cut off from all others for 60 s and let back: until all agree',
    unit: 'ms',
    targets: { 5: { most: 3000, serf: '0.95 s' }, 16: { most: 3000, serf: '0.95 s' } },
  },
  'cut-off-isolated': {
    about: 'cut off from all others: until it says that it is isolated',
    unit: 'ms',
    targets: { 5: { most: 5000, serf: '> 20 s' }, 16: { most: 5000, serf: '> 20 s' } },
  },
  join: {
    about: 'one member joins a standing cluster, records in DNS: call of join until all agree',
    unit: 'ms',
    targets: { 5: { most: 40, serf: '12 ms' }, 16: { most: 80, serf: '22 ms' } },
  },
  'join-psk': {
    about: 'the same with a shared key',
    unit: 'ms',
    targets: { 5: {}, 16: {} },
  },
  'cold-start': {
    about: 'all join at once with DNS empty, then records appear: last record until all agree',
    unit: 'ms',
    targets: { 16: {} },
  },
  'cold-start-split': {
    about: 'runs of that cold start that did not end in one cluster',
    unit: 'count',
    targets: { 16: { most: 0 } },
  },
  'cold-start-psk': {
    about: 'that cold start with a shared key: last record until all agree',
    unit: 'ms',
    targets: { 16: {} },
  },
  'cold-start-split-psk': {
    about: 'runs of it that did not end in one cluster',
    unit: 'count',
    targets: { 16: { most: 0 } },
  },
  'idle-cpu': {
    about: 'CPU of one member of an idle cluster, in percent of a core',
    unit: '%',
    targets: { 16: { most: 1, serf: '0.27 %' } },
  },
  'idle-sent': {
    about: 'written to sockets by one member of an idle cluster (socket.bytesWritten)',
    unit: 'B/s',
    targets: { 16: { most: 500 } },
  },
  'idle-wire': {
    about: 'sent on the wire for one member, headers and acknowledgements included',
    unit: 'B/s',
    targets: { 16: { serf: '290 B/s' } },
  },
  'idle-rss': {
    about: 'resident memory of one member of an idle cluster',
    unit: 'MiB',
    targets: { 16: { serf: '15 MiB' } },
  },
} as const satisfies Record<string, RowKind>

/** Name of a row. */
export type RowName = keyof typeof rowKinds

/** All names, in the order of the table. */
export const rowNames = Object.keys(rowKinds) as RowName[]

/** What this row must reach with so many members; nothing for sizes that no target was set for. */
export function targetOf(name: RowName, members: number): Target {
  const { targets }: RowKind = rowKinds[name]
  return targets[members] ?? {}
}
