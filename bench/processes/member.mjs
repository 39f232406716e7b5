// One member of a measured cluster, in a process of its own: told over IPC what to do, it notes the time of every
// event in the event's listener and reports later. Plain JavaScript on the built packages, so that nothing but the
// library runs here. The messages are described in harness/messages.ts.
import { subscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { join } from '@rollcall/membership'
import { headlessService } from '@rollcall/seed'
import { answer } from './answer.mjs'
import { benchKeys } from './bench-keys.mjs'

/** A report would take CPU time from members that have not seen the event yet, so it waits. */
const REPORT_DELAY_MS = 100
const MAX_VIEWS = 1000
const EVENTS = [
  'member-joined',
  'member-suspected',
  'member-recovered',
  'member-restarted',
  'member-leaving',
  'member-left',
  'member-failed',
  'isolated',
  'superseded',
]

/** CLOCK_MONOTONIC: the same in all processes of one machine. */
const nowMs = () => Number(process.hrtime.bigint()) / 1e6

let cluster
const watches = new Map()
let events = []
const views = []

/** Nobody ever wakes who waits here. */
const sleeper = new Int32Array(new SharedArrayBuffer(4))

const sockets = new Set()
let bytesOfClosedSockets = 0

for (const channel of ['net.client.socket', 'net.server.socket']) {
  subscribe(channel, ({ socket }) => {
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      bytesOfClosedSockets += socket.bytesWritten
    })
  })
}

const commands = {
  async join({ name, host, advertise, security, service, dnsServer }) {
    const seeds = headlessService(service, { servers: [dnsServer] })
    const calledAtMs = nowMs()
    const secured = security === 'key' ? benchKeys : security ? { security } : {}
    cluster = await join({ seeds, name, host, advertise, ...secured })
    for (const type of EVENTS) cluster.on(type, (event) => noteEvent(type, event))
    cluster.on('view-changed', ({ view }) => noteView(view, nowMs()))
    noteView(cluster.view, nowMs())
    return { atMs: calledAtMs }
  },
  async 'set-metadata'({ value }) {
    const calledAtMs = nowMs()
    await cluster.setMetadata(value)
    return { atMs: calledAtMs }
  },
  async leave() {
    const calledAtMs = nowMs()
    await cluster.leave()
    return { atMs: calledAtMs }
  },
  'block-loop'({ pausesMs, blockMs }) {
    blockAfter(pausesMs, blockMs)
    return {}
  },
  watch({ id, condition }) {
    watches.set(id, condition)
    if (cluster !== undefined) judge(cluster.view, nowMs())
    return {}
  },
  views: () => ({ views }),
  events() {
    const noted = events
    events = []
    return { events: noted }
  },
  standing: () => ({ text: cluster.diagnosis().text, view: cluster.view, links: cluster.links() }),
  usage() {
    const { user, system } = process.cpuUsage()
    let bytesWritten = bytesOfClosedSockets
    for (const socket of sockets) bytesWritten += socket.bytesWritten
    const rssBytes = process.memoryUsage.rss()
    return {
      atMs: nowMs(),
      cpuMs: (user + system) / 1000,
      bytesWritten,
      rssBytes,
      wireBytes: wireBytes(),
    }
  },
}

answer(commands)

/** Asleep and not busy: with many members on few cores the waste of cores would be measured, not the standstill. */
function blockAfter([pauseMs, ...later], blockMs) {
  if (pauseMs === undefined) return
  setTimeout(() => {
    Atomics.wait(sleeper, 0, 0, blockMs)
    blockAfter(later, blockMs)
  }, pauseMs)
}

function noteEvent(type, { member, isolated, why, view }) {
  const atMs = nowMs()
  const subject = member && { name: member.name, instance: member.instance, incarnation: member.incarnation }
  events.push({ type, atMs, ...subject, ...(why && { why }), ...(type === 'isolated' && { isolated }) })
  judge(view, atMs, type === 'isolated' && !isolated ? undefined : type)
}

function noteView(view, atMs) {
  let alive = 0
  for (const member of view.members) if (member.state === 'alive') alive++
  if (views.length >= MAX_VIEWS) views.shift()
  views.push({ atMs, id: view.id, alive })
  judge(view, atMs)
}

/** Ends the watches whose condition the view, or the event that is just told, meets. */
function judge(view, atMs, eventType) {
  for (const [id, condition] of watches) {
    if (!isMet(condition, view, eventType)) continue
    watches.delete(id)
    setTimeout(() => process.connected && process.send({ id, type: 'met', atMs }), REPORT_DELAY_MS)
  }
}

function isMet(condition, view, eventType) {
  if (condition.type === 'event') return condition.event === eventType
  if (condition.type === 'alive') {
    return view.members.filter(({ state }) => state === 'alive').length === condition.count
  }
  const member = view.members.find(({ name }) => name === condition.name)
  if (condition.type === 'metadata') return member?.metadata === condition.value
  return member !== undefined && condition.states.includes(member.state)
}

/** Bytes sent over all interfaces that this process sees, by whomever; undefined if not known. */
function wireBytes() {
  try {
    const lines = readFileSync('/proc/net/dev', 'utf8').matchAll(/^\s*\S+:\s*(.*)$/gm)
    return [...lines].reduce((sum, [, counters]) => sum + Number(counters.split(/\s+/)[8]), 0)
  } catch {
    return undefined
  }
}
