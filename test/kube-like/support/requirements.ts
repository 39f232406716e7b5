// Whether this machine can run a cluster.
import { spawnSync } from 'node:child_process'
import { bindVersion } from '../../../packages/seed/test/support/bind.ts'

/** The tools, and the Debian packages that have them. */
const tools = {
  ip: 'iproute2',
  nft: 'nftables',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  setpriv: 'util-linux',
}

const TRIAL = `set -e
ip link add br0 type bridge
ip link add port0 type veth peer name port1
mount -t tmpfs tmpfs /run
nft add table bridge trial`

/** What is missing, in words; undefined if nothing is. */
export function whyNoKubeLike(): string | undefined {
  if (process.platform !== 'linux') return 'Linux is needed'
  if (process.getuid?.() !== 0) return 'root is needed'
  for (const [tool, debianPackage] of Object.entries(tools)) {
    const { error } = spawnSync(tool, ['--version'])
    if (error) return `\`${tool}\` is needed (Debian package ${debianPackage})`
  }
  if (bindVersion() === undefined) return '`named` is needed (Debian package bind9)'
  const isolated = ['--net', '--mount', '--uts', '--pid', '--fork', '--kill-child', '--mount-proc']
  const { status, stderr } = spawnSync('unshare', [...isolated, 'sh', '-c', TRIAL], { encoding: 'utf8' })
  return status === 0 ? undefined : `namespaces cannot be made: ${stderr.trim()}`
}
