// A pod that does what it is told, by requests like `/lookup?name=store`: to see what a pod sees.
import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { hostname } from 'node:os'

let isReady = process.env.STARTS_READY !== 'no'
const heard = []
const socket = createSocket('udp4')
socket.on('message', (_, { address }) => heard.push(address))
socket.bind(5000)

const answers = {
  '/ready': () => isReady,
  '/get-ready': () => {
    isReady = true
  },
  '/get-unready': () => {
    isReady = false
  },
  '/who': () => ({
    pid: process.pid,
    hostname: hostname(),
    resolvConf: readFileSync('/etc/resolv.conf', 'utf8'),
    hosts: readFileSync('/etc/hosts', 'utf8'),
    namespace: readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/namespace', 'utf8'),
    env: process.env,
  }),
  '/lookup': ({ name, type }) => new Resolver().resolve(name, type).catch(({ code }) => code),
  '/send': ({ to }) => void socket.send('hello', 5000, to),
  '/heard': () => heard,
}

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://pod')
  const answer = await answers[pathname](Object.fromEntries(searchParams))
  response.writeHead(pathname === '/ready' && !answer ? 503 : 200).end(JSON.stringify(answer ?? null))
}).listen(8080, () => console.log('listens'))

process.on('SIGTERM', () => {
  console.log('SIGTERM')
  if (process.env.IGNORES_SIGTERM !== 'yes')
    setTimeout(() => process.exit(), Number(process.env.DRAIN_MS ?? 0))
})
