// Loaded before the program: lets a process on this machine think that it is in a pod of its own, with the resolv.conf
// that Kubernetes writes, the key that is mounted, and an address that it shares with nobody.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'

const { POD_IP, POD_DNS, POD_KEYS } = process.env
const search = ['test.svc.cluster.local', 'svc.cluster.local', 'cluster.local']
const resolvConf = `search ${search.join(' ')}\nnameserver ${POD_DNS}\noptions ndots:5\n`

const { readFile } = fs.promises
fs.promises.readFile = (path, ...rest) =>
  path === '/var/run/secrets/rollcall/keys' ? Promise.resolve(POD_KEYS) : readFile(path, ...rest)
const { readFileSync } = fs
fs.readFileSync = (path, ...rest) => (path === '/etc/resolv.conf' ? resolvConf : readFileSync(path, ...rest))
syncBuiltinESMExports()

const { listen } = net.Server.prototype
net.Server.prototype.listen = function (options, ...rest) {
  return listen.call(this, { ...options, host: POD_IP }, ...rest)
}
